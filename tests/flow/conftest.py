"""Accounts on the shared server."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from emulator.storage.engines import PROGRAMS
from tests.support import engines
from tests.support.people import sign_in, sign_up
from tests.support.server import Server


USAGE_KEY = bytes(range(32))


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in."""

    email: str
    sub: str
    token: str


def account(server: Server, name: str) -> Account:
    """Sign somebody up and in."""
    email = f"{name.lower()}@lab.example"
    sub = sign_up(server, email, name)
    return Account(email, sub, sign_in(server, email)["AccessToken"])


@pytest.fixture(scope="session", params=PROGRAMS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The chat on each engine that is there, shared by the tests of this folder."""
    folder = tmp_path_factory.mktemp(request.param)
    engines.program(request.param, folder)
    recorded = ["--parameter", f"UsageKey={USAGE_KEY.hex()}"]
    running = Server(folder, options=["--dynamodb", request.param, *recorded])
    running.start()
    yield running
    running.close()


@pytest.fixture(scope="session")
def ada(server: Server) -> Account:
    """The first user."""
    return account(server, "Ada")


@pytest.fixture(scope="session")
def bob(server: Server) -> Account:
    """The second user."""
    return account(server, "Bob")
