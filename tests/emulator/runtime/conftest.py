"""The runtime is tested on the event loop that the emulator uses."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import psutil
import pytest
import uvloop

from emulator.clock import Entropy
from emulator.runtime.languages.nodejs import RUNTIME, install_packages
from emulator.runtime.packages import Packages
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
    left = [" ".join(child.cmdline()) for child in psutil.Process().children()]
    assert not [each for each in left if "awslambdaric" in each or "bootstrap" in each]


@pytest.fixture(scope="session")
def packages() -> Packages:
    """Installed once for all test runs."""
    return Packages(Path(__file__).parents[3] / ".cache" / "packages", Entropy())


@pytest.fixture(scope="session")
def node_packages(packages: Packages) -> Path:
    """The packages of the Node.js runtime."""
    return asyncio.run(install_packages(RUNTIME, packages))


@pytest.fixture
def node_bench(bench: Bench, node_packages: Path) -> Bench:
    """A pool for Node.js functions."""
    bench.node_packages = node_packages
    return bench
