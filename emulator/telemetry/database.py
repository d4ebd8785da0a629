"""The durable file: one SQLite database, and one thread that alone speaks to it.

Losing the last fraction of a second in a power cut is acceptable for logs, so the file is synced
at checkpoints only (synchronous=NORMAL); `kill -9` loses nothing that was written.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from emulator.errors import UsageError


FILE = "cloudwatch.db"

SCHEMA_VERSION = 1
SCHEMA = """
CREATE TABLE log_groups (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE, created INTEGER NOT NULL, retention INTEGER,
  stored INTEGER NOT NULL DEFAULT 0, dropped INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE log_streams (
  id INTEGER PRIMARY KEY,
  log_group INTEGER NOT NULL REFERENCES log_groups (id) ON DELETE CASCADE,
  name TEXT NOT NULL, created INTEGER NOT NULL,
  UNIQUE (log_group, name)
);
-- AUTOINCREMENT: who follows a log remembers the last id, which must not come again.
CREATE TABLE log_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  log_group INTEGER NOT NULL REFERENCES log_groups (id) ON DELETE CASCADE,
  stream INTEGER NOT NULL REFERENCES log_streams (id) ON DELETE CASCADE,
  timestamp INTEGER NOT NULL, ingested INTEGER NOT NULL, message TEXT NOT NULL
);
CREATE INDEX log_events_by_group ON log_events (log_group, timestamp, id);
CREATE INDEX log_events_by_stream ON log_events (stream, timestamp, id);
-- By which names people know a group: a function's, or its logical id in the template.
CREATE TABLE log_names (name TEXT PRIMARY KEY, log_group TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE metrics (
  id INTEGER PRIMARY KEY,
  namespace TEXT NOT NULL, name TEXT NOT NULL, dimensions TEXT NOT NULL,
  UNIQUE (namespace, name, dimensions)
);
-- A statistic set for each minute, as CloudWatch keeps them at its standard resolution.
CREATE TABLE metric_data (
  metric INTEGER NOT NULL REFERENCES metrics (id) ON DELETE CASCADE,
  minute INTEGER NOT NULL, unit TEXT NOT NULL,
  count REAL NOT NULL, sum REAL NOT NULL, minimum REAL NOT NULL, maximum REAL NOT NULL,
  PRIMARY KEY (metric, minute, unit)
) WITHOUT ROWID;
"""

T = TypeVar("T")


class Database:
    """An open `cloudwatch.db`. What is run is one transaction, and waits for what ran before."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE
        self._thread = ThreadPoolExecutor(1, "cloudwatch")
        self._connection: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Open the file; make it, readable by its owner only, if need be."""
        try:
            loop = asyncio.get_running_loop()
            self._connection = await loop.run_in_executor(self._thread, connect, self._path)
        except BaseException:
            self._thread.shutdown(wait=False)
            raise

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do `work` in the thread: all of it or, if it raises, nothing."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, work)

    async def close(self) -> None:
        """Fold the write-ahead log into the file."""
        if self._connection is not None:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._thread, self._connection.close)
        self._thread.shutdown(wait=False)

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        assert self._connection is not None
        with self._connection:
            return work(self._connection)


def connect(path: Path) -> sqlite3.Connection:
    """Open the database for writing, in the thread that asks or in any one other."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # SQLite gives its -wal and -shm files the mode of the database itself.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = sqlite3.connect(path, timeout=5, check_same_thread=False)
    pragmas = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON")
    try:
        for pragma in (*pragmas, "journal_size_limit=16777216"):
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.DatabaseError as error:
        connection.close()
        raise UsageError(
            f"{path} cannot be used ({error}). Move it away; it holds nothing but logs and metrics."
        ) from error
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        connection.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version={SCHEMA_VERSION}; COMMIT;")
    elif version != SCHEMA_VERSION:
        connection.close()
        raise UsageError(
            f"{path} was written by another version of this program (schema {version}, "
            f"expected {SCHEMA_VERSION}). Move it away; it holds nothing but logs and metrics."
        )
    return connection


def connect_to_read(directory: Path) -> sqlite3.Connection:
    """Open the database beside an emulator that may be running. Raises `UsageError`."""
    path = directory / FILE
    if not path.is_file():
        raise UsageError(
            f"There are no logs in {directory}: no emulator has run there yet. "
            "Start one with `labchat up`, or name its data directory with --data-dir."
        )
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", timeout=5, uri=True)
    if connection.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
        connection.close()
        raise UsageError(f"{path} was written by another version of this program.")
    return connection
