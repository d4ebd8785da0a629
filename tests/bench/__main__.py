"""`make bench`: figures side by side in one run, as a table. It asserts nothing.

The machine's other work moves every figure, so the rounds of the contenders take turns and the
ratios say more than the milliseconds.
"""

import asyncio
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from websockets.asyncio.client import ClientConnection, connect

from tests.bench.sign_ins import crowd
from tests.support.people import LOBBY, Person, new_id, sign_in, sign_up
from tests.support.server import ROOT, Server


ROUNDS = 5
CALLS = 200
ECHO = ROOT / "tests" / "fixtures" / "echo" / "template.yaml"


@dataclass(slots=True)
class Contender:
    """One thing that is measured: `call` does it once."""

    name: str
    call: Callable[[int], Awaitable[object]]
    milliseconds: list[float] = field(default_factory=list)

    async def round(self) -> None:
        """A warm-up that does not count, then the calls that do."""
        for number in range(CALLS // 10):
            await self.call(number)
        for number in range(CALLS):
            started = time.perf_counter()
            await self.call(number)
            self.milliseconds.append((time.perf_counter() - started) * 1000)


async def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, _floor() as floor_url:
        servers = [Server(Path(folder) / "echo", template=ECHO), Server(Path(folder) / "chat")]
        try:
            starts = [await asyncio.to_thread(_timed_start, server) for server in servers]
            contenders = await _measure(floor_url, *servers)
            sign_ins = await crowd(servers[1])
        finally:
            for server in servers:
                server.close()
    _print(contenders, starts[1], sign_ins)


async def _measure(floor_url: str, echo: Server, chat: Server) -> list[Contender]:
    email = "bench@lab.example"
    await asyncio.to_thread(sign_up, chat, email, "Bench")
    token = (await asyncio.to_thread(sign_in, chat, email))["AccessToken"]
    async with (
        connect(floor_url) as floor_socket,
        connect(echo.urls["websocket"]) as echo_socket,
        Person(chat, token) as person,
    ):
        await person.call("hello", v=1, name="Bench")
        ids = iter(range(10**9))

        async def send(_: int) -> None:
            await person.say("a message of usual length", rid=LOBBY, ids=[new_id(next(ids))])

        contenders = [
            Contender("bare uvicorn echo (the floor)", _echo(floor_socket)),
            Contender("echo: client, route, function, @connections, client", _echo(echo_socket)),
            Contender("chat: send, until it is acknowledged", send),
        ]
        with Progress(console=Console(stderr=True), transient=True) as progress:
            for _ in progress.track(range(ROUNDS), description="Measuring"):
                for contender in contenders:
                    await contender.round()
    return contenders


def _echo(socket: ClientConnection) -> Callable[[int], Awaitable[object]]:
    async def call(number: int) -> None:
        text = json.dumps({"action": "echo", "number": number})
        await socket.send(text)
        if await socket.recv() != text:
            raise RuntimeError("the echo differs from what was sent")

    return call


def _timed_start(server: Server) -> float:
    """Seconds of a second start: the first one may install packages."""
    server.start()
    server.stop()
    started = time.perf_counter()
    server.start()
    return time.perf_counter() - started


@contextmanager
def _floor() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.floor", str(port)], cwd=ROOT)
    try:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        yield f"ws://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _print(contenders: list[Contender], start: float, sign_ins: str) -> None:
    table = Table(title=f"{ROUNDS} rounds of {CALLS}, milliseconds")
    for column in ("", "median", "p95", "times the floor"):
        table.add_column(column, justify="left" if not column else "right")
    floor = statistics.median(contenders[0].milliseconds)
    for contender in contenders:
        median = statistics.median(contender.milliseconds)
        p95 = statistics.quantiles(contender.milliseconds, n=20)[-1]
        table.add_row(contender.name, f"{median:.2f}", f"{p95:.2f}", f"{median / floor:.1f}")
    console = Console()
    console.print(table)
    console.print(f"labchat up, second start until ready: {start:.2f} s")
    console.print(sign_ins)


if __name__ == "__main__":
    asyncio.run(main())
