"""Groups and their members (reference section 4.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.cognito import paging
from emulator.cognito.groups import Groups
from emulator.cognito.operations.admin_users import Target
from emulator.cognito.operations.list_users import MAX_PAGE
from emulator.cognito.pools import Pools
from emulator.cognito.users import Users
from emulator.template.model import UserPoolGroup


@dataclass(frozen=True, slots=True)
class CreateGroup:
    """A new group."""

    pools: Pools
    groups: Groups

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Its name must be new in the pool."""
        pool = self.pools.pool(request["UserPoolId"])
        return {"Group": (await self.groups.create(pool, _group(request))).document()}


@dataclass(frozen=True, slots=True)
class GetGroup:
    """One group."""

    pools: Pools
    groups: Groups

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """By its name."""
        pool = self.pools.pool(request["UserPoolId"])
        return {"Group": (await self.groups.find(pool, request["GroupName"])).document()}


@dataclass(frozen=True, slots=True)
class UpdateGroup:
    """Description, precedence and role."""

    pools: Pools
    groups: Groups

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """What is left out stays, unlike with pools and clients: a group has no defaults."""
        pool = self.pools.pool(request["UserPoolId"])
        old = await self.groups.find(pool, request["GroupName"])
        about = UserPoolGroup(
            pool_id=pool.id,
            name=old.name,
            description=request.get("Description", old.description),
            precedence=request.get("Precedence", old.precedence),
            role_arn=request.get("RoleArn", old.role_arn),
        )
        return {"Group": (await self.groups.update(pool, about)).document()}


@dataclass(frozen=True, slots=True)
class DeleteGroup:
    """Removes a group, never its members."""

    pools: Pools
    groups: Groups

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """By its name."""
        pool = self.pools.pool(request["UserPoolId"])
        await self.groups.delete(await self.groups.find(pool, request["GroupName"]))
        return {}


@dataclass(frozen=True, slots=True)
class ListGroups:
    """All groups of a pool."""

    pools: Pools
    groups: Groups

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """In pages."""
        found = await self.groups.all(self.pools.pool(request["UserPoolId"]))
        page, token = paging.slice_of(found, request.get("NextToken"), _limit(request))
        return {"Groups": [group.document() for group in page], "NextToken": token}


@dataclass(frozen=True, slots=True)
class AdminListGroupsForUser:
    """The groups of one user."""

    target: Target
    groups: Groups

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """In pages."""
        _, user = await self.target.find(request)
        found = await self.groups.of_user(user)
        page, token = paging.slice_of(found, request.get("NextToken"), _limit(request))
        return {"Groups": [group.document() for group in page], "NextToken": token}


@dataclass(frozen=True, slots=True)
class ListUsersInGroup:
    """The members of one group."""

    pools: Pools
    users: Users
    groups: Groups

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """In pages, oldest user first."""
        pool = self.pools.pool(request["UserPoolId"])
        group = await self.groups.find(pool, request["GroupName"])
        limit = _limit(request)
        after = paging.position(request.get("NextToken"))
        found = await self.users.members(pool, group.name, after, limit + 1)
        token = paging.token(found[limit - 1].id) if len(found) > limit else None
        return {"NextToken": token, "Users": [user.document() for user in found[:limit]]}


@dataclass(frozen=True, slots=True)
class AdminAddUserToGroup:
    """Lets a user into a group; the next tokens say so."""

    target: Target
    groups: Groups

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Adding twice succeeds."""
        pool, user = await self.target.find(request)
        await self.groups.enter(await self.groups.find(pool, request["GroupName"]), user)
        return {}


@dataclass(frozen=True, slots=True)
class AdminRemoveUserFromGroup:
    """Takes a user out of a group."""

    target: Target
    groups: Groups

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Also succeeds where the user is not in it."""
        pool, user = await self.target.find(request)
        await self.groups.leave(await self.groups.find(pool, request["GroupName"]), user)
        return {}


def _group(request: Mapping[str, Any]) -> UserPoolGroup:
    return UserPoolGroup(
        pool_id=request["UserPoolId"],
        name=request["GroupName"],
        description=request.get("Description"),
        precedence=request.get("Precedence"),
        role_arn=request.get("RoleArn"),
    )


def _limit(request: Mapping[str, Any]) -> int:
    return int(request.get("Limit", 0)) or MAX_PAGE
