"""GlobalSignOut, AdminUserGlobalSignOut and RevokeToken (reference sections 2.7, 3 and 4.1)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from emulator.clock import Clock
from emulator.cognito import secret_hash
from emulator.cognito.access import Access
from emulator.cognito.errors import (
    InvalidParameter,
    Unauthorized,
    UnsupportedOperation,
    UnsupportedTokenType,
)
from emulator.cognito.pools import Pools
from emulator.cognito.sign_ins import SignIns
from emulator.cognito.store import Store
from emulator.cognito.user import User
from emulator.cognito.users import Users
from emulator.template.model import UserPool


JWS = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
JWE = re.compile(r"[\w-]+(\.[\w-]+){4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class SignOutEverywhere:
    """Ends every session of a user."""

    store: Store
    users: Users
    sign_ins: SignIns
    clock: Clock

    async def __call__(self, pool: UserPool, user: User) -> None:
        """Access tokens and refresh tokens alike."""
        now = self.clock.now()
        async with self.store.transaction() as tx:
            await self.sign_ins.revoke_all(tx, user)
            await self.users.change(tx, pool, user, lambda u: replace(u, signed_out=now))


@dataclass(frozen=True, slots=True)
class GlobalSignOut:
    """By the user."""

    access: Access
    sign_out: SignOutEverywhere

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """End every session, this one too."""
        caller = await self.access.check(request["AccessToken"])
        await self.sign_out(caller.pool, caller.user)
        return {}


@dataclass(frozen=True, slots=True)
class AdminUserGlobalSignOut:
    """By an administrator."""

    pools: Pools
    users: Users
    sign_out: SignOutEverywhere

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """End every session of the user."""
        pool = self.pools.pool(request["UserPoolId"])
        await self.sign_out(pool, await self.users.for_admin(pool, request["Username"]))
        return {}


@dataclass(frozen=True, slots=True)
class RevokeToken:
    """Ends one sign-in by its refresh token."""

    pools: Pools
    store: Store
    sign_ins: SignIns

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Also ends the access tokens of the same sign-in, for this API."""
        _, client = self.pools.client(request["ClientId"])
        secret_hash.check_plain(client, request.get("ClientSecret"))
        if not client.token_revocation:
            raise UnsupportedOperation(f"Token revocation is not enabled for client {client.id}")
        text = request["Token"]
        if JWS.fullmatch(text):
            raise UnsupportedTokenType("Unsupported token type")
        if not JWE.fullmatch(text):
            raise InvalidParameter("Invalid token")
        token = await self.sign_ins.find(text)
        if token is None:
            return {}
        if token.sign_in.client_id != client.id:
            raise Unauthorized("The token was not issued to this client")
        async with self.store.transaction() as tx:
            await self.sign_ins.revoke(tx, token.sign_in.origin)
        return {}
