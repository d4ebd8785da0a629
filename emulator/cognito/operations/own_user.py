"""GetUser and DeleteUser (reference section 3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.cognito.access import Access
from emulator.cognito.attributes import readable
from emulator.cognito.software_tokens import SoftwareTokens
from emulator.cognito.store import Store
from emulator.cognito.user import pairs
from emulator.cognito.users import Users


@dataclass(frozen=True, slots=True)
class GetUser:
    """Who am I."""

    access: Access
    software_tokens: SoftwareTokens

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The user name and what the client may read."""
        caller = await self.access.check(request["AccessToken"])
        user = caller.user
        shown = {"sub": user.sub, **readable(caller.client, user.attributes)}
        return {
            "UserAttributes": pairs(shown),
            "Username": user.username,
            **dict((await self.software_tokens.of(user)).document()),
        }


@dataclass(frozen=True, slots=True)
class DeleteUser:
    """Users may leave by themselves."""

    access: Access
    store: Store
    users: Users

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The tokens fail from now on, because their user is gone."""
        caller = await self.access.check(request["AccessToken"])
        async with self.store.transaction() as tx:
            await self.users.remove(tx, caller.pool, caller.user)
        return {}
