"""The gateway is tested on the event loop that the emulator uses."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest
import uvloop

from emulator.listeners import bind, port_of, serving
from tests.conformance.websocket.world import Listener, World
from tests.support.bounded import bound


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """uvloop, as in `labchat up`."""
    return {"uvloop": uvloop.new_event_loop}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that waits in vain fails."""
    bound(items, Path(__file__).parent, 25)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """API Gateway on a listener of the test's own."""
    listener = Listener()
    with contextlib.ExitStack() as unused:
        sockets = bind("127.0.0.1", 0)
        for each in (sockets.aws, sockets.objects):
            unused.callback(each.close)
        async with serving(listener, sockets.edge):
            listener.port = port_of(sockets.edge)
            made = World(listener, listener.client("apigatewaymanagementapi"))
            yield made
            await made.end()
