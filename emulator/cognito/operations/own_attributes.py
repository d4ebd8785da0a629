"""A user's own attributes: change, delete, verify (reference section 3)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from emulator.cognito import attributes
from emulator.cognito.access import Access, Caller
from emulator.cognito.codes import Codes, Purpose
from emulator.cognito.delivery import Delivery, Destination, Letter
from emulator.cognito.errors import InvalidParameter
from emulator.cognito.limits import Limits
from emulator.cognito.proposals import accept, propose, waiting
from emulator.cognito.store import Store
from emulator.cognito.triggers import Occasion
from emulator.cognito.user import User
from emulator.cognito.users import Users
from emulator.template.model import UserPool


PURPOSES = {"email": Purpose.EMAIL, "phone_number": Purpose.PHONE}


def updated(user: User, changes: Mapping[str, str]) -> User:
    """With the changes applied: `""` removes, a new address is no longer verified."""
    result = {**user.attributes}
    for name, value in changes.items():
        flag = f"{name}_verified"
        if name in PURPOSES and flag not in changes and result.get(name) != value:
            result[flag] = "false"
        result[name] = value
    return replace(user, attributes={name: value for name, value in result.items() if value})


def check_change(pool: UserPool, user: User, changes: Mapping[str, str]) -> None:
    """What is required may change, but not go away; what is immutable stays."""
    attributes.check_mutable(pool, changes)
    for name in attributes.missing(pool, updated(user, changes).attributes):
        if name in changes:
            raise attributes.off_schema(f"{name}: The attribute is required")


@dataclass(frozen=True, slots=True)
class UpdateUserAttributes:
    """New values count at once, unless the pool wants new addresses verified first."""

    access: Access
    store: Store
    users: Users
    delivery: Delivery

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Change, and send a code to every new address that the pool verifies."""
        caller = await self.access.check(request["AccessToken"])
        pool, user = caller.pool, caller.user
        changes = attributes.from_pairs(request["UserAttributes"])
        attributes.check_written(pool, changes, caller.client)
        check_change(pool, user, changes)
        addresses = {
            name: value
            for name, value in changes.items()
            if name in PURPOSES and value and value != user.attributes.get(name)
        }
        letters = await self._letters(caller, addresses, request.get("ClientMetadata"))
        later = {n: v for n, v in addresses.items() if n in pool.verify_before_update}
        at_once = {n: v for n, v in changes.items() if n not in later}
        async with self.store.transaction() as tx:
            after = await self.users.change(tx, pool, user, lambda u: updated(u, at_once))
            await propose(tx, user, later)
            details = [
                await self.delivery.send(tx, pool, after, PURPOSES[name], letter)
                for name, letter in letters.items()
            ]
        return {"CodeDeliveryDetailsList": details}

    async def _letters(
        self, caller: Caller, addresses: Mapping[str, str], metadata: Mapping[str, str] | None
    ) -> dict[str, Letter]:
        """To each new address that has to be verified."""
        pool = caller.pool
        occasion = Occasion("CustomMessage_UpdateUserAttribute", caller.client.id, metadata)
        return {
            name: await self.delivery.verification(
                pool, caller.user, Destination(name, value), occasion
            )
            for name, value in addresses.items()
            if name in pool.auto_verified_attributes or name in pool.verify_before_update
        }


@dataclass(frozen=True, slots=True)
class DeleteUserAttributes:
    """Removes values."""

    access: Access
    store: Store
    users: Users

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Required attributes stay."""
        caller = await self.access.check(request["AccessToken"])
        changes = dict.fromkeys(request["UserAttributeNames"], "")
        attributes.check_written(caller.pool, changes, caller.client)
        check_change(caller.pool, caller.user, changes)
        async with self.store.transaction() as tx:
            await self.users.change(tx, caller.pool, caller.user, lambda u: updated(u, changes))
        return {}


@dataclass(frozen=True, slots=True)
class GetUserAttributeVerificationCode:
    """Another code for an address that is not verified yet."""

    access: Access
    store: Store
    delivery: Delivery
    limits: Limits

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Send it to the address that it will prove: a new one, if one waits."""
        caller = await self.access.check(request["AccessToken"])
        name = request["AttributeName"]
        value = await waiting(self.store, caller.user, name) or caller.user.attributes.get(name)
        purpose = purpose_of(name)
        if not value:
            raise InvalidParameter(f"User does not have {name}")
        self.limits.count(caller.pool.id, caller.user.sub, "GetUserAttributeVerificationCode")
        occasion = Occasion(
            "CustomMessage_VerifyUserAttribute", caller.client.id, request.get("ClientMetadata")
        )
        letter = await self.delivery.verification(
            caller.pool, caller.user, Destination(name, value), occasion
        )
        async with self.store.transaction() as tx:
            details = await self.delivery.send(tx, caller.pool, caller.user, purpose, letter)
        return {"CodeDeliveryDetails": details}


@dataclass(frozen=True, slots=True)
class VerifyUserAttribute:
    """The code proves the address."""

    access: Access
    store: Store
    users: Users
    codes: Codes

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Set the flag; an alias that somebody else has verified is refused."""
        caller = await self.access.check(request["AccessToken"])
        name = request["AttributeName"]
        purpose = purpose_of(name)
        await self.codes.check(caller.user, purpose, request["Code"])
        async with self.store.transaction() as tx:
            await self.codes.consume(tx, caller.user, purpose)
            new = await accept(tx, caller.user, name)
            proved = {f"{name}_verified": "true"} | ({name: new} if new else {})
            await self.users.change(
                tx,
                caller.pool,
                caller.user,
                lambda u: replace(u, attributes={**u.attributes, **proved}),
            )
        return {}


def purpose_of(name: str) -> Purpose:
    """Only addresses can be verified."""
    if name not in PURPOSES:
        raise InvalidParameter(f"{name} cannot be verified")
    return PURPOSES[name]
