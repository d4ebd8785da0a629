"""What functions read in their events."""

import re
from typing import Any

import pytest
from websockets.frames import Opcode

from emulator.template.model import DomainName
from tests.conformance.websocket.world import World, ok
from tests.emulator.gateway.apis import route
from tests.fakes import FakeClock


pytestmark = pytest.mark.asyncio(loop_scope="session")

ID = re.compile(r"[A-Za-z0-9_-]{15}=")

FUNCTIONS = ("connect", "default", "disconnect")


def whole(world: World, **more: Any) -> None:
    """An API with a function for everything."""
    world.serve(
        route("$connect", "connect"),
        route("$default", "default"),
        route("$disconnect", "disconnect"),
        connect=ok(),
        default=ok(),
        disconnect=ok(),
        **more,
    )


async def a_life(world: World, path: str = "/prod", **more: Any) -> dict[str, dict[str, Any]]:
    """Connect, a message, close; the events of the three functions."""
    whole(world)
    async with world.connect(path, **more) as client:
        await client.send("x")
        await world.event("default")
    return {each: await world.event(each) for each in FUNCTIONS}


async def contexts(world: World, **more: Any) -> list[dict[str, Any]]:
    """The contexts of the three events."""
    return [event["requestContext"] for event in (await a_life(world, **more)).values()]


async def test_052_connection_id(world: World) -> None:
    """Eleven bytes in URL-safe base64."""
    assert all(ID.fullmatch(each["connectionId"]) for each in await contexts(world))


async def test_053_other_ids(world: World) -> None:
    """The same form; a request's two ids are one."""
    connect, message, disconnect = await contexts(world)
    assert ID.fullmatch(message["messageId"])
    for each in (connect, message, disconnect):
        assert ID.fullmatch(each["requestId"])
        assert each["extendedRequestId"] == each["requestId"]


async def test_054_connect_has_no_body(world: World) -> None:
    """And says that it is not encoded."""
    event = (await a_life(world))["connect"]
    assert "body" not in event
    assert event["isBase64Encoded"] is False


async def test_055_a_message_has_no_headers(world: World) -> None:
    """Nor query parameters, even when the upgrade had some."""
    event = (await a_life(world, "/prod?a=1"))["default"]
    left_out = {"headers", "multiValueHeaders"}
    left_out |= {"queryStringParameters", "multiValueQueryStringParameters"}
    assert not event.keys() & left_out


async def test_056_headers_of_disconnect(world: World) -> None:
    """Four, three of them empty."""
    event = (await a_life(world))["disconnect"]
    host = event["requestContext"]["domainName"]
    headers = {"Host": host, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""}
    assert event["headers"] == headers
    assert event["multiValueHeaders"] == {name: [value] for name, value in headers.items()}


async def test_057_request_time(world: World) -> None:
    """Day, English month, year and UTC."""
    whole(world, clock=FakeClock())
    async with world.connect():
        pass
    assert (await world.context("connect"))["requestTime"] == "14/Nov/2023:22:13:20 +0000"


async def test_058_connected_at(world: World) -> None:
    """When the connection was made, in milliseconds, whenever one asks."""
    clock = FakeClock()
    whole(world, clock=clock)
    async with world.connect() as client:
        clock.advance(1)
        await client.send("x")
        await world.event("default")
        clock.advance(1)
    seen = [await world.context(each) for each in FUNCTIONS]
    assert [each["connectedAt"] for each in seen] == [1_700_000_000_000] * 3


async def test_059_no_user_agent(world: World) -> None:
    """Left out, not null."""
    for each in await contexts(world, user_agent_header=None):
        assert each["identity"] == {"sourceIp": "127.0.0.1"}


async def test_060_no_query(world: World) -> None:
    """Left out, not null."""
    event = (await a_life(world))["connect"]
    assert not event.keys() & {"queryStringParameters", "multiValueQueryStringParameters"}


async def test_061_a_repeated_parameter(world: World) -> None:
    """The last one, and all of them."""
    event = (await a_life(world, "/prod?a=1&a=2"))["connect"]
    assert event["queryStringParameters"] == {"a": "2"}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"]}


async def test_062_message_id(world: World) -> None:
    """Messages have one, nothing else has."""
    assert ["messageId" in each for each in await contexts(world)] == [False, True, False]


async def test_063_message_direction(world: World) -> None:
    """Always in."""
    assert [each["messageDirection"] for each in await contexts(world)] == ["IN"] * 3


async def test_064_domain_name(world: World) -> None:
    """The custom domain for who came by it; the API's own host for everybody else."""
    domain = DomainName("ws.lab.example", {"": ("abcd1234ef", "prod")})
    world.serve(route("$connect", "connect"), connect=ok(), domains=[domain])
    async with world.connect("/", "ws.lab.example"), world.connect():
        pass
    names = {event["requestContext"]["domainName"] for event in world.seen("connect")}
    assert names == {"ws.lab.example", "abcd1234ef.execute-api.us-east-1.amazonaws.com"}


async def test_065_a_close_without_a_code(world: World) -> None:
    """1005, in AWS's words."""
    whole(world)
    client = await world.upgrade()
    client.send(Opcode.CLOSE, b"")
    context = await world.context("disconnect")
    assert context["disconnectStatusCode"] == 1005
    assert context["disconnectReason"] == "Client-side close frame status not set"


async def test_066_closed_by_delete(world: World) -> None:
    """1000, in AWS's words."""
    whole(world)
    async with world.connect():
        await world.call("delete_connection", (await world.context("connect"))["connectionId"])
        context = await world.context("disconnect")
    assert context["disconnectStatusCode"] == 1000
    assert context["disconnectReason"] == "Connection Closed Normally"


async def test_067_closed_for_idleness(world: World) -> None:
    """1001, in AWS's words."""
    clock = FakeClock()
    whole(world, clock=clock)
    async with world.connect():
        clock.advance(1200)
        context = await world.context("disconnect")
    assert (context["disconnectStatusCode"], context["disconnectReason"]) == (1001, "Going away")


@pytest.mark.parametrize("how", ["reset", "end"])
async def test_068_a_lost_connection(world: World, how: str) -> None:
    """1006, whether TCP was reset or ended."""
    whole(world)
    client = await world.upgrade()
    if how == "reset":
        client.close()
    else:
        client.writer.write_eof()
    assert (await world.context("disconnect"))["disconnectStatusCode"] == 1006
