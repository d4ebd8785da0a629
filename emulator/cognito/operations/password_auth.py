"""USER_PASSWORD_AUTH and ADMIN_USER_PASSWORD_AUTH: the password itself is sent (section 2.4)."""

from dataclasses import dataclass
from typing import Any

from emulator.cognito import passwords
from emulator.cognito.access import refuse_unusable
from emulator.cognito.attempt import Attempt
from emulator.cognito.completion import Completion
from emulator.cognito.errors import UserNotFound
from emulator.cognito.ghosts import Ghosts
from emulator.cognito.lockout import Lockout
from emulator.cognito.users import Users


@dataclass(frozen=True, slots=True)
class PasswordAuth:
    """Compares verifiers, so that the clear password need not be stored."""

    users: Users
    ghosts: Ghosts
    lockout: Lockout
    completion: Completion

    async def sign_in(self, attempt: Attempt) -> dict[str, Any]:
        """Tokens or the next challenge."""
        pool = attempt.pool
        login, password = attempt.needed("USERNAME"), attempt.needed("PASSWORD")
        attempt.check_secret(login)
        user = await self.users.by_login(pool, login)
        if user is None:
            if not attempt.client.prevent_user_existence_errors:
                raise UserNotFound
            # As slow, and as often, as for somebody who exists.
            name, kept = (ghost := self.ghosts.appear(pool, login)).user_id, ghost.password
        else:
            refuse_unusable(user)
            name, kept = user.username, user.password
        await self.lockout.prove(pool.id, name, lambda: passwords.fits(pool, name, kept, password))
        if user is None:
            raise UserNotFound  # unreachable: nothing fits a ghost
        return await self.completion.after_password(attempt, user)
