"""The NEW_PASSWORD_REQUIRED challenge (reference section 2.5)."""

from dataclasses import dataclass, replace
from typing import Any

from emulator.clock import Clock, Entropy
from emulator.cognito import attributes, passwords
from emulator.cognito.attempt import Attempt
from emulator.cognito.completion import NEW_PASSWORD, Completion
from emulator.cognito.errors import InvalidParameter, NotAuthorized
from emulator.cognito.operations.challenged import Challenged
from emulator.cognito.sessions import NewPasswordChallenge, Sessions
from emulator.cognito.store import Store
from emulator.cognito.user import Status, User
from emulator.cognito.users import Users


ATTRIBUTE = "userAttributes."


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A user who was created by an administrator picks a password of their own."""

    store: Store
    users: Users
    sessions: Sessions
    challenged: Challenged
    completion: Completion
    clock: Clock
    entropy: Entropy

    async def respond(self, attempt: Attempt) -> dict[str, Any]:
        """Set the password, become CONFIRMED, go on. A refused password leaves the session."""
        pool = attempt.pool
        password = attempt.needed("NEW_PASSWORD")
        user = await self.challenged.user(attempt, NewPasswordChallenge)
        if user.status is not Status.FORCE_CHANGE_PASSWORD:
            raise NotAuthorized("Invalid session for the user.")
        given = _given(attempt, user)
        passwords.enforce(pool.password_policy, password)
        self.sessions.take(attempt.session, NewPasswordChallenge)
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
        return await self.completion.second_factor(attempt, user, NEW_PASSWORD)


def _given(attempt: Attempt, user: User) -> dict[str, str]:
    """The attributes of the answer; what is required and has a value stays (section 2.5)."""
    pool = attempt.pool
    given = {
        name.removeprefix(ATTRIBUTE): value
        for name, value in attempt.parameters.items()
        if name.startswith(ATTRIBUTE)
    }
    attributes.check_written(pool, given, attempt.client)
    for name in given:
        if name in pool.required_attributes and user.attributes.get(name):
            raise NotAuthorized(f"Cannot modify an already provided {name}")
    for name in attributes.missing(pool, {**user.attributes, **given}):
        raise InvalidParameter(f"Invalid attributes given, {name} is missing")
    return given
