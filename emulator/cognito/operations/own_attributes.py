"""A user's own attributes: change, delete, verify (reference section 3)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from emulator.cognito import attributes
from emulator.cognito.access import Access
from emulator.cognito.codes import Codes, Purpose
from emulator.cognito.delivery import Delivery, Destination
from emulator.cognito.errors import InvalidParameter
from emulator.cognito.mailbox import announce
from emulator.cognito.store import Store
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
    """What is required may change, but not go away."""
    for name in attributes.missing(pool, updated(user, changes).attributes):
        if name in changes:
            raise attributes.off_schema(f"{name}: The attribute is required")


@dataclass(frozen=True, slots=True)
class UpdateUserAttributes:
    """New values count at once; new addresses have to be verified again."""

    access: Access
    store: Store
    users: Users
    delivery: Delivery

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Change, and send a code to every new address that the pool verifies."""
        caller = await self.access.check(request["AccessToken"])
        pool, user = caller.pool, caller.user
        changes = attributes.from_pairs(request["UserAttributes"])
        attributes.check_written(pool, changes, by_admin=False)
        check_change(pool, user, changes)
        sent, details = [], []
        async with self.store.transaction() as tx:
            after = await self.users.change(tx, pool, user, lambda u: updated(u, changes))
            for name, purpose in PURPOSES.items():
                value = after.attributes.get(name)
                if (
                    not value
                    or value == user.attributes.get(name)
                    or name not in pool.auto_verified_attributes
                ):
                    continue
                to = Destination(name, value)
                sent.append(await self.delivery.send(tx, pool, after, purpose, to))
                details.append(to.details())
        for message in sent:
            announce(message)
        return {"CodeDeliveryDetailsList": details}


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
        attributes.check_written(caller.pool, changes, by_admin=False)
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

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Send it to the address that is stored."""
        caller = await self.access.check(request["AccessToken"])
        name = request["AttributeName"]
        value = caller.user.attributes.get(name)
        purpose = purpose_of(name)
        if not value:
            raise InvalidParameter(f"User does not have {name}")
        to = Destination(name, value)
        async with self.store.transaction() as tx:
            message = await self.delivery.send(tx, caller.pool, caller.user, purpose, to)
        announce(message)
        return {"CodeDeliveryDetails": to.details()}


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
        flag = {f"{name}_verified": "true"}
        async with self.store.transaction() as tx:
            await self.codes.consume(tx, caller.user, purpose)
            await self.users.change(
                tx,
                caller.pool,
                caller.user,
                lambda u: replace(u, attributes={**u.attributes, **flag}),
            )
        return {}


def purpose_of(name: str) -> Purpose:
    """Only addresses can be verified."""
    if name not in PURPOSES:
        raise InvalidParameter(f"{name} cannot be verified")
    return PURPOSES[name]
