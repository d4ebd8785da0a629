"""The runtime is tested on the event loop that the emulator uses."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import psutil
import pytest
import uvloop

from tests.emulator.runtime.workbench import Bench


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """uvloop: its processes and pipes behave a little differently from asyncio's own."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
async def bench(tmp_path: Path, runtime_packages: Path) -> AsyncIterator[Bench]:
    """A pool without functions; its processes must be gone in the end."""
    made = Bench(tmp_path, runtime_packages)
    yield made
    await made.pool.close()
    left = [child for child in psutil.Process().children() if "awslambdaric" in child.cmdline()]
    assert not left
