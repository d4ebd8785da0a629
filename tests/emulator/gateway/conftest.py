"""The gateway is tested on the event loop that the emulator uses."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest
import uvloop

from tests.conformance.websocket.world import World, listening
from tests.support.bounded import bound


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """uvloop, as in `labchat up`."""
    return {"uvloop": uvloop.new_event_loop}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that waits in vain fails."""
    bound(items, Path(__file__).parent, 25)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """API Gateway on a listener of the test's own."""
    async with listening() as listener:
        made = World(listener, tmp_path / "connections", listener.client("apigatewaymanagementapi"))
        yield made
        await made.end()
