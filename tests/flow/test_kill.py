"""SIGKILL under load: nothing acknowledged is lost, nothing is doubled, nothing is left behind."""

import asyncio
import random
import time

import pytest

from tests.support import engines
from tests.support.kills import kill_emulator, kill_engine, kill_function, writers
from tests.support.load import Load, judge
from tests.support.people import Person
from tests.support.server import Server


pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]


SENDS = 500
KILLS = [*[kill_function] * 3, *[kill_engine] * 3, *[kill_emulator] * 2]


async def test_kills_under_load_lose_nothing(own_server: Server) -> None:
    """Functions, engine and emulator die in random order while four people write.

    The database is then read by boto3 alone, before and after an orderly restart.
    """
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    await asyncio.to_thread(own_server.start)
    load = Load.of(own_server, await asyncio.to_thread(writers, own_server, 4), rooms=2)
    load.start()
    for kill in chance.sample(KILLS, len(KILLS)):
        await load.reach(chance.randrange(1, 2 * SENDS // (len(KILLS) + 1)), within=120)
        await kill(own_server)
    await load.reach(max(1, SENDS - len(load.acknowledged)), within=120)
    await load.finish()
    await asyncio.to_thread(judge, own_server, load)
    assert len(load.acknowledged) >= SENDS, f"seed {seed}"

    assert await asyncio.to_thread(own_server.stop) == 0
    await asyncio.to_thread(own_server.start)
    await asyncio.to_thread(judge, own_server, load)


async def test_killed_functions_lose_nothing_on_dynamodb_local(own_server: Server) -> None:
    """It answers transactions before it commits them (docs/storage.md), so it is not killed itself."""
    engines.program("local", own_server.data_dir)
    own_server.options = ["--dynamodb", "local"]
    await asyncio.to_thread(own_server.start)
    load = Load.of(own_server, await asyncio.to_thread(writers, own_server, 2))
    load.start()
    for _ in range(2):
        await load.reach(20)
        await kill_function(own_server)
    await load.reach(20)
    await load.finish()
    await asyncio.to_thread(judge, own_server, load)


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
