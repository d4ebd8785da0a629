"""A lab that the tests of this folder share; those that change it make their own."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.deploy.data.lab import KEY, Lab, talk
from tests.fakes import until
from tests.support.server import Server


@pytest.fixture(scope="package")
def lab(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Ada, Bob and Eve, who have said things."""
    folder = tmp_path_factory.mktemp("lab")
    (folder / "export.key").write_text(KEY)
    (folder / "export.key").chmod(0o600)
    server = Server(folder, options=("--parameter", f"UsageKey={KEY}"))
    server.start()
    try:
        filled = Lab(server)
        talk(filled)
        asyncio.run(until(lambda: filled.usage("disconnected") == 3, within=60))
        yield filled
    finally:
        server.close()


@pytest.fixture
def empty_lab(own_server: Server) -> Lab:
    """A lab that nobody has used."""
    own_server.start()
    return Lab(own_server)
