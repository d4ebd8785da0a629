"""ForgotPassword and ConfirmForgotPassword (reference sections 2.8 and 7.5)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from emulator.clock import Clock, Entropy
from emulator.cognito import passwords, secret_hash
from emulator.cognito.codes import Codes, Purpose
from emulator.cognito.delivery import UNREACHABLE, Delivery, to_recover
from emulator.cognito.errors import (
    InvalidParameter,
    NotAuthorized,
    UserNotConfirmed,
    UserNotFound,
)
from emulator.cognito.ghosts import Ghosts
from emulator.cognito.limits import Limits
from emulator.cognito.operations.confirm_sign_up import simulated_delivery
from emulator.cognito.pools import Pools
from emulator.cognito.store import Store
from emulator.cognito.triggers import Occasion, Triggers
from emulator.cognito.user import Status, fold
from emulator.cognito.users import Users


UNKNOWN = "Username/client id combination not found."


@dataclass(frozen=True, slots=True)
class ForgotPassword:
    """Sends a reset code. Status and old password stay as they are."""

    pools: Pools
    store: Store
    users: Users
    ghosts: Ghosts
    delivery: Delivery
    limits: Limits

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Send it, or seem to."""
        pool, client = self.pools.client(request["ClientId"])
        login = request["Username"]
        secret_hash.check(client, request.get("SecretHash"), login)
        if pool.recovery == ("admin_only",):
            raise InvalidParameter("Contact administrator to reset password.")
        self.limits.count(pool.id, fold(pool, login), "ForgotPassword")
        user = await self.users.by_login(pool, login)
        to = to_recover(pool, user.attributes) if user else None
        reachable = user is not None and user.enabled and to is not None
        if not reachable and client.prevent_user_existence_errors:
            self.ghosts.code_requested(pool, login)
            return simulated_delivery(login)
        if user is None:
            raise UserNotFound(UNKNOWN)
        if not user.enabled:
            raise NotAuthorized("User is disabled.")
        if user.status is Status.FORCE_CHANGE_PASSWORD:
            raise NotAuthorized("User password cannot be reset in the current state.")
        if to is None:
            raise InvalidParameter(UNREACHABLE)
        occasion = Occasion(
            "CustomMessage_ForgotPassword", client.id, request.get("ClientMetadata")
        )
        letter = await self.delivery.verification(pool, user, to, occasion)
        async with self.store.transaction() as tx:
            details = await self.delivery.send(tx, pool, user, Purpose.RESET, letter)
        self.ghosts.vanish(pool, login)
        return {"CodeDeliveryDetails": details}


@dataclass(frozen=True, slots=True)
class ConfirmForgotPassword:
    """Sets a new password with the code."""

    pools: Pools
    store: Store
    users: Users
    ghosts: Ghosts
    codes: Codes
    triggers: Triggers
    clock: Clock
    entropy: Entropy

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """A weak password leaves the code usable. Existing tokens stay valid (section 2.8)."""
        pool, client = self.pools.client(request["ClientId"])
        login = request["Username"]
        secret_hash.check(client, request.get("SecretHash"), login)
        user = await self.users.by_login(pool, login)
        hidden = client.prevent_user_existence_errors
        if user is None and not hidden:
            raise UserNotFound(UNKNOWN)
        if user is None or (hidden and self.ghosts.haunts(pool, login)):
            raise self.ghosts.guess(pool, login)
        if user.status is Status.UNCONFIRMED and not hidden:
            raise UserNotConfirmed
        await self.codes.check(user, Purpose.RESET, request["ConfirmationCode"])
        passwords.enforce(pool.password_policy, request["Password"])
        kept = await passwords.secure(pool, user.username, request["Password"], self.entropy)
        now = self.clock.now()
        async with self.store.transaction() as tx:
            await self.codes.consume(tx, user, Purpose.RESET)
            user = await self.users.change(
                tx,
                pool,
                user,
                lambda u: replace(u, status=Status.CONFIRMED, password=kept, password_set=now),
            )
        source = "PostConfirmation_ConfirmForgotPassword"
        occasion = Occasion(source, client.id, request.get("ClientMetadata"))
        await self.triggers.post_confirmation(pool, user, occasion)
        return {}
