"""AdminCreateUser (reference section 4.1)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from emulator.clock import Clock, Entropy
from emulator.cognito import attributes, passwords
from emulator.cognito.delivery import Delivery, Destination, Letter
from emulator.cognito.errors import UnsupportedUserState, UsernameExists, UserNotFound
from emulator.cognito.pools import Pools
from emulator.cognito.store import Store, Transaction
from emulator.cognito.triggers import Occasion, Triggers
from emulator.cognito.user import Status, User, is_verified, logins
from emulator.cognito.users import Users
from emulator.template.model import UserPool


EXISTS = "User account already exists"

SUB = "Sub"
"""A member that AWS's operation lacks, and drops like any stranger: an existing user's id, for
`labchat users import` (see `shapes.ADDED`)."""


@dataclass(frozen=True, slots=True)
class AdminCreateUser:
    """A user with a temporary password, who must pick another at the first sign-in."""

    pools: Pools
    store: Store
    users: Users
    delivery: Delivery
    triggers: Triggers
    clock: Clock
    entropy: Entropy

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Create, or with RESEND renew the temporary password of, a user."""
        pool = self.pools.pool(request["UserPoolId"])
        password = request.get("TemporaryPassword")
        if password is None:
            password = passwords.generate(pool.password_policy, self.entropy)
        resend = request.get("MessageAction") == "RESEND"
        user = await (self._known if resend else self._candidate)(pool, request)
        passwords.enforce(pool.password_policy, password, passwords.AT_ADMIN_CREATE)
        occasion = Occasion(
            "PreSignUp_AdminCreateUser",
            metadata=request.get("ClientMetadata"),
            validation_data=attributes.from_pairs(request["ValidationData"])
            if "ValidationData" in request
            else None,
        )
        if not resend:
            # Its flags are ignored (section 9).
            await self.triggers.pre_sign_up(pool, user, occasion)
        letter = await self._letter(pool, user, request, occasion)
        kept = await passwords.secure(pool, user.username, password, self.entropy)
        user = replace(user, password=kept, password_set=self.clock.now())
        async with self.store.transaction() as tx:
            if resend:
                user = await self.users.change(tx, pool, user, lambda u: _renewed(u, user))
            else:
                await self._take_alias(tx, pool, user, request)
                await self.users.add(tx, pool, user)
            if letter is not None:
                credentials = (request["Username"], password)
                await self.delivery.send_invitation(tx, pool, letter, credentials)
        return {"User": user.document()}

    async def _candidate(self, pool: UserPool, request: Mapping[str, Any]) -> User:
        given = attributes.from_pairs(request.get("UserAttributes", ()))
        named_by = attributes.named_by(pool, request["Username"])
        attributes.check_written(pool, given, None)
        given = attributes.with_username(named_by, request["Username"], given)
        sub = request.get(SUB) or self.entropy.uuid()
        now = self.clock.now()
        user = User(
            pool_id=pool.id,
            sub=sub,
            username=sub if named_by else request["Username"],
            status=Status.FORCE_CHANGE_PASSWORD,
            attributes={name: value for name, value in given.items() if value},
            password=passwords.NONE,
            password_set=now,
            created=now,
            modified=now,
        )
        if await self.users.by_sub(pool, sub) is not None:
            raise UsernameExists(EXISTS)
        for login, kind in logins(pool, user).items():
            named = kind == "username" or kind in pool.username_attributes
            if named and await self.users.by_login(pool, login) is not None:
                raise UsernameExists(EXISTS)
        return user

    async def _known(self, pool: UserPool, request: Mapping[str, Any]) -> User:
        user = await self.users.by_login(pool, request["Username"])
        if user is None:
            raise UserNotFound
        if user.status is not Status.FORCE_CHANGE_PASSWORD:
            raise UnsupportedUserState(
                f"Resend not possible. {user.username} status is not FORCE_CHANGE_PASSWORD"
            )
        return user

    async def _letter(
        self, pool: UserPool, user: User, request: Mapping[str, Any], occasion: Occasion
    ) -> Letter | None:
        """To the e-mail address if there is one, else to the phone; users without get nothing.

        AWS's default medium is SMS alone; a local mailbox has no reason to be that strict.
        """
        if request.get("MessageAction") == "SUPPRESS":
            return None
        for name in ("email", "phone_number"):
            if value := user.attributes.get(name):
                occasion = occasion.of("CustomMessage_AdminCreateUser")
                return await self.delivery.invitation(
                    pool, user, Destination(name, value), occasion
                )
        return None

    async def _take_alias(
        self, tx: Transaction, pool: UserPool, user: User, request: Mapping[str, Any]
    ) -> None:
        """ForceAliasCreation moves a verified alias; else the insertion refuses it."""
        if request.get("ForceAliasCreation"):
            for name in pool.alias_attributes - {"preferred_username"}:
                if is_verified(user, name):
                    await self.users.give_up(tx, pool, name, user)


def _renewed(stored: User, renewed: User) -> User:
    return replace(stored, password=renewed.password, password_set=renewed.password_set)
