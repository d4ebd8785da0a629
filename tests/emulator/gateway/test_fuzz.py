"""Random bytes, frames, headers and queries on real sockets.

What must hold, whatever comes: no exception escapes and nothing is logged as an error; a message
reaches a function only after `$connect` has let its client in; each connection that was open has
exactly one `$disconnect`, and its ids are its own; the gateway forgets every connection in the end.
"""

import asyncio
import contextlib
import logging
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from websockets.frames import Frame, Opcode

from tests.conformance.websocket.raw import Raw
from tests.conformance.websocket.world import World, ok
from tests.emulator.gateway.apis import route
from tests.fakes import until


ON_ONE_WORLD = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

DATA = st.binary(max_size=200) | st.sampled_from(
    [b"", b"x" * 126, b"\xff", b'{"to":"$connect"}', b"[" * 2000]
)

FRAMES = st.builds(
    lambda opcode, data, fin: Frame(opcode, data, fin).serialize(mask=True),
    st.sampled_from([Opcode.TEXT, Opcode.CONT, Opcode.BINARY]),
    DATA,
    st.booleans(),
)
CONTROLS = st.builds(
    lambda opcode, data: Frame(opcode, data).serialize(mask=True),
    st.sampled_from([Opcode.PING, Opcode.PONG, Opcode.CLOSE]),
    st.binary(max_size=125),
)
SPOILED = st.builds(
    lambda frame, at, bit: (
        frame[: at % len(frame)]
        + bytes([frame[at % len(frame)] ^ 1 << bit])
        + frame[at % len(frame) + 1 :]
    ),
    FRAMES | CONTROLS,
    st.integers(0, 20),
    st.integers(0, 7),
)
BYTES = st.lists(FRAMES | CONTROLS | SPOILED | st.binary(max_size=50), max_size=12)

TOKEN = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.", min_size=1)
VALUE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60)
HEADERS = st.lists(st.tuples(TOKEN.map("X-{}".format), VALUE), max_size=12)

NAMES = ("connect", "default", "disconnect")


def whole(world: World) -> None:
    """An API with a function for everything."""
    world.invoker.events.clear()
    world.gateways.clear()
    world.raws.clear()
    world.serve(
        route("$connect", "connect"),
        route("$default", "default", two_way=True),
        route("$disconnect", "disconnect"),
        connect=ok(),
        default=ok(body="reply"),
        disconnect=ok(),
    )


async def drained(client: Raw) -> None:
    """Read until the server closes, or has nothing more to say."""
    with contextlib.suppress(TimeoutError, OSError):
        while await asyncio.wait_for(client.reader.read(65536), 0.02):
            pass


def contexts(world: World, name: str) -> list[dict[str, Any]]:
    """The contexts that one function saw."""
    return [event["requestContext"] for event in world.seen(name)]


@ON_ONE_WORLD
@given(data=BYTES, compressed=st.booleans())
async def test_any_bytes_after_the_upgrade(
    world: World, caplog: pytest.LogCaptureFixture, data: list[bytes], compressed: bool
) -> None:
    """The invariants hold, and the next client is served as ever."""
    escaped: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, what: escaped.append(what))
    whole(world)
    offer = [("Sec-WebSocket-Extensions", "permessage-deflate")] if compressed else []
    client = await world.upgrade(headers=offer)
    for each in data:
        if not client.writer.transport.is_closing():
            client.writer.write(each)
        await asyncio.sleep(0)
    await drained(client)
    client.close()
    await until(lambda: bool(world.seen("disconnect")))
    async with world.connect() as other:
        await other.send("x")
        assert await other.recv() == "reply"
    await until(lambda: len(world.seen("disconnect")) == 2)
    await world.gateways[-1].drain()

    assert escaped == []
    assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []
    assert world.ran()[0] == "connect"
    connections = [each["connectionId"] for each in contexts(world, "connect")]
    assert len(set(connections)) == 2
    assert [each["connectionId"] for each in contexts(world, "disconnect")] == connections
    every = [each for name in NAMES for each in contexts(world, name)]
    assert len({each["requestId"] for each in every}) == len(every)
    assert {each["connectionId"] for each in every} == set(connections)


@ON_ONE_WORLD
@given(data=st.binary(min_size=1, max_size=300))
async def test_any_bytes_instead_of_a_request(
    world: World, caplog: pytest.LogCaptureFixture, data: bytes
) -> None:
    """They run nothing and disturb nobody."""
    escaped: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, what: escaped.append(what))
    whole(world)
    _, writer = await asyncio.open_connection("127.0.0.1", world.port)
    writer.write(data)
    await asyncio.sleep(0.002)
    writer.transport.abort()
    async with world.connect():
        pass
    assert world.ran()[0] == "connect"
    assert len(world.seen("connect")) == 1
    assert escaped == []
    assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []


@ON_ONE_WORLD
@given(headers=HEADERS, query=st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=5))
async def test_any_headers_and_queries(
    world: World, headers: list[tuple[str, str]], query: list[tuple[str, str]]
) -> None:
    """A function reads names as they were spelled, and every value, in order."""
    whole(world)
    encoded = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in query)
    client = await world.upgrade(f"/prod?{encoded}", headers)
    assert client.status == 101
    client.close()
    event = await world.event("connect")
    for name, _ in headers:
        values = [value for key, value in headers if key == name]
        assert event["multiValueHeaders"][name] == values
        assert event["headers"][name] == values[-1]
    pairs = parse_qsl(encoded, keep_blank_values=True)
    assert event.get("queryStringParameters", {}) == dict(pairs)
    await until(lambda: bool(world.seen("disconnect")))


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="replace")
