"""The engines and the template's tables in them, with the real programs."""

import asyncio
import os
import signal
import stat
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aioboto3
import aiohttp
import psutil
import pytest

from emulator.errors import UsageError
from emulator.iam.credentials import KeyRing
from emulator.storage import dynoxide, engine as engine_module
from emulator.storage.client import dynamodb_client
from emulator.storage.dynoxide import find_binary
from emulator.storage.engine import Engine, Program
from emulator.storage.engines import PROGRAMS
from emulator.storage.expiry import expire
from emulator.storage.forward import DynamoDbForward, EngineUnavailableError
from emulator.storage.tables import create_tables, updates
from emulator.template.model import Table
from tests.fakes import until
from tests.support import engines


pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

KEYS = KeyRing(b"secret", "000000000000").operator
KEY = {"AttributeName": "pk", "KeyType": "HASH"}
INDEX = {
    "IndexName": "gsi1",
    "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}


def table(name: str = "things", ttl: str | None = None, **create: Any) -> Table:
    request = {
        "TableName": name,
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [KEY],
        "BillingMode": "PAY_PER_REQUEST",
        **create,
    }
    return Table(
        "Table", name, f"arn:aws:dynamodb:us-east-1:000000000000:table/{name}", request, ttl
    )


def indexed(name: str = "things", **index: Any) -> Table:
    attributes = [{"AttributeName": each, "AttributeType": "S"} for each in ("pk", "g")]
    return table(name, AttributeDefinitions=attributes, GlobalSecondaryIndexes=[INDEX | index])


@pytest.fixture(params=PROGRAMS)
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Program:
    """Each engine that is there."""
    return engines.program(request.param, tmp_path)


@pytest.fixture
async def engine(program: Program, tmp_path: Path) -> AsyncIterator[Engine]:
    """A running engine with a database of its own."""
    made = Engine(program, tmp_path)
    await made.start()
    yield made
    await made.stop()


def pid_of(engine: Engine) -> int:
    assert engine._process is not None
    return engine._process.pid


async def ask(engine: Engine, operation: str, **parameters: Any) -> dict[str, Any]:
    """One call with the SDK, which tries again while the engine is away."""
    async with aioboto3.Session().client(
        "dynamodb",
        endpoint_url=engine.url,
        region_name="us-east-1",
        aws_access_key_id=KEYS.access_key_id,
        aws_secret_access_key=KEYS.secret_access_key,
    ) as client:
        answer: dict[str, Any] = await getattr(client, operation)(**parameters)
        return answer


async def make(engine: Engine, *tables: Table) -> None:
    await create_tables(tables, engine.url, "us-east-1", KEYS)


async def test_a_killed_engine_comes_back_with_its_data(engine: Engine) -> None:
    """After SIGKILL it is started on the same port, and what was acknowledged is there."""
    await make(engine, table())
    url, pid = engine.url, pid_of(engine)
    await ask(engine, "put_item", TableName="things", Item={"pk": {"S": "a"}})
    os.kill(pid, signal.SIGKILL)
    answer = await ask(engine, "get_item", TableName="things", Key={"pk": {"S": "a"}})
    assert answer["Item"] == {"pk": {"S": "a"}}
    assert engine.url == url
    assert pid_of(engine) != pid


async def test_an_engine_that_keeps_dying_is_started_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each death is followed by a start, also when a start itself fails in between."""
    monkeypatch.setattr(engine_module, "RESTART_DELAYS", (0.0,))
    program = engine.program
    engine.program = replace(program, command=lambda port, database: ["/nonexistent/engine"])
    os.kill(pid_of(engine), signal.SIGKILL)
    await asyncio.sleep(0.05)
    engine.program = program
    for _ in range(3):
        before = pid_of(engine)
        assert await _answers(engine)
        os.kill(pid_of(engine), signal.SIGKILL)
        await until(lambda before=before: pid_of(engine) != before, 30)  # type: ignore[misc]
    assert await _answers(engine)


async def _answers(engine: Engine) -> bool:
    deadline = time.monotonic() + 30
    async with aiohttp.ClientSession() as session:
        while time.monotonic() < deadline:
            try:
                async with session.get(f"{engine.url}/") as response:
                    return response.status < 500
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.005)
    return False


async def test_stopping_ends_it_for_good(engine: Engine, program: Program, tmp_path: Path) -> None:
    """A stopped engine is not restarted; another start finds the data."""
    await make(engine, table())
    await ask(engine, "put_item", TableName="things", Item={"pk": {"S": "a"}})
    pid = pid_of(engine)
    await engine.stop()
    assert not psutil.pid_exists(pid)
    again = Engine(program, tmp_path)
    await again.start()
    try:
        answer = await ask(again, "get_item", TableName="things", Key={"pk": {"S": "a"}})
    finally:
        await again.stop()
    assert "Item" in answer


async def test_its_log_is_private(engine: Engine, tmp_path: Path) -> None:
    """What the engine writes lies beside the database, for its owner only."""
    assert stat.S_IMODE((tmp_path / "dynamodb.log").stat().st_mode) == 0o600


async def test_an_engine_that_does_not_start(tmp_path: Path) -> None:
    """A program that ends at once is a usage error that names the log."""
    complaint = 'echo "Error: no luck"; echo "  at depth"; exit 1'
    failing = Program("x", "x.db", lambda port, database: ["sh", "-c", complaint], 10)
    engine = Engine(failing, tmp_path)
    with pytest.raises(UsageError, match=r"\(Error: no luck\).*dynamodb\.log"):
        await engine.start()
    await engine.stop()


async def test_tables_are_made_once(engine: Engine) -> None:
    """The first start makes tables with their time to live; the second leaves them alone."""
    wanted = [indexed("aaa"), table("bbb", ttl="exp")]
    for _ in range(2):
        await make(engine, *wanted)
        await ask(engine, "put_item", TableName="aaa", Item={"pk": {"S": "x"}})
    found = (await ask(engine, "list_tables"))["TableNames"]
    assert sorted(found) == ["aaa", "bbb"]
    ttl = await ask(engine, "describe_time_to_live", TableName="bbb")
    assert ttl["TimeToLiveDescription"]["AttributeName"] == "exp"
    assert ttl["TimeToLiveDescription"]["TimeToLiveStatus"] in {"ENABLED", "ENABLING"}
    assert (await ask(engine, "scan", TableName="aaa"))["Count"] == 1


async def test_time_to_live_is_switched_on_later(engine: Engine) -> None:
    """A table that was made without it, by a start that was cut off, gets it at the next."""
    await make(engine, table())
    await make(engine, table(ttl="exp"))
    answer = await ask(engine, "describe_time_to_live", TableName="things")
    assert answer["TimeToLiveDescription"]["AttributeName"] == "exp"


@pytest.mark.parametrize(
    ("before", "after", "part"),
    [
        (
            table(),
            table(
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            ),
            "KeySchema",
        ),
        (
            indexed(),
            indexed(Projection={"ProjectionType": "KEYS_ONLY"}),
            "GlobalSecondaryIndexes gsi1",
        ),
        (indexed(), table(), "GlobalSecondaryIndexes"),
    ],
)
async def test_changed_keys_are_refused(
    engine: Engine, before: Table, after: Table, part: str
) -> None:
    """A table whose keys or indexes differ from the template's is never touched."""
    await make(engine, before)
    with pytest.raises(UsageError, match=rf"Table things exists with .*{part}"):
        await make(engine, after)


async def test_additive_changes_are_applied(engine: Engine) -> None:
    """A new index is filled with what was there; protection and a stream are switched on."""
    await make(engine, table())
    item = {"pk": {"S": "a"}, "g": {"S": "x"}}
    await ask(engine, "put_item", TableName="things", Item=item)
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    grown = indexed()
    more = {"DeletionProtectionEnabled": True, "StreamSpecification": stream}
    await make(engine, replace(grown, create={**grown.create, **more}))
    found = await ask(
        engine,
        "query",
        TableName="things",
        IndexName="gsi1",
        KeyConditionExpression="g = :g",
        ExpressionAttributeValues={":g": {"S": "x"}},
    )
    assert found["Items"] == [item]
    now = (await ask(engine, "describe_table", TableName="things"))["Table"]
    # DynamoDB Local knows the flag, but does not change it later.
    assert now["DeletionProtectionEnabled"] is (engine.program.name == "embedded")
    assert now["StreamSpecification"] == stream


@pytest.mark.parametrize(
    ("wanted", "existing", "change"),
    [
        ({"BillingMode": "PAY_PER_REQUEST"}, {}, {"BillingMode": "PAY_PER_REQUEST"}),
        (
            {"BillingMode": "PROVISIONED", "ProvisionedThroughput": {"ReadCapacityUnits": 1}},
            {"BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"}},
            {"BillingMode": "PROVISIONED", "ProvisionedThroughput": {"ReadCapacityUnits": 1}},
        ),
        (
            {"BillingMode": "PROVISIONED"},
            {"DeletionProtectionEnabled": True},
            {"DeletionProtectionEnabled": False},
        ),
        ({"BillingMode": "PROVISIONED"}, {}, None),
    ],
)
def test_settings_that_change(
    wanted: dict[str, Any], existing: dict[str, Any], change: dict[str, Any] | None
) -> None:
    """Billing and protection follow the template; what is the same is left alone."""
    assert updates({"TableName": "t", **wanted}, existing) == ([change] if change else [])


async def test_expired_items_are_deleted(engine: Engine) -> None:
    """What has expired goes; what has not, has no time, or one of long ago, stays."""
    made = table(ttl="exp")
    await make(engine, made)
    now = 2_000_000_000
    for name, exp in {"old": now - 1, "new": now + 1, "odd": 1}.items():
        item = {"pk": {"S": name}, "exp": {"N": str(exp)}}
        await ask(engine, "put_item", TableName="things", Item=item)
    await ask(engine, "put_item", TableName="things", Item={"pk": {"S": "none"}})
    async with dynamodb_client(engine.url, "us-east-1", KEYS) as client:
        assert await expire(client, made, now) == 1
        assert await expire(client, made, now) == 0
    left = (await ask(engine, "scan", TableName="things"))["Items"]
    # DynamoDB Local looks for expired items too, by the real clock.
    assert {item["pk"]["S"] for item in left} - {"odd"} == {"new", "none"}


async def test_the_order_of_indexes_does_not_matter(engine: Engine) -> None:
    """Indexes that only stand in another order are the same."""
    attributes = [{"AttributeName": each, "AttributeType": "S"} for each in ("pk", "g")]
    two = [INDEX, {**INDEX, "IndexName": "gsi2"}]
    made = table(AttributeDefinitions=attributes, GlobalSecondaryIndexes=two)
    await make(engine, made)
    await make(engine, replace(made, create={**made.create, "GlobalSecondaryIndexes": two[::-1]}))


async def test_a_database_that_is_not_there() -> None:
    """An endpoint that does not answer is a usage error that names it."""
    with pytest.raises(UsageError, match=r"http://127\.0\.0\.1:1 cannot be used"):
        await create_tables([table()], "http://127.0.0.1:1", "us-east-1", KEYS)


async def test_a_table_that_the_engine_refuses(engine: Engine) -> None:
    """A template that DynamoDB itself would refuse is a usage error, not a traceback."""
    with pytest.raises(UsageError, match="cannot be used"):
        await make(engine, table(AttributeDefinitions=[]))


async def test_forwarding(engine: Engine) -> None:
    """Calls on the AWS endpoint reach the engine as they are, and errors come back."""
    forward = DynamoDbForward(engine.url)
    scope = f"Credential={KEYS.access_key_id}/20240101/us-east-1/dynamodb/aws4_request"
    headers = {
        "x-amz-target": "DynamoDB_20120810.ListTables",
        "content-type": "application/x-amz-json-1.0",
        "authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0",
        "x-amz-date": "20240101T000000Z",
    }
    try:
        answer = await forward.forward(b"{}", headers)
        assert (answer.status_code, bytes(answer.body)) == (200, b'{"TableNames":[]}')
        assert "content-encoding" not in answer.headers
        wrong = await forward.forward(b"{", headers)
        assert wrong.status_code >= 400
        await engine.stop()
        with pytest.raises(EngineUnavailableError) as caught:
            await forward.forward(b"{}", headers)
        assert (caught.value.status, caught.value.code) == (500, "InternalServerError")
    finally:
        await forward.close()


def test_a_binary_without_its_executable_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """npm may leave the program not executable; a copy in the data directory is then used."""
    real = find_binary(tmp_path)
    package = tmp_path / "node_modules" / "@dynoxide" / real.parent.name
    package.mkdir(parents=True)
    (package / "dynoxide").write_bytes(b"#!/bin/sh\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    copy = find_binary(tmp_path)
    assert copy == tmp_path / "dynoxide"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o700
    (package / "dynoxide").write_bytes(b"#!/bin/sh\nexit\n")
    assert find_binary(tmp_path).read_bytes() == b"#!/bin/sh\nexit\n", "a new version is copied"


def test_no_binary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the program the message says how to get it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(dynoxide, "__file__", str(tmp_path / "a" / "b" / "dynoxide.py"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="npm install"):
        find_binary(tmp_path)
    (tmp_path / "dynoxide").write_text("#!/bin/sh\n")
    (tmp_path / "dynoxide").chmod(0o755)
    assert find_binary(tmp_path) == tmp_path / "dynoxide"
