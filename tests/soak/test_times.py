"""Timed rules at their defaults, by the real clock. The two hours of a connection's life would take
too long: `tests/emulator/gateway/test_connections.py` has them by a clock that is moved."""

import asyncio
from pathlib import Path

import pytest

from tests.conformance.websocket.world import World, closed, frame, listening, ok
from tests.emulator.gateway.apis import route


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_the_times_of_aws(tmp_path: Path) -> None:
    """29 seconds for a function, ten idle minutes, begun anew by a message."""
    loop = asyncio.get_running_loop()
    async with listening() as listener:
        world = World(listener, tmp_path, listener.client("apigatewaymanagementapi"))
        world.serve(route("slow", "slow"), slow=ok())
        world.hold("slow")
        async with world.connect(ping_interval=20) as client:
            await asyncio.sleep(5)
            began = loop.time()
            await client.send('{"to":"slow"}')
            assert frame(await client.recv())["message"] == "Endpoint request timed out"
            answered = loop.time()
            assert 29 <= answered - began < 34
            assert await closed(client) == (1001, "Going away")
            assert 600 <= loop.time() - answered < 620
        await world.end()
