"""GetUser and DeleteUser (reference section 3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.cognito.access import Access
from emulator.cognito.store import Store
from emulator.cognito.users import Users


@dataclass(frozen=True, slots=True)
class GetUser:
    """Who am I."""

    access: Access

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The user name and all attributes."""
        user = (await self.access.check(request["AccessToken"])).user
        return {"UserAttributes": user.attribute_list(), "Username": user.username}


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
