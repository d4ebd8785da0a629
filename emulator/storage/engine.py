"""A database engine as a supervised child: started on a port of its own, restarted there."""

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from emulator.children import die_with_parent, kill_group
from emulator.errors import UsageError


logger = logging.getLogger(__name__)

RESTART_DELAYS = (0.0, 0.1, 0.5, 1.0, 2.0, 5.0)
"""Seconds to wait before each restart of an engine that keeps dying; the last one repeats."""

STEADY_AFTER = 30.0
"""Seconds after which an engine counts as healthy again, so that the delays start anew."""

LOG = "dynamodb.log"


@dataclass(frozen=True, slots=True)
class Program:
    """A database program that is installed and can be run on a data directory."""

    name: str
    """What `--dynamodb` calls it."""
    database: str
    """Its SQLite file, relative to the data directory."""
    command: Callable[[int, Path], Sequence[str]]
    """The command line for a port and the path of the database."""
    ready_within: float
    """Seconds until it must answer after a start."""


class Engine:
    """Starts the program on a port of its own, restarts it there when it dies, stops it."""

    def __init__(self, program: Program, data_dir: Path) -> None:
        self.program = program
        self._data_dir = data_dir
        self._port = 0
        self._process: asyncio.subprocess.Process | None = None
        self._supervisor: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where it listens; the same through all restarts."""
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Start the engine and wait until it answers.

        Raises `UsageError` if it does not come up.
        """
        self._port = _free_port()
        await self._spawn()
        if not await self._answers():
            await self._kill()
            raise UsageError(
                f"The database engine did not start{self._last_words()}. "
                f"All that it said is in {self._data_dir / LOG}."
            )
        self._supervisor = asyncio.create_task(self._supervise())

    async def stop(self) -> None:
        """Stop it in order, so that SQLite can fold its write-ahead log in."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            await asyncio.gather(self._supervisor, return_exceptions=True)
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), 5)
        except TimeoutError:
            await self._kill()

    async def _supervise(self) -> None:
        failures = 0
        while True:
            assert self._process is not None
            started = asyncio.get_running_loop().time()
            code = await self._process.wait()
            if asyncio.get_running_loop().time() - started > STEADY_AFTER:
                failures = 0
            delay = RESTART_DELAYS[min(failures, len(RESTART_DELAYS) - 1)]
            failures += 1
            logger.warning("The database engine ended (%s); it is started again.", code)
            await asyncio.sleep(delay)
            try:
                await self._spawn()
            except OSError:
                # The old process counts as ended once more; the next round tries again.
                logger.exception("The database engine cannot be started")

    async def _spawn(self) -> None:
        database = self._data_dir / self.program.database
        database.parent.mkdir(mode=0o700, exist_ok=True)
        log = os.open(self._data_dir / LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self.program.command(self._port, database),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={"PATH": "/usr/bin:/bin", "TMPDIR": str(self._data_dir)},
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        finally:
            os.close(log)

    async def _answers(self) -> bool:
        """Whether it came up; a request without a target is answered with some error or page."""
        deadline = asyncio.get_running_loop().time() + self.program.ready_within
        async with aiohttp.ClientSession() as session:
            while asyncio.get_running_loop().time() < deadline:
                assert self._process is not None
                if self._process.returncode is not None:
                    return False
                try:
                    async with session.get(f"{self.url}/") as response:
                        return response.status < 500
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.01)
        return False

    def _last_words(self) -> str:
        """The end of its log but for the depths of a stack trace, for whoever reads the error."""
        lines = (self._data_dir / LOG).read_text(errors="replace").splitlines()
        told = [line for line in lines if line.strip() and not line[0].isspace()]
        return f" ({told[-1][:300]})" if told else ""

    async def _kill(self) -> None:
        assert self._process is not None
        kill_group(self._process.pid)
        await self._process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
