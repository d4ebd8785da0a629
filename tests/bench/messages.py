"""Messages through the gateway: the floor, an echo through a function, and the product's send."""

import asyncio
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from websockets.asyncio.client import ClientConnection, connect

from tests.bench.measuring import Contender, print_table, take_turns
from tests.support.people import LOBBY, Person, new_id, sign_in, sign_up
from tests.support.server import ROOT, Server


ECHO = ROOT / "tests" / "fixtures" / "echo" / "template.yaml"


async def measure() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, _floor() as floor_url:
        servers = [
            Server(Path(folder) / "echo", template=ECHO),
            Server(Path(folder) / "chat"),
        ]
        try:
            starts = [await asyncio.to_thread(_timed_start, server) for server in servers]
            contenders = await _measure(floor_url, *servers)
        finally:
            for server in servers:
                server.close()
    print_table("Messages", contenders)
    Console().print(f"labchat up, second start until ready: {starts[1]:.2f} s")


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
        await take_turns(contenders)
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
