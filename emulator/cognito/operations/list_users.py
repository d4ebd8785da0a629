"""ListUsers (reference section 4.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.cognito import paging
from emulator.cognito.operations.user_filter import parse
from emulator.cognito.pools import Pools
from emulator.cognito.users import Users


MAX_PAGE = 60


@dataclass(frozen=True, slots=True)
class ListUsers:
    """Filtered, in pages, oldest user first."""

    pools: Pools
    users: Users

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """One page; a token only if there is more."""
        pool = self.pools.pool(request["UserPoolId"])
        wanted = parse(request.get("Filter", ""))
        limit = request.get("Limit", MAX_PAGE) or MAX_PAGE
        after = paging.position(request.get("PaginationToken"))
        found = await self.users.page(pool, after, limit + 1, wanted)
        documents = [user.document() for user in found[:limit]]
        if names := request.get("AttributesToGet"):
            for document in documents:
                pairs = document["Attributes"]
                document["Attributes"] = [pair for pair in pairs if pair["Name"] in names]
        token = paging.token(found[limit - 1].id) if len(found) > limit else None
        return {"PaginationToken": token, "Users": documents}
