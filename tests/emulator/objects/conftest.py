"""The endpoint is tested on the event loop that the emulator uses."""

import asyncio
from collections.abc import Callable, Mapping

import uvloop


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """uvloop: its processes and pipes behave a little differently from asyncio's own."""
    return {"uvloop": uvloop.new_event_loop}
