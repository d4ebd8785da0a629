"""Fan-out: how posts are signed and sent, and the chat's own deliveries to a hundred sockets."""

import asyncio
import itertools
import json
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aioboto3
from aiobotocore.config import AioConfig
from chat.clock import SystemClock
from chat.fanout import AT_ONCE
from chat.posts import Posts
from chat.signing import Signer
from rich.console import Console
from rich.table import Table

from tests.bench.gateway import keys_of
from tests.bench.processor import Spent
from tests.fakes import until
from tests.support.people import LOBBY, Person, new_id, sign_in, sign_up
from tests.support.server import Server


if TYPE_CHECKING:
    from types_aiobotocore_apigatewaymanagementapi import ApiGatewayManagementApiClient

SOCKETS = 100
ROUNDS = 10
FRAME = json.dumps({"t": "log", "items": [{"body": "a message of usual length" * 8}]}).encode()

Post = Callable[[str, bytes], Awaitable[object]]


async def measure() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        await asyncio.to_thread(server.start)
        try:
            table = Table(title=f"Fan-out to {SOCKETS} sockets")
            table.add_column("")
            table.add_column("figure", justify="right")
            for name, figure in await _figures(server):
                table.add_row(name, figure)
            Console().print(table)
        finally:
            server.close()


async def _figures(server: Server) -> list[tuple[str, str]]:
    email = "bench@lab.example"
    await asyncio.to_thread(sign_up, server, email, "Bench")
    token = (await asyncio.to_thread(sign_in, server, email))["AccessToken"]
    async with AsyncExitStack() as exits:
        people = [await exits.enter_async_context(Person(server, token)) for _ in range(SOCKETS)]
        await people[0].call("hello", v=1, name="Bench")
        rows = []
        connections = await asyncio.to_thread(_connections, server)
        async with _sdk(server) as sdk:
            contenders: dict[str, Post] = {
                "aiobotocore's post_to_connection": sdk,
                "signed posts over kept connections": _posts(server).post,
            }
            for _ in range(2):  # the first round warms up
                rows = [await _rate(name, each, connections) for name, each in contenders.items()]
        rows += [await _deliveries(server, people, senders) for senders in (1, 4)]
    return rows


@asynccontextmanager
async def _sdk(server: Server) -> AsyncIterator[Post]:
    keys = keys_of(server)
    session = aioboto3.Session(
        aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret_key,
        region_name="us-east-1",
    )
    config = AioConfig(max_pool_connections=AT_ONCE)
    client: ApiGatewayManagementApiClient
    async with session.client(
        "apigatewaymanagementapi", endpoint_url=server.urls["management"], config=config
    ) as client:

        async def post(connection: str, frame: bytes) -> None:
            await client.post_to_connection(ConnectionId=connection, Data=frame)

        yield post


def _posts(server: Server) -> Posts:
    keys, url = keys_of(server), server.urls["management"]
    signer = Signer(urlsplit(url).netloc, "us-east-1", keys.access_key, keys.secret_key)
    return Posts(url, signer, SystemClock())


def _connections(server: Server) -> list[str]:
    client = server.client("dynamodb", endpoint_url=server.urls["dynamodb"])
    (table,) = [name for name in client.list_tables()["TableNames"] if "onnection" in name]
    rows = client.query(
        TableName=table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "CONN#0"}},
    )["Items"]
    return [row["sk"]["S"] for row in rows]


async def _rate(name: str, post: Post, connections: list[str]) -> tuple[str, str]:
    started, busy = time.perf_counter(), time.process_time()
    for _ in range(ROUNDS):
        await asyncio.gather(*(post(connection, FRAME) for connection in connections))
    count = ROUNDS * len(connections)
    per_second = count / (time.perf_counter() - started)
    own = (time.process_time() - busy) / count * 1e6
    return name, f"{per_second:,.0f} posts/s ({own:,.0f} µs of processor each, readers included)"


_numbers = itertools.count(1)


async def _deliveries(server: Server, people: list[Person], senders: int) -> tuple[str, str]:
    """From the first send until everybody has heard everything."""
    await _send(people, senders)  # starts environments for all the senders
    started, before = time.perf_counter(), Spent.by(server)
    await _send(people, senders)
    count = senders * ROUNDS * len(people)
    per_second, spent = count / (time.perf_counter() - started), Spent.by(server).since(before)
    own, server_s = (seconds / count * 1e6 for seconds in (spent.functions, spent.server))
    figure = (
        f"{per_second:,.0f} deliveries/s (functions {own:,.0f} µs each, server {server_s:,.0f})"
    )
    return f"the chat, {senders} sender(s)", figure


async def _send(people: list[Person], senders: int) -> None:
    for person in people:
        person.pushes.clear()

    async def send(person: Person) -> None:
        for _ in range(ROUNDS):
            await person.say("a message of usual length", rid=LOBBY, ids=[new_id(next(_numbers))])

    await asyncio.gather(*(send(person) for person in people[:senders]))
    wanted = senders * ROUNDS
    await until(lambda: all(len(person.pushes) >= wanted for person in people), within=60)
