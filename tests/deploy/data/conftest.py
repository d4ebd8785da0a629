"""A lab that the tests of this folder share; those that change it make their own."""

from collections.abc import Iterator

import pytest

from tests.deploy.data.lab import Lab, talk
from tests.support.server import Server


@pytest.fixture(scope="package")
def lab(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Ada, Bob and Eve, who have said things."""
    server = Server(tmp_path_factory.mktemp("lab"))
    server.start()
    try:
        filled = Lab(server)
        talk(filled)
        yield filled
    finally:
        server.close()


@pytest.fixture
def empty_lab(own_server: Server) -> Lab:
    """A lab that nobody has used."""
    own_server.start()
    return Lab(own_server)
