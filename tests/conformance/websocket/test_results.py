"""What becomes of a function's result, and what the client sees of a failure."""

import asyncio

import pytest

from emulator.clock import Clock
from tests.conformance.websocket.world import Run, World, frame, ok
from tests.emulator.gateway.apis import route
from tests.emulator.runtime.workbench import Bench
from tests.fakes import failure, until


pytestmark = pytest.mark.asyncio(loop_scope="session")

SEND = '{"to":"f"}'


def answering(world: World, run: Run, *, two_way: bool) -> None:
    """A route whose function is `run`, and another that tells when all before it has been sent."""
    world.serve(
        route("$connect", "connect"),
        route("f", "f", two_way=two_way),
        route("marker", "marker", two_way=True),
        connect=ok(),
        f=run,
        marker=ok(body="marker"),
    )


async def exchange(world: World) -> list[str | bytes]:
    """Send a message; what comes back until the marker does."""
    async with world.connect() as client:
        await client.send(SEND)
        await world.event("f")
        await client.send('{"to":"marker"}')
        received = [await client.recv()]
        while received[-1] != "marker":
            received.append(await client.recv())
        return received[:-1]


async def test_069_one_way(world: World) -> None:
    """The body goes nowhere."""
    answering(world, ok(body="dropped"), two_way=False)
    assert await exchange(world) == []


async def test_070_two_way(world: World) -> None:
    """One text message, unchanged."""
    body = '{"a": "grüße",\n "b":1}'
    answering(world, ok(body=body), two_way=True)
    assert await exchange(world) == [body]


async def test_071_two_way_without_body(world: World) -> None:
    """An empty message."""
    answering(world, ok(), two_way=True)
    assert await exchange(world) == [""]


async def test_072_one_way_500(world: World) -> None:
    """Nothing is sent, nothing is closed."""
    answering(world, ok(statusCode=500, body="x"), two_way=False)
    assert await exchange(world) == []


@pytest.mark.parametrize("two_way", [False, True])
async def test_073_a_raise(world: World, two_way: bool) -> None:
    """The frame to the byte, on either kind of route."""
    answering(world, lambda event: failure("boom"), two_way=two_way)
    (received,) = await exchange(world)
    ids = frame(received)
    assert received == (
        '{"message": "Internal server error", '
        f'"connectionId":"{ids["connectionId"]}", "requestId":"{ids["requestId"]}"}}'
    )
    assert ids["connectionId"] == (await world.context("connect"))["connectionId"]


async def test_074_the_frame_s_request_id(world: World) -> None:
    """It is the one that the function read."""
    answering(world, lambda event: failure("boom"), two_way=False)
    (received,) = await exchange(world)
    assert frame(received)["requestId"] == (await world.context("f"))["requestId"]


async def test_075_extra_keys(world: World) -> None:
    """A malformed proxy result is an internal error."""
    answering(world, ok(body="x", extra=1), two_way=True)
    (received,) = await exchange(world)
    assert frame(received)["message"] == "Internal server error"


@pytest.mark.process
async def test_076_an_overrun(world: World, bench: Bench) -> None:
    """The frame comes after 29 seconds, here scaled; the function ends in its own time."""
    bench.add(
        """
        import pathlib, time

        def handler(event, context):
            if event != "warm up":
                time.sleep(0.5)
                (pathlib.Path(__file__).parent / "ended").touch()
        """
    )
    await bench.pool.invoke("f", b'"warm up"')
    world.serve(route("f", "f"), clock=Clock(290), lambdas=(bench.pool, {}))
    async with world.connect() as client:
        await client.send(SEND)
        assert frame(await client.recv())["message"] == "Endpoint request timed out"
    await until((bench.folder / "f" / "ended").exists, within=10)


async def test_077_a_shorter_timeout(world: World) -> None:
    """`TimeoutInMillis` of 100 is not 29 seconds."""
    world.serve(route("f", "f", timeout=0.1), f=ok())
    world.hold("f")
    async with world.connect() as client:
        await client.send(SEND)
        received = await asyncio.wait_for(client.recv(), 10)
    assert frame(received)["message"] == "Endpoint request timed out"


async def test_078_two_way_400(world: World) -> None:
    """The body is delivered."""
    answering(world, ok(statusCode=400, body="bad"), two_way=True)
    assert await exchange(world) == ["bad"]


async def test_079_side_by_side(world: World) -> None:
    """The second message runs while the first still does."""
    world.serve(
        route("slow", "slow"), route("quick", "quick", two_way=True), slow=ok(), quick=ok(body="q")
    )
    world.hold("slow")
    async with world.connect() as client:
        await client.send('{"to":"slow"}')
        await world.event("slow")
        await client.send('{"to":"quick"}')
        assert await asyncio.wait_for(client.recv(), 10) == "q"
