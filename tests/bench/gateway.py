"""The gateway under load: connects, echoes, fan-out, signed posts, idle connections."""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from configparser import ConfigParser
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import quote, urlsplit

import psutil
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from rich.console import Console
from rich.table import Table
from websockets.asyncio.client import ClientConnection, connect

from tests.support.server import PACKAGES, ROOT, Server


FIXTURE = ROOT / "tests" / "fixtures" / "load"
console = Console()


async def measure() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "load", template=FIXTURE / "template.yaml")
        await asyncio.to_thread(server.start)
        try:
            table = Table(title="Gateway, with plain boto3 functions")
            table.add_column("")
            table.add_column("figure", justify="right")
            for name, figure in await _figures(server):
                table.add_row(name, figure)
            console.print(table)
        finally:
            server.close()


async def _figures(server: Server) -> list[tuple[str, str]]:
    url = server.urls["websocket"]
    rows = [("the functions' own cost: echo", await _own_cost(server))]
    rows += [await _echoes(url, clients) for clients in (1, 32)]
    rows.append(("worker processes after it", str(len(server.children("awslambdaric")))))
    rows += await _connects(url)
    rows += [await _fan_out(url, 100, senders) for senders in (1, 4)]
    rows += [await _signed_posts(server, at_once) for at_once in (1, 8)]
    rows += await _idle(server, 1000)
    return rows


async def _own_cost(server: Server) -> str:
    """The echo handler called directly, in a plain process with the runtime's own packages."""
    keys = keys_of(server)
    packages = next(iter(PACKAGES.glob("*/awslambdaric"))).parent
    code = (
        "import statistics, sys, time, load\n"
        "event = {'requestContext': {'connectionId': sys.argv[1]}, 'body': 'x' * 60}\n"
        "times = []\n"
        "for _ in range(550):\n"
        "    started = time.perf_counter(); load.echo(event, None)\n"
        "    times.append(time.perf_counter() - started)\n"
        "print(statistics.median(times[50:]) * 1000)\n"
    )
    async with connect(server.urls["websocket"]) as socket:
        connection = await _id_of(socket, server)
        reading = asyncio.create_task(_read(socket, 550))
        finished = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-S", "-c", code, connection],
            env={
                "PYTHONPATH": f"{FIXTURE / 'code'}:{packages}",
                "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": server.urls["management"],
                "AWS_ACCESS_KEY_ID": keys.access_key,
                "AWS_SECRET_ACCESS_KEY": keys.secret_key,
                "AWS_REGION": "us-east-1",
                "AWS_DEFAULT_REGION": "us-east-1",
                "TABLE": "none",
            },
            stdout=subprocess.PIPE,
            check=True,
        )
        await reading
    return f"{float(finished.stdout):.2f} ms median"


async def _read(socket: ClientConnection, count: int) -> None:
    for _ in range(count):
        await socket.recv()


async def _id_of(socket: ClientConnection, server: Server) -> str:
    """The id of the one connection there is: the row that its `$connect` wrote."""
    dynamodb = await asyncio.to_thread(
        server.client, "dynamodb", endpoint_url=server.urls["dynamodb"]
    )
    (table,) = (await asyncio.to_thread(dynamodb.list_tables))["TableNames"]
    while True:
        rows = (await asyncio.to_thread(dynamodb.scan, TableName=table))["Items"]
        if len(rows) == 1:
            return str(rows[0]["id"]["S"])
        await asyncio.sleep(0.05)


async def _echoes(url: str, clients: int) -> tuple[str, str]:
    text = json.dumps({"action": "echo", "text": "a message of usual length"})
    times: list[float] = []

    async def one(socket: ClientConnection, count: int) -> None:
        for _ in range(count):
            started = time.perf_counter()
            await socket.send(text)
            await socket.recv()
            times.append(time.perf_counter() - started)

    async with AsyncExitStack() as exits:
        sockets = [await exits.enter_async_context(connect(url)) for _ in range(clients)]
        await asyncio.gather(*(one(socket, 40) for socket in sockets))
        times.clear()
        started = time.perf_counter()
        await asyncio.gather(*(one(socket, max(40, 600 // clients)) for socket in sockets))
        per_second = len(times) / (time.perf_counter() - started)
    median = statistics.median(times) * 1000
    return f"echo, {clients} client(s)", f"{median:.2f} ms median, {per_second:,.0f}/s"


async def _connects(url: str) -> list[tuple[str, str]]:
    """One after the other; all stay open, so that no `$disconnect` runs meanwhile."""
    times, sockets = [], []
    for _ in range(330):
        started = time.perf_counter()
        sockets.append(await connect(url))
        times.append(time.perf_counter() - started)
    # Not all at once: beyond the account's concurrency their `$disconnect` would be throttled.
    for socket in sockets:
        await socket.close()
        await asyncio.sleep(0.02)
    kept = times[30:]
    median, p99 = statistics.median(kept) * 1000, statistics.quantiles(kept, n=100)[-1] * 1000
    figure = f"{median:.2f} ms median, {p99:.1f} p99, {len(kept) / sum(kept):,.0f}/s"
    return [("connects with a row written, one at a time", figure)]


async def _fan_out(url: str, receivers: int, senders: int) -> tuple[str, str]:
    rounds = 4
    async with AsyncExitStack() as exits:
        sockets = [await exits.enter_async_context(connect(url)) for _ in range(receivers)]
        text = json.dumps({"action": "spread", "text": "a message of usual length"})
        await asyncio.gather(*(socket.send(text) for socket in sockets[:senders]))
        await asyncio.gather(*(_read(socket, senders) for socket in sockets))
        started = time.perf_counter()
        for _ in range(rounds):
            await asyncio.gather(*(socket.send(text) for socket in sockets[:senders]))
            await asyncio.gather(*(_read(socket, senders) for socket in sockets))
        seconds = time.perf_counter() - started
    per_second = rounds * senders * receivers / seconds
    return (
        f"fan-out to {receivers} sockets, {senders} sender(s)",
        f"{per_second:,.0f} deliveries/s",
    )


def keys_of(server: Server) -> Credentials:
    parser = ConfigParser()
    parser.read(server.urls["credentials"])
    section = parser["default"]
    return Credentials(section["aws_access_key_id"], section["aws_secret_access_key"])


async def _signed_posts(server: Server, at_once: int) -> tuple[str, str]:
    """Requests that were signed beforehand, so that the emulator's part alone is measured."""
    async with connect(server.urls["websocket"]) as socket:
        connection = await _id_of(socket, server)
        url = f"{server.urls['management']}/@connections/{quote(connection, safe='')}"
        request = AWSRequest("POST", url, data=b"x" * 60)
        SigV4Auth(keys_of(server), "execute-api", "us-east-1").add_auth(request)
        parts = urlsplit(url)
        head = f"POST {parts.path} HTTP/1.1\r\nhost: {parts.netloc}\r\ncontent-length: 60\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        raw = head.encode() + b"\r\n" + b"x" * 60
        count = 4000 // at_once
        reading = asyncio.create_task(_read(socket, count * at_once))
        started = time.perf_counter()
        await asyncio.gather(*(_post(parts.netloc, raw, count) for _ in range(at_once)))
        per_second = count * at_once / (time.perf_counter() - started)
        await reading
    return f"signed posts to @connections, {at_once} at a time", f"{per_second:,.0f}/s"


async def _post(netloc: str, raw: bytes, count: int) -> None:
    host, _, port = netloc.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for _ in range(count):
        writer.write(raw)
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head[:16]:
            raise RuntimeError(f"a post was refused: {head!r}")
    writer.close()


async def _idle(server: Server, count: int) -> list[tuple[str, str]]:
    process = psutil.Process(server.urls["pid"])
    async with AsyncExitStack() as exits:
        before = process.memory_info().rss
        sockets = [
            await exits.enter_async_context(connect(server.urls["websocket"], ping_interval=None))
            for _ in range(count)
        ]
        await asyncio.sleep(1)
        each = (process.memory_info().rss - before) / count / 1024
        cpu = process.cpu_times().user + process.cpu_times().system
        await asyncio.sleep(3)
        busy = (process.cpu_times().user + process.cpu_times().system - cpu) / 3
        text = json.dumps({"action": "spread", "text": "a message of usual length"})
        started = time.perf_counter()
        await sockets[0].send(text)
        await asyncio.gather(*(socket.recv() for socket in sockets))
        seconds = time.perf_counter() - started
    return [
        (f"memory per idle connection, of {count:,}", f"{each:.1f} KiB"),
        ("processor time while they are idle", f"{busy:.2%}"),
        (f"one message to {count:,} sockets", f"{seconds:.2f} s"),
    ]
