"""Everything that a data directory holds, as one file; online, and as of one moment.

The engine's database is copied by SQLite while it is in use, and a second engine on the copy hands
the items out, so that a backup is in DynamoDB's own terms and can be restored into any engine. The
tables come first and what they refer to, accounts and objects, after them.
"""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emulator.errors import UsageError
from emulator.iam.credentials import Credentials
from emulator.storage import archive
from emulator.storage.client import dynamodb_client
from emulator.storage.data_dir import RECORD_FILE, Record
from emulator.storage.engines import PROGRAMS
from emulator.storage.item_json import to_line
from emulator.storage.snapshot import copy_database, engine_on_copy, is_database
from emulator.storage.tables import described


if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

SUFFIX = ".labchat.zip"

_MADE_AGAIN = frozenset(
    {
        *("backups", "connections", "logs", "packages", "tmp", "dynamodb-local"),
        *("credentials", "dynamodb.log", "dynamodb.sqlite", "dynoxide", "dynoxide.new", "lock"),
        *("running.json", "ready.json", "server.log", RECORD_FILE),
    }
)
"""What of a data directory is not copied as files: it is made again, or saved as items."""

_COMPANIONS = ("-wal", "-shm", "-journal", ".new")


@dataclass(frozen=True, slots=True)
class Source:
    """Where the tables and files to back up are."""

    data_dir: Path
    record: Record
    region: str
    credentials: Credentials


async def back_up(source: Source, to: Path, now: float) -> archive.Manifest:
    """Write a backup. Raises `UsageError` if the disk is full or a part cannot be read."""
    try:
        with (
            tempfile.TemporaryDirectory(dir=source.data_dir, prefix="backup-") as folder,
            archive.writing(to) as writer,
        ):
            counts = {}
            async with _endpoint(source, Path(folder)) as endpoint, _client(source, endpoint) as db:
                for name in await _tables(db):
                    counts[name] = await _save_table(db, name, writer)
            await asyncio.to_thread(_save_files, source.data_dir, Path(folder), writer)
            record = source.record
            manifest = archive.Manifest(
                archive.FORMAT, now, record.dynamodb, record.version, counts
            )
            writer.finish(manifest)
            return manifest
    except OSError as error:
        raise UsageError(f"No backup was made at {to}: {error.strerror}.") from error


@asynccontextmanager
async def _endpoint(source: Source, folder: Path) -> AsyncIterator[str]:
    """An endpoint with the tables: those of an engine of ours stand still, those of others do not."""
    engine = source.record.dynamodb
    if engine not in PROGRAMS:
        yield engine
        return
    program = await asyncio.to_thread(PROGRAMS[engine], source.data_dir)
    async with engine_on_copy(program, source.data_dir, folder) as url:
        yield url


def _client(source: Source, endpoint: str) -> Any:
    return dynamodb_client(endpoint, source.region, source.credentials)


async def _tables(client: "DynamoDBClient") -> list[str]:
    paginator = client.get_paginator("list_tables")
    return [name async for page in paginator.paginate() for name in page["TableNames"]]


async def _save_table(client: "DynamoDBClient", name: str, writer: archive.Writer) -> int:
    with writer.member(f"tables/{name}/table.json") as write:
        write(json.dumps(await described(client, name)).encode())
    count = 0
    with writer.member(f"tables/{name}/items.jsonl") as write:
        async for item in items(client, name):
            write(to_line(item))
            count += 1
    return count


async def items(client: "DynamoDBClient", table: str) -> AsyncIterator[dict[str, Any]]:
    """All items of a table in DynamoDB's JSON."""
    paginator = client.get_paginator("scan")
    async for page in paginator.paginate(TableName=table, ConsistentRead=True):
        for item in page["Items"]:
            yield dict(item)


def _save_files(data_dir: Path, folder: Path, writer: archive.Writer) -> None:
    for path in _files(data_dir):
        name = f"files/{path.relative_to(data_dir).as_posix()}"
        try:
            if is_database(path):
                copy = folder / "copy.sqlite"
                copy.unlink(missing_ok=True)
                copy_database(path, copy)
                writer.file(name, copy)
            else:
                writer.file(name, path)
        except FileNotFoundError:
            continue  # Deleted since it was listed.


def _files(data_dir: Path) -> Iterator[Path]:
    for top in sorted(data_dir.iterdir()):
        if top.name in _MADE_AGAIN or top.name.startswith("backup-"):
            continue
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            if path.is_file() and not path.is_symlink() and not path.name.endswith(_COMPANIONS):
                yield path
