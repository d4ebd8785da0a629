"""The NEW_PASSWORD_REQUIRED challenge (reference section 2.5)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from emulator.clock import Clock, Entropy
from emulator.cognito import attributes, passwords, secret_hash
from emulator.cognito.completion import Completion
from emulator.cognito.errors import InvalidParameter, NotAuthorized
from emulator.cognito.operations.password_auth import needed
from emulator.cognito.sessions import NewPasswordChallenge, Sessions
from emulator.cognito.store import Store
from emulator.cognito.user import Status, User, fold, logins
from emulator.cognito.users import Users
from emulator.template.model import UserPool, UserPoolClient


ATTRIBUTE = "userAttributes."


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A user who was created by an administrator picks a password of their own."""

    store: Store
    users: Users
    sessions: Sessions[NewPasswordChallenge]
    completion: Completion
    clock: Clock
    entropy: Entropy

    async def respond(
        self,
        pool: UserPool,
        client: UserPoolClient,
        session: str,
        responses: Mapping[str, str],
    ) -> dict[str, Any]:
        """Set the password, become CONFIRMED, sign in. A refused password leaves the session."""
        username = needed(responses, "USERNAME")
        password = needed(responses, "NEW_PASSWORD")
        secret_hash.check(client, responses.get("SECRET_HASH"), username)
        user = await self._user(pool, client, session, username)
        given = _given(pool, user, responses)
        passwords.enforce(pool.password_policy, password)
        self.sessions.take(session)
        kept = await passwords.secure(pool, user.username, password, self.entropy)

        def change(u: User) -> User:
            return replace(
                u,
                status=Status.CONFIRMED,
                password=kept,
                password_set=self.clock.now(),
                attributes={**u.attributes, **given},
            )

        async with self.store.transaction() as tx:
            user = await self.users.change(tx, pool, user, change)
        return await self.completion.tokens(pool, client, user)

    async def _user(
        self, pool: UserPool, client: UserPoolClient, session: str, username: str
    ) -> User:
        challenge = self.sessions.peek(session)
        user = await self.users.by_sub(pool, challenge.sub)
        if user is None or challenge.client_id != client.id:
            raise NotAuthorized("Invalid session for the user.")
        if fold(pool, username) not in {*logins(pool, user), fold(pool, user.username)}:
            raise NotAuthorized("Invalid session for the user.")
        if not user.enabled:
            raise NotAuthorized("User is disabled.")
        if user.status is not Status.FORCE_CHANGE_PASSWORD:
            raise NotAuthorized("Invalid session for the user.")
        return user


def _given(pool: UserPool, user: User, responses: Mapping[str, str]) -> dict[str, str]:
    """The attributes of the answer; what is required and has a value stays (section 2.5)."""
    given = {
        name.removeprefix(ATTRIBUTE): value
        for name, value in responses.items()
        if name.startswith(ATTRIBUTE)
    }
    attributes.check_written(pool, given, by_admin=False)
    for name in given:
        if name in pool.required_attributes and user.attributes.get(name):
            raise NotAuthorized(f"Cannot modify an already provided {name}")
    for name in attributes.missing(pool, {**user.attributes, **given}):
        raise InvalidParameter(f"Invalid attributes given, {name} is missing")
    return given
