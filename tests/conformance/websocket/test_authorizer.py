"""The REQUEST authorizer: when it is asked, what it sees, what its answer does."""

from typing import Any

import pytest

from tests.conformance.websocket.world import World, allow, guarded, ok
from tests.emulator.gateway.apis import route
from tests.fakes import failure


pytestmark = pytest.mark.asyncio(loop_scope="session")

ARN = "arn:aws:execute-api:us-east-1:123456789012:abcd1234ef/prod/$connect"


def behind(world: World, result: Any, *sources: str) -> None:
    """An API behind an authorizer that returns `result`."""
    world.serve(
        guarded(*sources),
        route("$default", "default"),
        route("$disconnect", "disconnect"),
        auth=lambda event: result,
        connect=ok(),
        default=ok(),
        disconnect=ok(),
    )


async def a_whole_life(world: World) -> dict[str, dict[str, Any]]:
    """Connect, a message, close; the contexts that the functions saw."""
    async with world.connect() as client:
        await client.send("x")
        await world.event("default")
    return {each: await world.context(each) for each in ("connect", "default", "disconnect")}


async def test_017_a_missing_header(world: World) -> None:
    """401 without asking."""
    behind(world, allow(), "route.request.header.X-Token")
    assert (await world.refused()).status_code == 401
    assert world.ran() == []


async def test_018_an_empty_query_parameter(world: World) -> None:
    """As good as missing."""
    behind(world, allow(), "route.request.querystring.token")
    assert (await world.refused("/prod?token=")).status_code == 401
    assert world.ran() == []


async def test_019_all_identity_sources(world: World) -> None:
    """One of two is refused, both are let in."""
    behind(world, allow(), "route.request.querystring.a", "route.request.querystring.b")
    for path in ("/prod?a=1", "/prod?b=1"):
        assert (await world.refused(path)).status_code == 401
    async with world.connect("/prod?a=1&b=1"):
        pass


async def test_020_unauthorized(world: World) -> None:
    """The exact message makes it 401."""
    behind(world, failure("Unauthorized"))
    assert (await world.refused()).status_code == 401


async def test_021_deny(world: World) -> None:
    """403, and `$connect` is not run."""
    statement = {"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": "*"}
    behind(world, {**allow(), "policyDocument": {"Statement": [statement]}})
    assert (await world.refused()).status_code == 403
    assert world.ran() == ["auth"]


@pytest.mark.parametrize("order", [("Allow", "Deny"), ("Deny", "Allow")])
async def test_022_deny_beats_allow(world: World, order: tuple[str, str]) -> None:
    """In either order."""
    statements = [
        {"Effect": effect, "Action": "execute-api:Invoke", "Resource": ARN} for effect in order
    ]
    behind(world, {**allow(), "policyDocument": {"Statement": statements}})
    assert (await world.refused()).status_code == 403


async def test_023_a_resource_of_one_level_too_many(world: World) -> None:
    """What REST policy builders write matches no WebSocket route."""
    behind(world, allow("arn:aws:execute-api:us-east-1:123456789012:abcd1234ef/prod/*/*"))
    assert (await world.refused()).status_code == 403


async def test_024_all_routes_of_the_stage(world: World) -> None:
    """One star is enough."""
    behind(world, allow("arn:aws:execute-api:us-east-1:123456789012:abcd1234ef/prod/*"))
    async with world.connect():
        pass


async def test_025_every_api(world: World) -> None:
    """A star matches slashes and colons too."""
    behind(world, allow("arn:aws:execute-api:*:*:*"))
    async with world.connect():
        pass


async def test_026_the_authorizer_crashes(world: World) -> None:
    """500, with the gateway's own document."""
    behind(world, failure("boom"))
    answer = await world.refused()
    assert answer.status_code == 500
    assert b"boom" not in answer.body


async def test_027_method_arn(world: World) -> None:
    """Partition, region, account, API, stage, route key; no HTTP method."""
    behind(world, allow())
    async with world.connect():
        pass
    assert (await world.event("auth"))["methodArn"] == ARN


async def test_028_the_headers_of_the_upgrade(world: World) -> None:
    """The authorizer sees them, `$connect` does not."""
    behind(world, allow())
    async with world.connect():
        pass
    own = {"Connection": "upgrade", "Upgrade": "websocket", "content-length": "0"}
    asked = (await world.event("auth"))["headers"]
    assert {name: asked.get(name) for name in own} == own
    seen = {name.lower() for name in (await world.event("connect"))["headers"]}
    assert not seen & {"connection", "upgrade", "content-length"}


async def test_029_one_connection_id(world: World) -> None:
    """The authorizer sees the final one already."""
    behind(world, allow())
    async with world.connect():
        pass
    contexts = [await world.context(each) for each in ("auth", "connect")]
    assert contexts[0]["connectionId"] == contexts[1]["connectionId"]


async def test_030_no_cache(world: World) -> None:
    """Two connects, two questions."""
    behind(world, allow(), "route.request.querystring.token")
    for _ in range(2):
        async with world.connect("/prod?token=same"):
            pass
    assert len(world.seen("auth")) == 2


async def test_031_asked_once_a_connection(world: World) -> None:
    """Messages and the end ask nothing."""
    behind(world, allow())
    await a_whole_life(world)
    assert world.ran() == ["auth", "connect", "default", "disconnect"]


async def test_032_integration_latency(world: World) -> None:
    """A number in CONNECT only."""
    behind(world, allow())
    contexts = await a_whole_life(world)
    assert type(contexts["connect"]["authorizer"]["integrationLatency"]) is int
    for each in ("default", "disconnect"):
        assert "integrationLatency" not in contexts[each].get("authorizer", {})


async def test_033_the_context_goes_along(world: World) -> None:
    """Later events carry the principal and what the authorizer added."""
    behind(world, allow(context={"tenant": "t1"}))
    contexts = await a_whole_life(world)
    for each in ("default", "disconnect"):
        assert contexts[each].get("authorizer") == {"principalId": "me", "tenant": "t1"}


async def test_034_no_context(world: World) -> None:
    """`context` is optional."""
    result = allow()
    del result["context"]
    behind(world, result)
    async with world.connect():
        pass
    assert (await world.context("connect"))["authorizer"]["principalId"] == "me"


async def test_035_an_object_in_the_context(world: World) -> None:
    """500; nothing is run."""
    behind(world, allow(context={"nested": {"a": 1}}))
    assert (await world.refused()).status_code == 500
    assert world.ran() == ["auth"]


async def test_036_a_number_in_the_context(world: World) -> None:
    """Numbers and booleans become text."""
    behind(world, allow(context={"number": 123, "flag": True}))
    async with world.connect():
        pass
    seen = (await world.context("connect"))["authorizer"]
    assert (seen["number"], seen["flag"]) == ("123", "true")


async def test_037_an_allow_for_connect_alone(world: World) -> None:
    """The policy is judged once; messages of every route pass."""
    behind(world, allow(ARN))
    async with world.connect() as client:
        await client.send("x")
        await world.event("default")
