"""What an administrator does to one user (reference section 4.1)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from emulator.clock import Clock, Entropy
from emulator.cognito import attributes, passwords
from emulator.cognito.codes import Purpose
from emulator.cognito.delivery import UNREACHABLE, Delivery, to_recover
from emulator.cognito.errors import InvalidParameter, NotAuthorized
from emulator.cognito.operations.confirm_sign_up import refuse_confirmed
from emulator.cognito.operations.own_attributes import check_change, updated
from emulator.cognito.pools import Pools
from emulator.cognito.sign_ins import SignIns
from emulator.cognito.software_tokens import SoftwareTokens
from emulator.cognito.store import Store
from emulator.cognito.triggers import Occasion, Triggers
from emulator.cognito.user import Status, User
from emulator.cognito.users import Users
from emulator.template.model import UserPool


@dataclass(frozen=True, slots=True)
class Target:
    """The user that an Admin operation names."""

    pools: Pools
    users: Users

    async def find(self, request: Mapping[str, Any]) -> tuple[UserPool, User]:
        """By name, alias or sub."""
        pool = self.pools.pool(request["UserPoolId"])
        return pool, await self.users.for_admin(pool, request["Username"])


@dataclass(frozen=True, slots=True)
class AdminGetUser:
    """Reads a user."""

    target: Target
    software_tokens: SoftwareTokens

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Like a listed user, but the member is called UserAttributes here."""
        _, user = await self.target.find(request)
        document = user.document()
        document["UserAttributes"] = document.pop("Attributes")
        return document | dict((await self.software_tokens.of(user)).document())


@dataclass(frozen=True, slots=True)
class AdminSetUserPassword:
    """Sets a permanent or a temporary password."""

    target: Target
    store: Store
    clock: Clock
    entropy: Entropy

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Permanent means CONFIRMED, else it must be changed at the next sign-in."""
        pool, user = await self.target.find(request)
        passwords.enforce(pool.password_policy, request["Password"])
        kept = await passwords.secure(pool, user.username, request["Password"], self.entropy)
        permanent = request.get("Permanent", False)
        status = Status.CONFIRMED if permanent else Status.FORCE_CHANGE_PASSWORD
        now = self.clock.now()
        async with self.store.transaction() as tx:
            await self.target.users.change(
                tx,
                pool,
                user,
                lambda u: replace(u, status=status, password=kept, password_set=now),
            )
        return {}


@dataclass(frozen=True, slots=True)
class AdminConfirmSignUp:
    """Confirms without a code, and without verifying the address."""

    target: Target
    store: Store
    triggers: Triggers

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Then run PostConfirmation."""
        pool, user = await self.target.find(request)
        refuse_confirmed(user)
        async with self.store.transaction() as tx:
            user = await self.target.users.change(
                tx, pool, user, lambda u: replace(u, status=Status.CONFIRMED)
            )
        occasion = Occasion(
            "PostConfirmation_ConfirmSignUp", metadata=request.get("ClientMetadata")
        )
        await self.triggers.post_confirmation(pool, user, occasion)
        return {}


@dataclass(frozen=True, slots=True)
class AdminResetUserPassword:
    """The old password stops working at once; a code lets the user pick another."""

    target: Target
    store: Store
    delivery: Delivery

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Only for a user whom a code can reach."""
        pool, user = await self.target.find(request)
        if user.status not in (Status.CONFIRMED, Status.RESET_REQUIRED):
            raise NotAuthorized("User password cannot be reset in the current state.")
        to = to_recover(pool, user.attributes)
        if to is None:
            raise InvalidParameter(UNREACHABLE)
        occasion = Occasion("CustomMessage_ForgotPassword", metadata=request.get("ClientMetadata"))
        letter = await self.delivery.verification(pool, user, to, occasion)
        async with self.store.transaction() as tx:
            await self.target.users.change(
                tx, pool, user, lambda u: replace(u, status=Status.RESET_REQUIRED)
            )
            await self.delivery.send(tx, pool, user, Purpose.RESET, letter)
        return {}


@dataclass(frozen=True, slots=True)
class AdminUpdateUserAttributes:
    """Changes attributes; an administrator may also set the verified flags."""

    target: Target
    store: Store

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """No code is sent."""
        pool, user = await self.target.find(request)
        changes = attributes.from_pairs(request["UserAttributes"])
        attributes.check_written(pool, changes, None)
        check_change(pool, user, changes)
        async with self.store.transaction() as tx:
            await self.target.users.change(tx, pool, user, lambda u: updated(u, changes))
        return {}


@dataclass(frozen=True, slots=True)
class AdminDeleteUserAttributes:
    """Removes values."""

    target: Target
    store: Store

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Required attributes stay."""
        pool, user = await self.target.find(request)
        changes = dict.fromkeys(request["UserAttributeNames"], "")
        attributes.check_written(pool, changes, None)
        check_change(pool, user, changes)
        async with self.store.transaction() as tx:
            await self.target.users.change(tx, pool, user, lambda u: updated(u, changes))
        return {}


@dataclass(frozen=True, slots=True)
class AdminSwitchUser:
    """AdminEnableUser and AdminDisableUser; disabling ends every session."""

    target: Target
    store: Store
    sign_ins: SignIns
    clock: Clock
    enabled: bool

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Enabled again, the user has to sign in anew."""
        pool, user = await self.target.find(request)
        now = self.clock.now()

        def change(u: User) -> User:
            ended = u.signed_out if self.enabled else now
            return replace(u, enabled=self.enabled, signed_out=ended)

        async with self.store.transaction() as tx:
            if not self.enabled:
                await self.sign_ins.revoke_all(tx, user)
            await self.target.users.change(tx, pool, user, change)
        return {}


@dataclass(frozen=True, slots=True)
class AdminDeleteUser:
    """Removes a user for good."""

    target: Target
    store: Store

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The name is free again; a new user under it gets another `sub`."""
        pool, user = await self.target.find(request)
        async with self.store.transaction() as tx:
            await self.target.users.remove(tx, pool, user)
        return {}
