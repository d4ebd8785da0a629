"""Backups by the clock while the emulator runs, and how long they are kept."""

import asyncio
import logging
import time
from pathlib import Path

from emulator.clock import Clock
from emulator.errors import UsageError
from emulator.storage.backup import SUFFIX, Source, back_up


logger = logging.getLogger(__name__)

FOLDER = "backups"


def backup_path(data_dir: Path, now: float) -> Path:
    """Where a backup of this moment goes; names sort by time."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    return data_dir / FOLDER / f"{stamp}{SUFFIX}"


def backups(data_dir: Path) -> list[Path]:
    """The backups in a data directory, oldest first."""
    return sorted((data_dir / FOLDER).glob(f"*{SUFFIX}"))


async def keep_backing_up(source: Source, clock: Clock, every: float, keep: int) -> None:
    """Make a backup whenever the newest is `every` seconds old, and keep the newest `keep`.

    One that fails is told, and tried again after a tenth of the time; the older ones stay.
    """
    while True:
        found = await asyncio.to_thread(backups, source.data_dir)
        newest = found[-1].stat().st_mtime if found else source.record.created
        await asyncio.sleep(clock.duration(max(0.0, newest + every - clock.now())))
        now = clock.now()
        path = backup_path(source.data_dir, now)
        try:
            await back_up(source, path, now)
        except UsageError as error:
            logger.error("%s", error)  # noqa: TRY400 - the sentence says it all
            await asyncio.sleep(clock.duration(every / 10))
            continue
        logger.info("Backup made: %s", path)
        for old in backups(source.data_dir)[:-keep]:
            old.unlink(missing_ok=True)
