"""A server for what clients see, and bare operations for what needs a clock that can be moved."""

import asyncio
import itertools
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from emulator.clock import Clock, Entropy
from emulator.cognito.endpoint import CognitoEndpoint
from emulator.cognito.keys import Keys
from emulator.cognito.services import Environment
from tests.emulator.cognito.bench import Bench, Server
from tests.emulator.cognito.fakes import FakeClock, FakeInvoker, FakeVerifier
from tests.emulator.cognito.stacks import STACK


@pytest.fixture(scope="session")
def key_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """RSA keys of every pool: making them takes longer than all else in a test."""
    directory = tmp_path_factory.mktemp("keys")
    Keys(directory).load([pool.id for pool in STACK.user_pools])
    return directory


@pytest.fixture
def data_dir(tmp_path: Path, key_files: Path) -> Path:
    """An empty data directory, but for the keys."""
    shutil.copytree(key_files, tmp_path / "keys")
    return tmp_path


@pytest.fixture
async def bench(data_dir: Path) -> AsyncIterator[Bench]:
    """Operations without HTTP, with a clock that stands still."""
    made = await Bench.start(data_dir, FakeClock())
    yield made
    await made.close()


@pytest.fixture(scope="session")
def server(key_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The endpoint over HTTP, the same for all tests: each uses names of its own."""
    directory = tmp_path_factory.mktemp("cognito")
    shutil.copytree(key_files, directory / "keys")
    invoker = FakeInvoker()
    ready = threading.Event()
    holder: dict[str, uvicorn.Server] = {}

    async def serve() -> None:
        env = Environment(STACK, directory, Clock(), Entropy(), invoker)
        cognito = await CognitoEndpoint.start(env, FakeVerifier())
        app = Starlette(
            routes=[
                *cognito.mail_routes(),
                Mount("/cognito", routes=cognito.routes(signed=False)),
                *cognito.routes(signed=True),
            ]
        )
        config = uvicorn.Config(app, port=0, lifespan="off", log_level="warning")
        running = holder["server"] = uvicorn.Server(config)
        started = running.startup

        async def startup(sockets: list[object] | None = None) -> None:
            await started()
            ready.set()

        running.startup = startup  # type: ignore[method-assign, assignment] # the one hook there is
        await running.serve()
        await cognito.close()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert ready.wait(20)
    port = holder["server"].servers[0].sockets[0].getsockname()[1]
    yield Server(f"http://127.0.0.1:{port}", invoker)
    holder["server"].should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def serial() -> Iterator[int]:
    """Numbers for names that nobody else uses."""
    return itertools.count(1)


@pytest.fixture
def name(serial: Iterator[int]) -> str:
    """A user name of this test's own."""
    return f"user{next(serial)}"
