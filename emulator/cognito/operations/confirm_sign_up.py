"""ConfirmSignUp and ResendConfirmationCode (reference sections 2.2 and 2.3)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from emulator.cognito import secret_hash
from emulator.cognito.attributes import EMAIL, masked
from emulator.cognito.codes import Codes, Purpose
from emulator.cognito.delivery import Delivery, to_verify
from emulator.cognito.errors import (
    ExpiredCode,
    InvalidParameter,
    NotAuthorized,
    UserNotFound,
)
from emulator.cognito.limits import Limits
from emulator.cognito.pools import Pools
from emulator.cognito.store import Store, Transaction
from emulator.cognito.triggers import Occasion, Triggers
from emulator.cognito.user import Status, User, fold
from emulator.cognito.users import Users
from emulator.template.model import UserPool


@dataclass(frozen=True, slots=True)
class ConfirmSignUp:
    """The code from the mail proves the address and confirms the user."""

    pools: Pools
    store: Store
    users: Users
    codes: Codes
    triggers: Triggers

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Confirm, then run PostConfirmation, whose error no longer undoes it (section 9)."""
        pool, client = self.pools.client(request["ClientId"])
        secret_hash.check(client, request.get("SecretHash"), request["Username"])
        user = await self.users.by_login(pool, request["Username"])
        if user is None:
            raise ExpiredCode if client.prevent_user_existence_errors else UserNotFound
        refuse_confirmed(user)
        await self.codes.check(user, Purpose.SIGN_UP, request["ConfirmationCode"])
        async with self.store.transaction() as tx:
            await self.codes.consume(tx, user, Purpose.SIGN_UP)
            if request.get("ForceAliasCreation"):
                await self._take_alias(tx, pool, user)
            user = await self.users.change(tx, pool, user, lambda u: confirmed(pool, u))
        occasion = Occasion(
            "PostConfirmation_ConfirmSignUp", client.id, request.get("ClientMetadata")
        )
        await self.triggers.post_confirmation(pool, user, occasion)
        return {}

    async def _take_alias(self, tx: Transaction, pool: UserPool, user: User) -> None:
        """ForceAliasCreation: the former owner's address becomes unverified (section 2.2)."""
        to = to_verify(pool, user.attributes)
        if to is None or to.attribute not in pool.alias_attributes:
            return
        await self.users.give_up(tx, pool, to.attribute, user)


def confirmed(pool: UserPool, user: User) -> User:
    """CONFIRMED, with the attribute that got the code verified."""
    to = to_verify(pool, user.attributes)
    verified = {f"{to.attribute}_verified": "true"} if to else {}
    attributes = {**user.attributes, **verified}
    return replace(user, status=Status.CONFIRMED, attributes=attributes)


def refuse_confirmed(user: User) -> None:
    """Only an unconfirmed user can be confirmed; AWS names the status."""
    if user.status is not Status.UNCONFIRMED:
        raise NotAuthorized(f"User cannot be confirmed. Current status is {user.status.value}")


@dataclass(frozen=True, slots=True)
class ResendConfirmationCode:
    """A new code for somebody who lost the first."""

    pools: Pools
    store: Store
    users: Users
    delivery: Delivery
    limits: Limits

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Send it; the old one is void from now on."""
        pool, client = self.pools.client(request["ClientId"])
        secret_hash.check(client, request.get("SecretHash"), request["Username"])
        self.limits.count(pool.id, fold(pool, request["Username"]), "ResendConfirmationCode")
        user = await self.users.by_login(pool, request["Username"])
        if user is None:
            if client.prevent_user_existence_errors:
                return simulated_delivery(request["Username"])
            raise UserNotFound
        if user.status is not Status.UNCONFIRMED:
            raise InvalidParameter("User is already confirmed.")
        to = to_verify(pool, user.attributes)
        if to is None:
            return {}
        occasion = Occasion("CustomMessage_ResendCode", client.id, request.get("ClientMetadata"))
        letter = await self.delivery.verification(pool, user, to, occasion)
        async with self.store.transaction() as tx:
            details = await self.delivery.send(tx, pool, user, Purpose.SIGN_UP, letter)
        return {"CodeDeliveryDetails": details}


def simulated_delivery(login: str) -> dict[str, Any]:
    """Details like those of a real user, made of the name alone (section 7.5)."""
    address = login if EMAIL.fullmatch(login) else f"{login}@{login[::-1]}"
    return {
        "CodeDeliveryDetails": {
            "AttributeName": "email",
            "DeliveryMedium": "EMAIL",
            "Destination": masked("email", address),
        }
    }
