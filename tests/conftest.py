"""Fixtures for the tests that need a whole running server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.engines import program
from tests.support.server import Server


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
