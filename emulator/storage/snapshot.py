"""A consistent copy of a SQLite file that another program is writing to, and an engine on it."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

from emulator.errors import UsageError
from emulator.storage.engine import Engine, Program


_PATIENCE = 30.0
"""Seconds to wait for a writer to let go."""


def copy_database(source: Path, target: Path) -> None:
    """Copy a database as of one moment; writers go on meanwhile or wait for it.

    https://www.sqlite.org/backup.html
    """
    try:
        with (
            contextlib.closing(sqlite3.connect(source, timeout=_PATIENCE)) as reader,
            contextlib.closing(sqlite3.connect(target)) as writer,
        ):
            # All pages in one step: with several, each write of another program would start it anew.
            reader.backup(writer)
    except sqlite3.Error as error:
        raise UsageError(f"The database {source} cannot be copied: {error}.") from error


def damage(database: Path) -> str | None:
    """What SQLite finds wrong in a database file, or `None`."""
    try:
        with contextlib.closing(sqlite3.connect(database, timeout=_PATIENCE)) as reader:
            found = [str(row[0]) for row in reader.execute("PRAGMA integrity_check")]
    except sqlite3.Error as error:
        return str(error)
    return None if found == ["ok"] else found[0]


def is_database(path: Path) -> bool:
    """Whether a file begins as SQLite's do."""
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"


@contextlib.asynccontextmanager
async def engine_on_copy(program: Program, data_dir: Path, folder: Path) -> AsyncIterator[str]:
    """The URL of an engine that serves the tables of `data_dir` as of now, from a copy in `folder`."""
    copy = folder / program.database
    copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    await asyncio.to_thread(copy_database, data_dir / program.database, copy)
    engine = Engine(program, folder)
    await engine.start()
    try:
        yield engine.url
    finally:
        await engine.stop()
