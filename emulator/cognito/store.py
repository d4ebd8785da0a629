"""The durable file: one SQLite database, one writer at a time, readers beside it.

What was answered must survive `kill -9` and a power cut: WAL with synchronous=FULL, and every
operation answers only after its transaction has been committed.
"""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiosqlite

from emulator.errors import UsageError


MIGRATIONS = (
    """
CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE users (
  id INTEGER PRIMARY KEY,
  pool_id TEXT NOT NULL, sub TEXT NOT NULL, username TEXT NOT NULL, created REAL NOT NULL,
  status TEXT NOT NULL, enabled INTEGER NOT NULL, attributes TEXT NOT NULL,
  salt BLOB NOT NULL, verifier BLOB NOT NULL, password_set REAL NOT NULL,
  modified REAL NOT NULL, signed_out REAL NOT NULL,
  UNIQUE (pool_id, sub)
);
-- Every name under which somebody can sign in; the key is what keeps two users from sharing one.
CREATE TABLE logins (
  pool_id TEXT NOT NULL, login TEXT NOT NULL, kind TEXT NOT NULL, sub TEXT NOT NULL,
  PRIMARY KEY (pool_id, login),
  FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX logins_by_user ON logins (pool_id, sub);
CREATE TABLE codes (
  pool_id TEXT NOT NULL, sub TEXT NOT NULL, purpose TEXT NOT NULL,
  code TEXT, expires REAL NOT NULL, failures INTEGER NOT NULL, failures_since REAL NOT NULL,
  PRIMARY KEY (pool_id, sub, purpose),
  FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
) WITHOUT ROWID;
-- A sign-in and what descends from it by refreshing: AWS's origin_jti. It outlives its user, so
-- that a deleted user's token is told apart from a revoked one.
CREATE TABLE sign_ins (
  origin TEXT PRIMARY KEY, pool_id TEXT NOT NULL, client_id TEXT NOT NULL, sub TEXT NOT NULL,
  auth_time INTEGER NOT NULL, expires REAL NOT NULL, revoked INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sign_ins_by_user ON sign_ins (pool_id, sub);
CREATE TABLE refresh_tokens (
  hash BLOB PRIMARY KEY, origin TEXT NOT NULL, rotated REAL,
  FOREIGN KEY (origin) REFERENCES sign_ins (origin) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX refresh_tokens_by_origin ON refresh_tokens (origin);
CREATE TABLE mail (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  pool_id TEXT NOT NULL, recipient TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL,
  code TEXT NOT NULL, sent REAL NOT NULL
);
""",
    # Codes are hashed and mail is sealed from now on; what was open has to be asked for again.
    """
DELETE FROM codes;
DROP TABLE mail;
CREATE TABLE mail (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  pool_id TEXT NOT NULL, recipient TEXT NOT NULL, subject TEXT NOT NULL, sealed BLOB NOT NULL,
  sent REAL NOT NULL, waiting INTEGER NOT NULL
);
-- Pools and clients that were made by calls; `document` is what the call said.
CREATE TABLE pools (
  id TEXT PRIMARY KEY, document TEXT NOT NULL, created REAL NOT NULL, modified REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE clients (
  id TEXT PRIMARY KEY, pool_id TEXT NOT NULL, document TEXT NOT NULL,
  created REAL NOT NULL, modified REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE groups (
  pool_id TEXT NOT NULL, name TEXT NOT NULL, description TEXT, precedence INTEGER, role_arn TEXT,
  created REAL NOT NULL, modified REAL NOT NULL, declared INTEGER NOT NULL,
  PRIMARY KEY (pool_id, name)
) WITHOUT ROWID;
CREATE TABLE members (
  pool_id TEXT NOT NULL, name TEXT NOT NULL, sub TEXT NOT NULL,
  PRIMARY KEY (pool_id, name, sub),
  FOREIGN KEY (pool_id, name) REFERENCES groups (pool_id, name) ON DELETE CASCADE,
  FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX members_by_user ON members (pool_id, sub);
-- A user's authenticator app: the secret that counts, and one that still has to be verified.
-- `step` is the time step of the last code that was used.
CREATE TABLE software_tokens (
  pool_id TEXT NOT NULL, sub TEXT NOT NULL, secret BLOB, pending BLOB, device TEXT,
  enabled INTEGER NOT NULL, preferred INTEGER NOT NULL, step INTEGER NOT NULL,
  PRIMARY KEY (pool_id, sub),
  FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
) WITHOUT ROWID;
-- New addresses that wait for their code while the old one counts.
CREATE TABLE proposals (
  pool_id TEXT NOT NULL, sub TEXT NOT NULL, attribute TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (pool_id, sub, attribute),
  FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
) WITHOUT ROWID;
""",
)
"""The n-th brings a database from version n to n + 1."""

Row = tuple[Any, ...]


class Store:
    """An open `cognito.db`."""

    def __init__(self, writer: aiosqlite.Connection, reader: aiosqlite.Connection) -> None:
        self._writer = writer
        self._reader = reader
        self._lock = asyncio.Lock()

    @classmethod
    async def open(cls, directory: Path) -> "Store":
        """Open the database in `directory`; make it, readable by its owner only, if need be."""
        path = directory / "cognito.db"
        await asyncio.to_thread(_touch_private, path)
        writer = await _connect(path)
        try:
            await _migrate(writer, path)
            reader = await _connect(path)
        except BaseException:
            await writer.close()
            raise
        return cls(writer, reader)

    async def close(self) -> None:
        """Nothing is lost without it; it folds the write-ahead log into the file."""
        await self._reader.close()
        await self._writer.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["Transaction"]:
        """All or nothing, and durable when the block is left."""
        transaction = Transaction(self._writer)
        async with self._lock:
            try:
                await self._writer.execute("BEGIN IMMEDIATE")
                yield transaction
                await self._writer.execute("COMMIT")
            except BaseException:
                # A cancelled await may have left its statement in the connection's queue; the
                # rollback is queued behind it.
                await asyncio.shield(self._writer.rollback())
                raise
        for follow in transaction.then:
            follow()

    async def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """What is committed."""
        return [tuple(row) for row in await self._reader.execute_fetchall(sql, parameters)]

    async def row(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """The first row, if there is one."""
        found = await self.rows(sql, parameters)
        return found[0] if found else None


class Transaction:
    """The statements of one open transaction; it sees its own changes."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self.then: list[Callable[[], None]] = []
        """What is to be done once the changes are durable."""

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Change something; how many rows it hit."""
        cursor = await self._connection.execute(sql, parameters)
        count = cursor.rowcount
        await cursor.close()
        return count

    async def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Read within the transaction."""
        return [tuple(row) for row in await self._connection.execute_fetchall(sql, parameters)]

    async def row(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """The first row, if there is one."""
        found = await self.rows(sql, parameters)
        return found[0] if found else None


async def _connect(path: Path) -> aiosqlite.Connection:
    connection = await aiosqlite.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
        await connection.execute(f"PRAGMA {pragma}")
    return connection


async def _migrate(connection: aiosqlite.Connection, path: Path) -> None:
    [[version]] = await connection.execute_fetchall("PRAGMA user_version")
    if not 0 <= version <= len(MIGRATIONS):
        raise UsageError(
            f"{path} was written by another version of this program (schema {version}, "
            f"known up to {len(MIGRATIONS)}). Start with another data directory or move it away."
        )
    for number, script in enumerate(MIGRATIONS[version:], version + 1):
        try:
            await connection.executescript(
                f"BEGIN IMMEDIATE; {script} PRAGMA user_version={number}; COMMIT;"
            )
        except sqlite3.Error:
            await connection.rollback()
            raise


def _touch_private(path: Path) -> None:
    """SQLite gives its -wal and -shm files the mode of the database itself."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)
