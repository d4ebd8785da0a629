"""Groups: those of the template and those of calls, their members, what tokens say of them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jose import jwt

from emulator.cognito.claims import granted
from emulator.cognito.errors import GroupExists, ResourceNotFound
from emulator.cognito.groups import Group
from tests.emulator.cognito.bench import Bench
from tests.emulator.cognito.fakes import FakeClock
from tests.emulator.cognito.stacks import NAMES, STACK


POOL = {"UserPoolId": NAMES.id}


async def listed(bench: Bench) -> list[str]:
    return [g["GroupName"] for g in (await bench.call("ListGroups", **POOL))["Groups"]]


async def test_life_of_a_group(bench: Bench) -> None:
    """Create, read, update, fill, empty, delete; members stay users."""
    await bench.confirmed("ada")
    group, ada = {**POOL, "GroupName": "admins"}, {**POOL, "Username": "ada"}
    made = (await bench.call("CreateGroup", **group, Precedence=1, Description="x"))["Group"]
    assert (made["GroupName"], made["Precedence"], made["UserPoolId"]) == ("admins", 1, NAMES.id)
    with pytest.raises(GroupExists, match=r"^A group with the name already exists.$"):
        await bench.call("CreateGroup", **group)
    changed = (await bench.call("UpdateGroup", **group, Precedence=2))["Group"]
    assert (changed["Precedence"], changed["Description"]) == (2, "x")
    assert (await bench.call("GetGroup", **group))["Group"] == changed
    for _ in range(2):
        assert await bench.call("AdminAddUserToGroup", **ada, GroupName="admins") == {}
    [member] = (await bench.call("ListUsersInGroup", **group))["Users"]
    assert member["Username"] == "ada"
    [of_ada] = (await bench.call("AdminListGroupsForUser", **ada))["Groups"]
    assert of_ada == changed
    await bench.call("AdminRemoveUserFromGroup", **ada, GroupName="admins")
    assert (await bench.call("ListUsersInGroup", **group))["Users"] == []
    await bench.call("AdminAddUserToGroup", **ada, GroupName="admins")
    await bench.call("DeleteGroup", **group)
    assert (await bench.call("AdminGetUser", **ada))["Username"] == "ada"
    for operation in ("GetGroup", "UpdateGroup", "DeleteGroup", "ListUsersInGroup"):
        with pytest.raises(ResourceNotFound):
            await bench.call(operation, **group)
    with pytest.raises(ResourceNotFound):
        await bench.call("AdminAddUserToGroup", **ada, GroupName="admins")


async def test_pages(bench: Bench) -> None:
    """Of members and of groups."""
    for name in ("a", "b", "c"):
        await bench.confirmed(name)
        await bench.call("AdminAddUserToGroup", **POOL, Username=name, GroupName="staff")
    request: dict[str, Any] = {**POOL, "GroupName": "staff", "Limit": 2}
    first = await bench.call("ListUsersInGroup", **request)
    second = await bench.call("ListUsersInGroup", **request, NextToken=first["NextToken"])
    found = [user["Username"] for page in (first, second) for user in page["Users"]]
    assert found == ["a", "b", "c"]
    assert second["NextToken"] is None
    page = await bench.call("ListGroups", **POOL, Limit=1)
    assert [g["GroupName"] for g in page["Groups"]] == ["guests"]
    assert page["NextToken"]


async def test_the_template_rules_its_groups(bench: Bench, data_dir: Path) -> None:
    """They come and go with it, their members stay over a restart; others are left alone."""
    await bench.confirmed("ada")
    await bench.call("CreateGroup", **POOL, GroupName="own")
    await bench.call("AdminAddUserToGroup", **POOL, Username="ada", GroupName="staff")
    assert await listed(bench) == ["guests", "own", "staff"]
    await bench.close()
    staff, _ = STACK.user_pool_groups
    changed = replace(STACK, user_pool_groups=(replace(staff, precedence=9),))
    again = await Bench.start(data_dir, FakeClock(), changed)
    try:
        assert await listed(again) == ["own", "staff"]
        [found] = (await again.call("AdminListGroupsForUser", **POOL, Username="ada"))["Groups"]
        assert found["Precedence"] == 9
    finally:
        await again.close()


def group(name: str, precedence: int | None, role: str | None) -> Group:
    return Group("p", name, None, precedence, role, 0, 0)


@pytest.mark.parametrize(
    ("groups", "roles", "preferred"),
    [
        ([], [], None),
        ([group("a", None, None)], [], None),
        ([group("a", 1, "r1"), group("b", 2, "r2")], ["r1", "r2"], "r1"),
        ([group("a", 1, "r1"), group("b", 1, "r2")], ["r1", "r2"], None),
        ([group("a", 1, "r1"), group("b", 1, "r1")], ["r1"], "r1"),
        ([group("a", None, "r1")], ["r1"], None),
        ([group("a", 0, None), group("b", 2, "r2")], ["r2"], "r2"),
    ],
)
def test_roles(groups: list[Group], roles: list[str], preferred: str | None) -> None:
    """The most important group with a role decides, unless another of its rank differs."""
    grants = granted(groups)
    assert (list(grants.roles), grants.preferred_role) == (roles, preferred)


async def test_claims(bench: Bench) -> None:
    """Both tokens name the groups, the most important first; only the ID token the roles."""
    await bench.confirmed("ada")
    for name in ("guests", "staff"):
        await bench.call("AdminAddUserToGroup", **POOL, Username="ada", GroupName=name)
    result = await bench.sign_in("ada")
    access = jwt.get_unverified_claims(result["AccessToken"])
    identity = jwt.get_unverified_claims(result["IdToken"])
    assert access["cognito:groups"] == identity["cognito:groups"] == ["staff", "guests"]
    assert identity["cognito:roles"] == ["arn:aws:iam::123456789012:role/s"]
    assert "cognito:roles" not in access
