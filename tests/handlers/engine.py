"""Dynoxide, the real database engine, with the tables of deploy/template.yaml."""

import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.deploy.template import load


if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

ROOT = Path(__file__).parents[2]

# CloudFormation sets these by calls of their own.
NOT_IN_CREATE_TABLE = {"PointInTimeRecoverySpecification", "TimeToLiveSpecification"}


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The engine on a free port, its file in `folder`; gives its address."""
    (found,) = (ROOT / "node_modules" / "@dynoxide").glob("linux-*/dynoxide")
    binary = Path(shutil.copy(found, folder / "dynoxide"))
    binary.chmod(0o755)  # npm packages lose the bit
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with (folder / "dynoxide.log").open("wb") as log:
        process = subprocess.Popen(
            [binary, "serve", "--port", str(port), "--db-path", folder / "chat.db"],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(500):
        if process.poll() is not None:
            raise RuntimeError("dynoxide ended at once")
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError("dynoxide does not answer")


@cache
def definition(resource: str) -> dict[str, Any]:
    """The parameters of CreateTable, as the template has them."""
    properties: dict[str, Any] = load()["Resources"][resource]["Properties"]
    create = {name: value for name, value in properties.items() if name not in NOT_IN_CREATE_TABLE}
    return create | {"DeletionProtectionEnabled": False}


async def create_table(client: "DynamoDBClient", resource: str, name: str) -> str:
    """An empty table of the template under another name."""
    await client.create_table(TableName=name, **definition(resource))
    waiter = client.get_waiter("table_exists")
    await waiter.wait(TableName=name, WaiterConfig={"Delay": 0, "MaxAttempts": 500})
    return name
