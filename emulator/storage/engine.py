"""The embedded database engine: Dynoxide (DynamoDB's API over SQLite) as a supervised child.

https://github.com/nubo-db/dynoxide
"""

import asyncio
import logging
import os
import platform
import shutil
import socket
from pathlib import Path

import aiohttp

from emulator.children import die_with_parent, kill_group
from emulator.errors import UsageError


logger = logging.getLogger(__name__)

READY_WITHIN = 10.0
"""Seconds until the engine must answer after a start."""

RESTART_DELAYS = (0.0, 0.1, 0.5, 1.0, 2.0, 5.0)
"""Seconds to wait before each restart of an engine that keeps dying; the last one repeats."""

STEADY_AFTER = 30.0
"""Seconds after which an engine counts as healthy again, so that the delays start anew."""

DATABASE = "dynamodb.sqlite"


class EmbeddedEngine:
    """Starts the engine on a port of its own, restarts it there when it dies, stops it."""

    def __init__(self, binary: Path, data_dir: Path) -> None:
        self._binary = binary
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
                f"The database engine did not start; see {self._data_dir / 'dynamodb.log'}."
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
        log = os.open(
            self._data_dir / "dynamodb.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600
        )
        try:
            self._process = await asyncio.create_subprocess_exec(
                str(self._binary),
                "serve",
                *("--port", str(self._port)),
                *("--db-path", str(self._data_dir / DATABASE)),
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
        deadline = asyncio.get_running_loop().time() + READY_WITHIN
        async with aiohttp.ClientSession() as session:
            while asyncio.get_running_loop().time() < deadline:
                assert self._process is not None
                if self._process.returncode is not None:
                    return False
                try:
                    async with session.get(f"{self.url}/") as response:
                        return response.status == 200
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.01)
        return False

    async def _kill(self) -> None:
        assert self._process is not None
        kill_group(self._process.pid)
        await self._process.wait()


def find_binary(data_dir: Path) -> Path:
    """The engine's program, which npm brings as a package for each platform.

    npm may leave it without its executable bit; then a copy in the data directory gets it.
    """
    architecture = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), "unknown")
    package = Path("node_modules") / "@dynoxide" / f"linux-{architecture}" / "dynoxide"
    for folder in (Path.cwd(), Path(__file__).parents[2]):
        binary = folder / package
        if binary.is_file():
            return binary if os.access(binary, os.X_OK) else _executable_copy(binary, data_dir)
    found = shutil.which("dynoxide")
    if found:
        return Path(found)
    raise UsageError(
        "The embedded database is not installed: run `npm install` in the checkout (or put "
        "`dynoxide` on the PATH), or name another DynamoDB with --dynamodb URL."
    )


def _executable_copy(binary: Path, data_dir: Path) -> Path:
    copy = data_dir / "dynoxide"
    if not copy.exists() or copy.stat().st_size != binary.stat().st_size:
        unfinished = data_dir / "dynoxide.new"
        shutil.copyfile(binary, unfinished)
        unfinished.chmod(0o700)
        unfinished.replace(copy)
    return copy


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
