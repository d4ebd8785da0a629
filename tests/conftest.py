"""Fixtures for the tests that need a whole running server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.engines import program
from tests.support.server import Server


HERE = Path(__file__).parent
CONFORMANCE = HERE / "conformance"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where tests run side by side, those of a file stay together, and so do those whose outcomes
    make one table."""
    for item in items:
        together = CONFORMANCE if CONFORMANCE in item.path.parents else item.path
        item.add_marker(pytest.mark.xdist_group(str(together.relative_to(HERE))))


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The embedded database. In CI its absence is a failure, elsewhere a skip that says why."""
    program("embedded", tmp_path_factory.mktemp("engine"))


@pytest.fixture(scope="session")
def server(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The chat on a server that the tests share; tests that kill it start their own."""
    running = Server(tmp_path_factory.mktemp("server"))
    running.start()
    yield running
    running.close()


@pytest.fixture
def own_server(engine: None, tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own, not started yet."""
    server = Server(tmp_path / "data")
    yield server
    server.close()
