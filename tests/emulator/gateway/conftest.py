"""The gateway is tested on the event loop that the emulator uses."""

import asyncio
from collections.abc import Callable, Mapping

import uvloop


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """uvloop, as in `labchat up`."""
    return {"uvloop": uvloop.new_event_loop}
