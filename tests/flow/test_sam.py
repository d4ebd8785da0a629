"""A SAM template, as one runs it: functions that post by the event's domain name."""

from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from tests.support.server import ROOT, Server


pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]


async def test_a_sam_template_runs(engine: None, tmp_path: Path) -> None:
    """`$connect` writes to SAM's table, `$default` answers with a variable of Globals."""
    server = Server(tmp_path / "data", ROOT / "tests" / "fixtures" / "sam" / "template.yaml")
    try:
        server.start()
        async with connect(server.urls["websocket"], open_timeout=60) as client:
            await client.send("world")
            assert await client.recv() == "hello world"
            dynamodb = server.client("dynamodb")
            (table,) = dynamodb.list_tables()["TableNames"]
            assert dynamodb.scan(TableName=table)["Count"] == 1
    finally:
        server.close()
