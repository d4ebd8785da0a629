"""Clients that misbehave in numbers: the server stays healthy, and its memory comes back."""

import asyncio
import contextlib
import json
import resource
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from botocore.exceptions import ClientError
from rich.console import Console
from websockets.asyncio.client import connect

from tests.conformance.websocket.raw import request
from tests.support.server import ROOT, Server


pytestmark = [pytest.mark.soak, pytest.mark.process]

ECHO = ROOT / "tests" / "fixtures" / "echo"

NOWHERE = """
  Nowhere:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Api, RouteKey: nowhere}
"""
"""A route that leads nowhere: the error frame that it gives tells a client its id."""

HALF_OPEN = 2000
SLOW = 200
DEAF = 20

HEALTHY_WITHIN = 5.0
"""Seconds for an echo while all of it goes on; without it takes about two milliseconds."""

KEPT_MB = 24
"""Memory that may stay behind: the allocator does not give everything back."""


class Patient:
    """The server, its figures, and an honest client's view of it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.process = psutil.Process(server.urls["pid"])
        self.console = Console(width=120)
        self.start = self.megabytes
        self.files = self.process.num_fds()

    @property
    def megabytes(self) -> float:
        """Resident memory of the emulator itself."""
        return float(self.process.memory_info().rss) / 2**20

    @property
    def address(self) -> tuple[str, int]:
        """Where its edge listens."""
        return "127.0.0.1", self.server.port

    async def echo(self) -> float:
        """Connect and have a message echoed; the seconds that it takes."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with (
            asyncio.timeout(HEALTHY_WITHIN),
            connect(self.server.urls["websocket"]) as client,
        ):
            await client.send("still there?")
            assert await client.recv() == "still there?"
        return loop.time() - began

    async def report(self, what: str) -> None:
        """Print the figures of this moment."""
        took = await self.echo()
        self.console.print(
            f"{what:<42} {self.megabytes:6.1f} MB  {self.process.num_fds():5} files  "
            f"echo {took * 1000:6.1f} ms"
        )

    async def recovered(self) -> None:
        """Wait until connections are gone and memory is back near the start."""
        for _ in range(600):
            gone = self.process.num_fds() <= self.files + 10
            if gone and self.megabytes <= self.start + KEPT_MB:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"{self.megabytes:.1f} MB, {self.process.num_fds()} files are left")


@pytest.fixture
async def patient(engine: None, tmp_path: Path) -> AsyncIterator[Patient]:
    """A server with the smallest API, warm."""
    wanted = 2 * HALF_OPEN + 1000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
    folder = shutil.copytree(ECHO, tmp_path / "echo")
    template = folder / "template.yaml"
    template.write_text(template.read_text().replace("\nOutputs:", f"{NOWHERE}\nOutputs:"))
    server = Server(tmp_path / "data", template)
    await asyncio.to_thread(server.start)
    try:
        async with connect(server.urls["websocket"]) as client:
            for _ in range(200):
                await client.send("warm up")
                await client.recv()
        yield Patient(server)
    finally:
        server.close()


async def test_half_open_upgrades(patient: Patient) -> None:
    """2,000 requests without an end."""
    await patient.report("before")
    with contextlib.ExitStack() as clients:
        for _ in range(HALF_OPEN):
            client = clients.enter_context(socket.create_connection(patient.address))
            client.sendall(request("/dev")[:-2])
        await patient.report(f"{HALF_OPEN} half-open upgrades")
        await patient.recovered()
        await patient.report("after their time is up, clients still there")


async def test_slow_loris(patient: Patient) -> None:
    """Requests that come a byte at a time never end, and are ended."""

    async def drip() -> None:
        with contextlib.suppress(OSError), socket.create_connection(patient.address) as client:
            for byte in request("/dev"):
                client.send(bytes([byte]))
                await asyncio.sleep(0.5)

    await patient.report("before")
    drips = [asyncio.create_task(drip()) for _ in range(SLOW)]
    await asyncio.sleep(10)
    await patient.report(f"{SLOW} requests of one byte each half second")
    await patient.recovered()
    await patient.report("after their time is up")
    for each in drips:
        each.cancel()
    await asyncio.gather(*drips, return_exceptions=True)


async def test_readers_that_never_read(patient: Patient) -> None:
    """Whatever is posted to them, they cost a bounded amount, and only for a while."""
    await patient.report("before")
    management = patient.server.client("apigatewaymanagementapi")
    with contextlib.ExitStack() as clients:
        ids = []
        for _ in range(DEAF):
            client = clients.enter_context(contextlib.closing(socket.socket()))
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            ids.append(await asyncio.to_thread(_introduce, patient, client))

        def fill(connection_id: str) -> int:
            posts = 0
            # The SDK tries again after a 429; the connection is gone by then.
            with contextlib.suppress(ClientError):
                while True:
                    management.post_to_connection(ConnectionId=connection_id, Data=b"x" * 131072)
                    posts += 1
            return posts

        posts = [await asyncio.to_thread(fill, each) for each in ids]
        await patient.report(f"{DEAF} deaf clients, {sum(posts)} posts of 128 KB")
        await patient.recovered()
        await patient.report("after they are cut off, clients still there")


def _introduce(patient: Patient, client: socket.socket) -> str:
    """Connect, learn one's id, and read no more."""
    client.connect(patient.address)
    client.sendall(request("/dev"))
    head = client.recv(4096)
    assert head.startswith(b"HTTP/1.1 101 "), head
    body = b'{"action":"nowhere"}'
    client.sendall(bytes([0x81, 0x80 | len(body), 0, 0, 0, 0]) + body)
    frame = client.recv(4096)
    return str(json.loads(frame[2:] if len(frame) < 128 else frame[4:])["connectionId"])
