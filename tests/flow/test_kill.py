"""SIGKILL under load: nothing acknowledged is lost, nothing is doubled, nothing is left behind."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from tests.support import engines
from tests.support.kills import kill_emulator, kill_engine, kill_function, writers
from tests.support.load import Load, judge
from tests.support.people import Person
from tests.support.server import Server


pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]


@pytest.mark.parametrize(
    ("engine_name", "kill"),
    [
        ("embedded", kill_function),
        ("embedded", kill_engine),
        ("embedded", kill_emulator),
        # DynamoDB Local answers transactions before it commits them: docs/storage.md.
        ("local", kill_function),
    ],
)
async def test_a_kill_under_load_loses_nothing(
    own_server: Server, engine_name: str, kill: Callable[[Server], Awaitable[None]]
) -> None:
    """Three kills while four people write; the database is then read by boto3 alone."""
    engines.program(engine_name, own_server.data_dir)
    own_server.options = ["--dynamodb", engine_name]
    await asyncio.to_thread(own_server.start)
    load = Load.of(own_server, await asyncio.to_thread(writers, own_server, 4))
    load.start()
    for _ in range(3):
        await load.reach(30)
        await kill(own_server)
    await load.reach(30)
    await load.finish()
    await asyncio.to_thread(judge, own_server, load.acknowledged)

    # Everything is there after the next start as well.
    assert await asyncio.to_thread(own_server.stop) == 0
    await asyncio.to_thread(own_server.start)
    await asyncio.to_thread(judge, own_server, load.acknowledged)


async def test_who_was_connected_is_gone_after_a_crash(own_server: Server) -> None:
    """A killed emulator ends its connections at the next start: the functions' table is clean."""
    await asyncio.to_thread(own_server.start)
    (token,) = await asyncio.to_thread(writers, own_server, 1)
    async with Person(own_server, token) as person:
        await person.call("hello", v=1, name="Writer")
        assert await asyncio.to_thread(_connected, own_server) == 1
        await kill_emulator(own_server)
    deadline = time.monotonic() + 60
    while await asyncio.to_thread(_connected, own_server):
        assert time.monotonic() < deadline, "the connection is still listed"
        await asyncio.sleep(0.1)


def _connected(server: Server) -> int:
    """How many connections the functions know."""
    client = server.client("dynamodb")
    (table,) = (name for name in client.list_tables()["TableNames"] if "Connection" in name)
    # Beside them the table counts what each person has asked for lately.
    connections = {":pk": {"S": "CONN#0"}}
    answer = client.query(
        TableName=table,
        ConsistentRead=True,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues=connections,
    )
    return int(answer["Count"])
