"""Whose open challenge a request answers (reference section 2.5)."""

from dataclasses import dataclass

from emulator.cognito.attempt import Attempt
from emulator.cognito.completion import refuse_disabled
from emulator.cognito.errors import NotAuthorized
from emulator.cognito.sessions import Challenge, Sessions
from emulator.cognito.user import User, fold, names
from emulator.cognito.users import Users


@dataclass(frozen=True, slots=True)
class Challenged:
    """Finds the user of a session, which must be of this client and of that name."""

    users: Users
    sessions: Sessions

    async def user(self, attempt: Attempt, kind: type[Challenge]) -> User:
        """The user; the session stays usable."""
        username = attempt.needed("USERNAME")
        attempt.check_secret(username)
        challenge = self.sessions.of(attempt, kind)
        user = await self.users.by_sub(attempt.pool, challenge.sub or "")
        if user is None or fold(attempt.pool, username) not in names(attempt.pool, user):
            raise NotAuthorized("Invalid session for the user.")
        refuse_disabled(user)
        return user
