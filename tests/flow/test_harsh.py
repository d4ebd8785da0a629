"""The chat on a database as harsh as the real one."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator.iam.credentials import Credentials
from emulator.storage.client import dynamodb_client
from emulator.storage.engine import Engine
from emulator.storage.tables import make_table
from tests.deploy.data.lab import Lab, talk
from tests.support import engines
from tests.support.harsh import Harsh, Rates
from tests.support.kills import kill_function, writers
from tests.support.load import Load, judge
from tests.support.people import LOBBY
from tests.support.server import Server


pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]

SEED = 20261122


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[str]:
    """The address of an engine of the test's own."""
    folder = tmp_path / "engine"
    engine = Engine(engines.program("embedded", folder), folder)
    await engine.start()
    yield engine.url
    await engine.stop()


async def test_nothing_is_lost_or_doubled(own_server: Server, database: str) -> None:
    """Stale reads, conflicts and throttling, and functions that die: each message counts once."""
    harsh = Harsh(database, SEED)
    async with harsh.running() as url:
        own_server.options = ["--dynamodb", url]
        await asyncio.to_thread(own_server.start)
        load = Load.of(own_server, await asyncio.to_thread(writers, own_server, 4))
        load.start()
        for _ in range(2):
            await load.reach(40)
            await kill_function(own_server)
        await load.reach(40)
        await load.finish()
        await asyncio.to_thread(judge, own_server, load)
        assert await asyncio.to_thread(own_server.stop) == 0
    assert harsh.met["TransactionCanceledException"] > 0
    assert harsh.met["ProvisionedThroughputExceededException"] > 0


async def test_the_chat_goes_its_way(own_server: Server, database: str) -> None:
    """Sign-up, rooms of each kind, threads, edits, reactions, pins: asked again where it is busy,
    all of it is granted, and everything is stored once."""
    harsh = Harsh(database, SEED)
    async with harsh.running() as url:
        own_server.options = ["--dynamodb", url]
        await asyncio.to_thread(own_server.start)
        lab = Lab(own_server)
        await asyncio.to_thread(talk, lab)
        items = await asyncio.to_thread(lab.items)
        assert await asyncio.to_thread(own_server.stop) == 0
    messages = [item for (_, sk), item in items.items() if sk.startswith("M#")]
    assert len({item["id"] for item in messages}) == len(messages) == 35
    in_lobby = sorted(item["n"] for item in messages if item["pk"] == f"R#{LOBBY}")
    assert in_lobby == list(range(1, 33))
    assert sum("deletedAt" in item for item in messages) == 1
    assert harsh.met, "nothing was made harder; which kinds there are is a matter of chance"


async def meet(database: str, table: str) -> tuple[list[str], list[bool], Harsh]:
    """What a writer and reader of one item meets behind the proxy: errors, and stale index reads."""
    harsh = Harsh(database, SEED, Rates(stale=0.5, conflict=0.3, throttled=0.0))
    errors, stale = [], []
    keys = Credentials("test", "test")
    async with harsh.running() as url, dynamodb_client(url, "us-east-1", keys) as client:
        await make_table(client, _table(table))
        for number in range(40):
            item: Any = {"pk": {"S": "a"}, "g": {"S": "g"}, "n": {"N": str(number)}}
            try:
                put: Any = {"Put": {"TableName": table, "Item": item}}
                await client.transact_write_items(TransactItems=[put])
            except ClientError as error:
                reasons: Any = error.response
                errors.append(reasons["CancellationReasons"][0]["Code"])
                continue
            fresh = await client.get_item(
                TableName=table, Key={"pk": {"S": "a"}}, ConsistentRead=True
            )
            assert fresh["Item"] == item, "a consistent read is never stale"
            found = await client.query(
                TableName=table,
                IndexName="gsi",
                KeyConditionExpression="g = :g",
                ExpressionAttributeValues={":g": {"S": "g"}},
            )
            stale.append(found["Items"] != [item])
    return errors, stale, harsh


def _table(name: str) -> dict[str, Any]:
    attributes = [{"AttributeName": each, "AttributeType": "S"} for each in ("pk", "g")]
    index = {
        "IndexName": "gsi",
        "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": attributes,
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [index],
    }


async def test_what_the_proxy_does(database: str) -> None:
    """Conflicts in DynamoDB's form and stale index reads, the same ones for the same seed."""
    errors, stale, harsh = await meet(database, "one")
    assert set(errors) == {"TransactionConflict"}
    assert any(stale)
    assert not all(stale)
    assert harsh.met["stale"] == sum(stale)
    assert (errors, stale) == (await meet(database, "two"))[:2]
