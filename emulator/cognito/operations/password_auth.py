"""The USER_PASSWORD_AUTH flow: the password itself is sent (reference section 2.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.cognito import passwords, secret_hash
from emulator.cognito.access import refuse_unusable
from emulator.cognito.completion import Completion
from emulator.cognito.errors import InvalidParameter, UserNotFound
from emulator.cognito.ghosts import Ghosts
from emulator.cognito.lockout import Lockout
from emulator.cognito.users import Users
from emulator.template.model import UserPool, UserPoolClient


@dataclass(frozen=True, slots=True)
class PasswordAuth:
    """Compares verifiers, so that the clear password need not be stored."""

    users: Users
    ghosts: Ghosts
    lockout: Lockout
    completion: Completion

    async def sign_in(
        self, pool: UserPool, client: UserPoolClient, parameters: Mapping[str, str]
    ) -> dict[str, Any]:
        """Tokens or the next challenge."""
        login = needed(parameters, "USERNAME")
        password = needed(parameters, "PASSWORD")
        secret_hash.check(client, parameters.get("SECRET_HASH"), login)
        user = await self.users.by_login(pool, login)
        if user is None:
            if not client.prevent_user_existence_errors:
                raise UserNotFound
            # As slow, and as often, as for somebody who exists.
            name, kept = (ghost := self.ghosts.appear(pool, login)).user_id, ghost.password
        else:
            refuse_unusable(user)
            name, kept = user.username, user.password
        await self.lockout.prove(pool.id, name, lambda: passwords.fits(pool, name, kept, password))
        if user is None:
            raise UserNotFound  # unreachable: nothing fits a ghost
        return await self.completion.after_password(pool, client, user)


def needed(parameters: Mapping[str, str], name: str) -> str:
    """A parameter that the flow cannot do without."""
    value = parameters.get(name)
    if not value:
        raise InvalidParameter(f"Missing required parameter {name}")
    return value
