"""AdminCreateUser (reference section 4.1)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from emulator.clock import Clock, Entropy
from emulator.cognito import attributes, passwords
from emulator.cognito.errors import UnsupportedUserState, UsernameExists, UserNotFound
from emulator.cognito.mailbox import Mailbox, Message, announce, invitation
from emulator.cognito.pools import Pools
from emulator.cognito.store import Store, Transaction
from emulator.cognito.triggers import Occasion, Triggers
from emulator.cognito.user import Status, User, logins
from emulator.cognito.users import Users
from emulator.template.model import UserPool


EXISTS = "User account already exists"


@dataclass(frozen=True, slots=True)
class AdminCreateUser:
    """A user with a temporary password, who must pick another at the first sign-in."""

    pools: Pools
    store: Store
    users: Users
    mailbox: Mailbox
    triggers: Triggers
    clock: Clock
    entropy: Entropy

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Create, or with RESEND renew the temporary password of, a user."""
        pool = self.pools.pool(request["UserPoolId"])
        policy = pool.password_policy
        password = request.get("TemporaryPassword")
        if password is None:
            password = passwords.generate(policy, self.entropy)
        if request.get("MessageAction") == "RESEND":
            return await self._renew(pool, request, password)
        user = await self._candidate(pool, request)
        passwords.enforce(policy, password, passwords.AT_ADMIN_CREATE)
        occasion = Occasion(
            "PreSignUp_AdminCreateUser",
            metadata=request.get("ClientMetadata"),
            validation_data=attributes.from_pairs(request["ValidationData"])
            if "ValidationData" in request
            else None,
        )
        await self.triggers.pre_sign_up(pool, user, occasion)  # its flags are ignored (section 9)
        kept = await passwords.secure(pool, user.username, password, self.entropy)
        user = replace(user, password=kept)
        message = None
        async with self.store.transaction() as tx:
            await self.users.add(tx, pool, user)
            if request.get("MessageAction") != "SUPPRESS":
                message = await self._invite(tx, pool, user, (request["Username"], password))
        if message is not None:
            announce(message)
        return {"User": user.document()}

    async def _candidate(self, pool: UserPool, request: Mapping[str, Any]) -> User:
        given = attributes.from_pairs(request.get("UserAttributes", ()))
        named_by = attributes.named_by(pool, request["Username"])
        attributes.check_written(pool, given, by_admin=True)
        given = attributes.with_username(named_by, request["Username"], given)
        sub = self.entropy.uuid()
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
        for login, kind in logins(pool, user).items():
            named = kind == "username" or kind in pool.username_attributes
            if named and await self.users.by_login(pool, login) is not None:
                raise UsernameExists(EXISTS)
        return user

    async def _renew(
        self, pool: UserPool, request: Mapping[str, Any], password: str
    ) -> dict[str, Any]:
        user = await self.users.by_login(pool, request["Username"])
        if user is None:
            raise UserNotFound
        if user.status is not Status.FORCE_CHANGE_PASSWORD:
            raise UnsupportedUserState(
                f"Resend not possible. {user.username} status is not FORCE_CHANGE_PASSWORD"
            )
        passwords.enforce(pool.password_policy, password, passwords.AT_ADMIN_CREATE)
        kept = await passwords.secure(pool, user.username, password, self.entropy)
        now = self.clock.now()
        async with self.store.transaction() as tx:
            user = await self.users.change(
                tx, pool, user, lambda u: replace(u, password=kept, password_set=now)
            )
            message = await self._invite(tx, pool, user, (request["Username"], password))
        if message is not None:
            announce(message)
        return {"User": user.document()}

    async def _invite(
        self, tx: Transaction, pool: UserPool, user: User, credentials: tuple[str, str]
    ) -> Message | None:
        """To the e-mail address if there is one, else to the phone; users without get nothing.

        AWS's default medium is SMS alone; a local mailbox has no reason to be that strict.
        """
        to = user.attributes.get("email") or user.attributes.get("phone_number")
        if to is None:
            return None
        username, password = credentials
        text = invitation(username, password)
        return await self.mailbox.put(tx, pool, to, text, password)
