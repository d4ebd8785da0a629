"""The upgrade: who is let in, who is refused, and with which status."""

import asyncio

import aiohttp
import pytest

from emulator.clock import Clock
from emulator.template.model import DomainName
from tests.conformance.websocket.world import World, ok
from tests.emulator.gateway.apis import route
from tests.fakes import failure


pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_001_no_connect_route(world: World) -> None:
    """The socket opens when nothing is asked."""
    world.serve()
    assert (await world.upgrade()).status == 101


async def test_002_the_socket_waits_for_connect(world: World) -> None:
    """There is no answer while `$connect` runs, and 101 when it has ended well."""
    world.serve(route("$connect", "connect"), connect=ok())
    gate = world.hold("connect")
    opening = world.opening()
    await world.event("connect")
    answered, _ = await asyncio.wait([opening], timeout=0.05)
    assert not answered
    gate.set()
    client = await opening
    assert client.status == 101


async def test_003_201_opens(world: World) -> None:
    """Any status from 200 to 299 does."""
    world.serve(route("$connect", "connect"), connect=ok(statusCode=201))
    async with world.connect():
        pass


@pytest.mark.parametrize("status", [301, 401, 501])
async def test_004_other_statuses_are_passed_on(world: World, status: int) -> None:
    """The function's status and body are the answer."""
    world.serve(route("$connect", "connect"), connect=ok(statusCode=status, body="why"))
    answer = await world.refused()
    assert (answer.status_code, answer.body) == (status, b"why")


async def test_005_connect_raises(world: World) -> None:
    """502."""
    world.serve(route("$connect", "connect"), connect=lambda event: failure("boom"))
    assert (await world.refused()).status_code == 502


async def test_006_no_status_code(world: World) -> None:
    """502."""
    world.serve(route("$connect", "connect"), connect=lambda event: {"body": "x"})
    assert (await world.refused()).status_code == 502


async def test_007_connect_takes_too_long(world: World) -> None:
    """504 after 29 seconds, here scaled."""
    world.serve(route("$connect", "connect"), clock=Clock(290), connect=ok())
    world.hold("connect")
    assert (await world.refused()).status_code == 504


async def test_008_unknown_stage(world: World) -> None:
    """403, with this very body."""
    world.serve()
    client = await world.upgrade("/other")
    assert (client.status, client.body) == (403, b'{"message":"Forbidden"}')


async def test_009_no_upgrade(world: World) -> None:
    """426."""
    world.serve()
    url = f"http://127.0.0.1:{world.port}/prod"
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        assert answer.status == 426


async def test_010_offered_protocols(world: World) -> None:
    """One string, as the client wrote it."""
    world.serve(route("$connect", "connect"), connect=ok())
    await world.upgrade(headers=[("Sec-WebSocket-Protocol", "chat1, myprotocol")])
    event = await world.event("connect")
    assert event["headers"]["Sec-WebSocket-Protocol"] == "chat1, myprotocol"


async def test_011_the_returned_protocol(world: World) -> None:
    """What `$connect` returns stands in the 101."""
    chosen = {"Sec-WebSocket-Protocol": "myprotocol"}
    world.serve(route("$connect", "connect"), connect=ok(headers=chosen))
    client = await world.upgrade(headers=[("Sec-WebSocket-Protocol", "chat1, myprotocol")])
    assert client.header("Sec-WebSocket-Protocol") == "myprotocol"


async def test_012_no_returned_protocol(world: World) -> None:
    """The gateway picks none by itself."""
    world.serve(route("$connect", "connect"), connect=ok())
    client = await world.upgrade(headers=[("Sec-WebSocket-Protocol", "chat1")])
    assert client.status == 101
    assert client.header("Sec-WebSocket-Protocol") is None


async def test_013_other_returned_headers(world: World) -> None:
    """They do not reach the client."""
    world.serve(route("$connect", "connect"), connect=ok(headers={"X-Mine": "1"}))
    client = await world.upgrade()
    assert client.status == 101
    assert client.header("X-Mine") is None


async def test_014_a_slash_before_the_query(world: World) -> None:
    """Both forms connect, and both queries arrive."""
    world.serve(route("$connect", "connect"), connect=ok())
    for path in ("/prod/?a=b", "/prod?a=b"):
        async with world.connect(path):
            pass
    assert [event["queryStringParameters"] for event in world.seen("connect")] == [{"a": "b"}] * 2


DOMAIN = DomainName("ws.example.com", {"v1": ("abcd1234ef", "prod"), "": ("abcd1234ef", "prod")})


async def test_015_a_mapping_key(world: World) -> None:
    """It leads to the stage; the event tells the stage's own name."""
    world.serve(route("$connect", "connect"), domains=[DOMAIN], connect=ok())
    async with world.connect("/v1", domain=DOMAIN.name):
        pass
    assert (await world.context("connect"))["stage"] == "prod"


async def test_016_a_disabled_endpoint(world: World) -> None:
    """The API's own host refuses, the custom domain does not."""
    world.serve(
        route("$connect", "connect"), domains=[DOMAIN], endpoint_disabled=True, connect=ok()
    )
    await world.refused("/prod", domain="abcd1234ef.execute-api.us-east-1.amazonaws.com")
    async with world.connect("/", domain=DOMAIN.name):
        pass
