"""One listener for all tests of the suite, on one event loop."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import uvloop

from emulator.clock import Entropy
from emulator.runtime.packages import RUNTIME_REQUIREMENTS, Packages
from tests.conformance.suites import ROOT
from tests.conformance.websocket.world import Listener, World, listening
from tests.emulator.runtime.workbench import Bench
from tests.support.bounded import bound


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """uvloop, as in `labchat up`."""
    return {"uvloop": uvloop.new_event_loop}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that wait for what broken code never does must fail, not hang."""
    bound(items, Path(__file__).parent, 15)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def listener() -> AsyncIterator[Listener]:
    """A listener without an API."""
    async with listening() as made:
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def management(listener: Listener) -> Any:
    """boto3's client of `@connections`."""
    return listener.client("apigatewaymanagementapi")


@pytest_asyncio.fixture(loop_scope="session")
async def world(listener: Listener, management: Any, tmp_path: Path) -> AsyncIterator[World]:
    """A world of the test's own, to be given its API."""
    made = World(listener, tmp_path / "connections", management)
    yield made
    await made.end()


@pytest_asyncio.fixture(loop_scope="session")
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """Real functions, run by awslambdaric."""
    packages = Packages(ROOT / ".cache" / "packages", Entropy())
    made = Bench(tmp_path, await packages.install(RUNTIME_REQUIREMENTS))
    yield made
    await made.pool.close()
