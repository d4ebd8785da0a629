"""The endpoint is tested on the event loop that the emulator uses."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest
import uvloop

from tests.emulator.objects.running import Objects, running


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """uvloop: its processes and pipes behave a little differently from asyncio's own."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
async def objects(tmp_path: Path) -> AsyncIterator[Objects]:
    """An endpoint of the test's own."""
    async with running(tmp_path / "objects") as endpoint:
        yield endpoint
