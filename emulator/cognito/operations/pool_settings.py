"""Making and changing pools and clients (reference section 4.2).

What the template declares is changed there alone; these calls are for pools beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.cognito.errors import InvalidParameter
from emulator.cognito.made_pools import MadePools
from emulator.cognito.operations.describe import client_document, pool_document
from emulator.cognito.pools import Pools, refuse_declared
from emulator.cognito.software_tokens import SETTING
from emulator.template.model import UserPool


FIXED = ("AliasAttributes", "EnabledMfas", "Schema", "UsernameAttributes", "UsernameConfiguration")
"""What UpdateUserPool cannot change: a pool is born with it, or other operations set it."""


@dataclass(frozen=True, slots=True)
class CreateUserPool:
    """A new pool."""

    pools: Pools
    made: MadePools

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Its id is drawn, as on AWS."""
        pool = await self.made.create(request)
        return {"UserPool": pool_document(self.pools, pool, 0)}


@dataclass(frozen=True, slots=True)
class UpdateUserPool:
    """New settings of a pool."""

    pools: Pools
    made: MadePools

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """What is left out goes back to its default."""
        pool = changeable(self.pools, request)
        old = await self.made.document(pool.id)
        kept = {name: old[name] for name in FIXED if name in old}
        document = {"PoolName": pool.name, **request, **kept}
        del document["UserPoolId"]
        await self.made.update(pool.id, document)
        return {}


@dataclass(frozen=True, slots=True)
class DeleteUserPool:
    """A pool with everybody in it."""

    pools: Pools
    made: MadePools

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Not while it is protected."""
        if self.pools.pool(request["UserPoolId"]).deletion_protection:
            raise InvalidParameter(
                "The user pool cannot be deleted because deletion protection is activated. "
                "Deletion protection must be inactivated first."
            )
        await self.made.delete(changeable(self.pools, request).id)
        return {}


@dataclass(frozen=True, slots=True)
class AddCustomAttributes:
    """Attributes can be added, never removed."""

    pools: Pools
    made: MadePools

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """A name that is taken is refused."""
        pool = changeable(self.pools, request)
        document = await self.made.document(pool.id)
        for attribute in request["CustomAttributes"]:
            name = f"custom:{attribute['Name'].removeprefix('custom:')}"
            if name in pool.custom_attributes:
                raise InvalidParameter(f"{name}: Existing attribute already has name {name}.")
        custom = [
            {**each, "Name": f"custom:{each['Name'].removeprefix('custom:')}"}
            for each in request["CustomAttributes"]
        ]
        schema = [*document.get("Schema", []), *custom]
        await self.made.update(pool.id, {**document, "Schema": schema})
        return {}


@dataclass(frozen=True, slots=True)
class SetUserPoolMfaConfig:
    """Whether a pool takes or demands codes of authenticator apps."""

    pools: Pools
    made: MadePools

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """A pool cannot demand a factor that it does not have."""
        pool = changeable(self.pools, request)
        mfa = request.get("MfaConfiguration", "OFF")
        apps = request.get("SoftwareTokenMfaConfiguration", {}).get("Enabled", False)
        for other in ("SmsMfaConfiguration", "EmailMfaConfiguration"):
            if request.get(other):
                raise InvalidParameter(f"{other} is not supported by this emulator")
        if mfa != "OFF" and not apps:
            raise InvalidParameter("Invalid MFA configuration: no MFA method is enabled")
        document = await self.made.document(pool.id)
        enabled = [SETTING] if apps else []
        changed = {**document, "EnabledMfas": enabled, "MfaConfiguration": mfa}
        await self.made.update(pool.id, changed)
        return mfa_document(self.pools.pool(pool.id))


@dataclass(frozen=True, slots=True)
class GetUserPoolMfaConfig:
    """The same, read."""

    pools: Pools

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Also for pools of the template."""
        return mfa_document(self.pools.pool(request["UserPoolId"]))


@dataclass(frozen=True, slots=True)
class CreateUserPoolClient:
    """A new client."""

    pools: Pools
    made: MadePools

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Its id is drawn; a secret is made if it is asked for."""
        pool = self.pools.pool(request["UserPoolId"])
        client = await self.made.create_client(pool, request)
        return {"UserPoolClient": client_document(self.pools, client)}


@dataclass(frozen=True, slots=True)
class UpdateUserPoolClient:
    """New settings of a client."""

    pools: Pools
    made: MadePools

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """What is left out goes back to its default."""
        pool = self.pools.pool(request["UserPoolId"])
        client = self.pools.client_of(pool, request["ClientId"])
        refuse_declared(self.pools.client_entry(client.id))
        document = {"ClientName": client.name, **request}
        for name in ("ClientId", "UserPoolId"):
            del document[name]
        changed = await self.made.update_client(client, document)
        return {"UserPoolClient": client_document(self.pools, changed)}


@dataclass(frozen=True, slots=True)
class DeleteUserPoolClient:
    """A client that is no longer used."""

    pools: Pools
    made: MadePools

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Nobody signs in through it any more."""
        pool = self.pools.pool(request["UserPoolId"])
        client = self.pools.client_of(pool, request["ClientId"])
        refuse_declared(self.pools.client_entry(client.id))
        await self.made.delete_client(client.id)
        return {}


def changeable(pools: Pools, request: Mapping[str, Any]) -> UserPool:
    """The pool that a request changes."""
    entry = pools.entry(request["UserPoolId"])
    refuse_declared(entry)
    return entry.value


def mfa_document(pool: UserPool) -> dict[str, Any]:
    """What both MFA operations answer."""
    apps = {"Enabled": True} if pool.software_tokens else None
    return {"MfaConfiguration": pool.mfa, "SoftwareTokenMfaConfiguration": apps}
