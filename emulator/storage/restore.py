"""A backup becomes a data directory again, with its tables in any engine."""

import asyncio
import contextlib
import itertools
import shutil
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emulator.clock import Entropy
from emulator.errors import UsageError
from emulator.iam.credentials import KeyRing, load_secret
from emulator.storage import archive
from emulator.storage.client import dynamodb_client
from emulator.storage.data_dir import Record, write_record
from emulator.storage.engine import Engine
from emulator.storage.engines import PROGRAMS
from emulator.storage.tables import ensure_time_to_live, make_table


if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

_BATCH = 25  # requests of one BatchWriteItem (DynamoDB API reference)

Progress = Callable[[str, int], None]
"""Told a table and how many more of its items are in."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a backup is to be restored."""

    data_dir: Path
    dynamodb: str
    """`embedded`, `local`, or the URL of a DynamoDB endpoint."""
    region: str
    account_id: str


async def restore(reader: archive.Reader, target: Target, progress: Progress) -> None:
    """Fill a new data directory. All of it is made beside and renamed at the end.

    Raises `UsageError` if something is there already, in the directory or at a URL.
    """
    if target.data_dir.exists() and any(target.data_dir.iterdir()):
        raise UsageError(
            f"{target.data_dir} is not empty. Name a new --data-dir: what exists is never replaced."
        )
    unfinished = target.data_dir.with_name(target.data_dir.name + ".restoring")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        unfinished.mkdir(parents=True, mode=0o700)
        await asyncio.to_thread(reader.extract_files, unfinished)
        await _fill_tables(reader, target, unfinished, progress)
        manifest = reader.manifest
        write_record(unfinished, Record(manifest.data_version, manifest.made, target.dynamodb))
        await asyncio.to_thread(unfinished.replace, target.data_dir)
    except OSError as error:
        raise UsageError(f"{target.data_dir} cannot be filled: {error.strerror}.") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


async def _fill_tables(
    reader: archive.Reader, target: Target, folder: Path, progress: Progress
) -> None:
    keys = KeyRing(load_secret(folder, Entropy()), target.account_id).operator
    async with (
        _endpoint(target.dynamodb, folder) as endpoint,
        dynamodb_client(endpoint, target.region, keys) as client,
    ):
        for name in reader.manifest.tables:
            await _fill_table(client, reader, name, progress)


@contextlib.asynccontextmanager
async def _endpoint(dynamodb: str, folder: Path) -> AsyncIterator[str]:
    if dynamodb not in PROGRAMS:
        yield dynamodb
        return
    engine = Engine(await asyncio.to_thread(PROGRAMS[dynamodb], folder), folder)
    await engine.start()
    try:
        yield engine.url
    finally:
        await engine.stop()


async def _fill_table(
    client: "DynamoDBClient", reader: archive.Reader, name: str, progress: Progress
) -> None:
    table = reader.table(name)
    try:
        await make_table(client, table["create"])
    except client.exceptions.ResourceInUseException as error:
        raise UsageError(f"A table {name} exists there already; nothing was changed.") from error
    if table["ttl_attribute"]:
        await ensure_time_to_live(client, name, table["ttl_attribute"])
    for batch in _batches(reader.items(name)):
        await _write(client, name, batch)
        progress(name, len(batch))


async def _write(client: "DynamoDBClient", table: str, items: list[dict[str, Any]]) -> None:
    requests: Any = {table: [{"PutRequest": {"Item": item}} for item in items]}
    for attempt in itertools.count():
        answer: Any = await client.batch_write_item(RequestItems=requests)
        requests = answer.get("UnprocessedItems")
        if not requests:
            return
        await asyncio.sleep(min(0.05 * 2**attempt, 5))


def _batches(items: Iterable[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    remaining = iter(items)
    while batch := list(itertools.islice(remaining, _BATCH)):
        yield batch
