"""Frames, sizes, and how long a connection may last."""

import asyncio

import pytest
from websockets.frames import Opcode

from emulator.template.model import RouteSettings, Stage, Throttling
from tests.conformance.websocket.world import World, closed, frame, ok
from tests.emulator.gateway.apis import route
from tests.fakes import FakeClock, until


pytestmark = pytest.mark.asyncio(loop_scope="session")

KB32 = b"x" * 32768


def whole(world: World, clock: FakeClock | None = None) -> None:
    """An API that takes every message."""
    world.serve(
        route("$connect", "connect"),
        route("$default", "default"),
        clock=clock,
        connect=ok(),
        default=ok(),
    )


async def test_093_one_frame_too_large(world: World) -> None:
    """32768 bytes pass, one more closes with 1009."""
    whole(world)
    async with world.connect() as client:
        await client.send(KB32.decode())
        assert (await world.event("default"))["body"] == KB32.decode()
        await client.send("x" * 32769)
        assert (await closed(client))[0] == 1009
    assert len(world.seen("default")) == 1


async def test_094_four_frames_are_a_message(world: World) -> None:
    """128 KB in frames of 32 arrive as one event; more closes with 1009."""
    whole(world)
    async with world.connect() as client:
        await client.send(iter([KB32] * 4), text=True)
        assert len((await world.event("default"))["body"]) == 131072
        await client.send(iter([KB32] * 5), text=True)
        assert (await closed(client))[0] == 1009
    assert len(world.seen("default")) == 1


async def test_095_binary(world: World) -> None:
    """1003, and no route runs."""
    whole(world)
    async with world.connect() as client:
        await client.send(b"x")
        assert (await closed(client))[0] == 1003
    assert world.ran() == ["connect"]


async def test_096_idle(world: World) -> None:
    """Ten minutes, begun anew by a post; a ping is no message."""
    clock = FakeClock()
    whole(world, clock)
    async with world.connect() as client:
        clock.advance(599)
        connection_id = (await world.context("connect"))["connectionId"]
        await world.call("post_to_connection", connection_id, Data=b"x")
        assert await client.recv() == "x"
        clock.advance(599)
        await world.call("post_to_connection", connection_id, Data=b"y")
        assert await client.recv() == "y"
        clock.advance(599)
        await asyncio.wait_for(await client.ping(), 10)
        clock.advance(2)
        assert (await closed(client))[0] == 1001


async def test_097_two_hours(world: World) -> None:
    """The end, although there are messages all the time."""
    clock = FakeClock()
    whole(world, clock)
    async with world.connect() as client:
        for number in range(1, 24):
            clock.advance(300)
            await client.send("x")
            await until(lambda number=number: len(world.seen("default")) == number)  # type: ignore[misc]
        clock.advance(299)
        await client.send("x")
        await until(lambda: len(world.seen("default")) == 24)
        clock.advance(2)
        assert (await closed(client))[0] == 1001


async def test_098_pings(world: World) -> None:
    """The server sends none; a client's is answered and runs nothing."""
    whole(world)
    client = await world.upgrade()
    client.send(Opcode.PING, b"payload")
    answer = await client.frame()
    assert (answer.opcode, answer.data) == (Opcode.PONG, b"payload")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.frame(), 0.2)
    assert world.ran() == ["connect"]


@pytest.mark.parametrize(
    ("offer", "answer"),
    [
        ("permessage-deflate; client_max_window_bits", "permessage-deflate"),
        (
            "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12",
            "permessage-deflate; server_max_window_bits=12",
        ),
    ],
)
async def test_099_compression(world: World, offer: str, answer: str) -> None:
    """A browser's offer and the one that was captured."""
    whole(world)
    client = await world.upgrade(headers=[("Sec-WebSocket-Extensions", offer)])
    assert client.header("Sec-WebSocket-Extensions") == answer


async def test_100_the_rate_limit(world: World) -> None:
    """The third connect of a burst of two is too many; after a second one more may come."""
    clock = FakeClock()
    limits = Stage("prod", routes={"$connect": RouteSettings(Throttling(rate=1, burst=2))})
    world.serve(
        route("$connect", "connect"),
        clock=clock,
        changed={"stages": {"prod": limits}},
        connect=ok(),
    )
    for _ in range(2):
        async with world.connect():
            pass
    refusal = await world.refused()
    assert refusal.status_code == 429
    assert frame(bytes(refusal.body))["message"] == "Too Many Requests"
    assert len(world.seen("connect")) == 2
    clock.advance(1)
    async with world.connect():
        pass
    assert (await world.refused()).status_code == 429
