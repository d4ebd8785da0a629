"""What the storage needs while the emulator runs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from emulator.clock import Clock
from emulator.storage.backup import Source, back_up
from emulator.storage.client import dynamodb_client
from emulator.storage.data_dir import prepare, read_record
from emulator.storage.engines import PROGRAMS
from emulator.storage.expiry import keep_expiring
from emulator.storage.schedule import backup_path, keep_backing_up
from emulator.template.model import Table


@dataclass(frozen=True, slots=True)
class Plan:
    """How often backups are made, in seconds (0: never), and how many of them are kept."""

    every: float
    keep: int


async def upgraded(source: Source, clock: Clock) -> Source:
    """The source after its data directory was brought to this version, with a backup if need be."""

    async def save() -> None:
        now = clock.now()
        old = read_record(source.data_dir) or source.record
        saved = Source(source.data_dir, old, source.region, source.credentials)
        await back_up(saved, backup_path(source.data_dir, now), now)

    record = await prepare(source.data_dir, source.record, save)
    return Source(source.data_dir, record, source.region, source.credentials)


@contextlib.asynccontextmanager
async def cared_for(
    source: Source, tables: Iterable[Table], endpoint: str, clock: Clock, plan: Plan
) -> AsyncIterator[None]:
    """Backups by the clock, and expiry where the engine is ours; AWS expires by itself."""
    async with (
        dynamodb_client(endpoint, source.region, source.credentials) as client,
        _beside() as tasks,
    ):
        if source.record.dynamodb in PROGRAMS:
            tasks.append(asyncio.create_task(keep_expiring(client, tables, clock)))
        if plan.every:
            tasks.append(asyncio.create_task(keep_backing_up(source, clock, plan.every, plan.keep)))
        yield


@contextlib.asynccontextmanager
async def _beside() -> AsyncIterator[list[asyncio.Task[None]]]:
    """Tasks that end with the context."""
    tasks: list[asyncio.Task[None]] = []
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
