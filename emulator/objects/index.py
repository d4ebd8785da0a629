"""What is known of objects and unfinished uploads: one SQLite database, synced at every commit.

A change is one transaction, so that an object is there as a whole or as it was before. Its bytes lie
in a file of their own (`content.py`), which the row names and which is never changed.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from emulator.errors import UsageError


FILE = "buckets.sqlite"

_VERSION = 1
_SCHEMA = """
CREATE TABLE objects (
  bucket TEXT NOT NULL, key TEXT NOT NULL,
  content TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL, modified REAL NOT NULL,
  headers TEXT NOT NULL,
  PRIMARY KEY (bucket, key)
) WITHOUT ROWID;
CREATE TABLE uploads (
  id TEXT PRIMARY KEY,
  bucket TEXT NOT NULL, key TEXT NOT NULL, initiated REAL NOT NULL, headers TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE parts (
  upload TEXT NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  content TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL, modified REAL NOT NULL,
  PRIMARY KEY (upload, number)
) WITHOUT ROWID;
"""

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Stored:
    """An object: `headers` are the ones it was stored with, such as Content-Type."""

    key: str
    content: str
    """Its file."""
    size: int
    etag: str
    """Without quotes."""
    modified: float
    """Seconds since the epoch."""
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload in parts that is under way."""

    id: str
    bucket: str
    key: str
    initiated: float
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an upload."""

    number: int
    content: str
    size: int
    etag: str
    modified: float


Check = Callable[[Stored | None], None]
"""Raises if an object may not be written where this one, or none, stands."""


class Index:
    """The open database. Not for two threads at once."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / FILE
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        # An isolation level of None: transactions begin and end where it is said here.
        self._db = sqlite3.connect(path, timeout=5, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            self._db.execute(f"PRAGMA {pragma}")
        version: int = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self._db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version={_VERSION}; COMMIT;")
        elif version != _VERSION:
            self._db.close()
            raise UsageError(
                f"{path} was written by another version of this program (schema {version}, "
                f"expected {_VERSION}). Start that version, or choose another --data-dir."
            )

    def close(self) -> None:
        """Fold the write-ahead log into the file."""
        self._db.close()

    def contents(self) -> set[str]:
        """All files that some row names."""
        rows = self._db.execute("SELECT content FROM objects UNION SELECT content FROM parts")
        return {name for (name,) in rows}

    def find(self, bucket: str, key: str) -> Stored | None:
        """The object at this key."""
        return next(self._objects("bucket = ? AND key = ?", (bucket, key)), None)

    def put(self, bucket: str, stored: Stored, check: Check) -> list[str]:
        """Store an object; the files that are nobody's any more. Raises what `check` raises."""
        with self._db:
            return self._replace(bucket, stored, check)

    def delete(self, bucket: str, key: str) -> list[str]:
        """Remove an object, if it is there; the files that are nobody's any more."""
        with self._db:
            before = self.find(bucket, key)
            self._db.execute("DELETE FROM objects WHERE bucket = ? AND key = ?", (bucket, key))
        return [before.content] if before else []

    def after(self, bucket: str, key: str, *, prefix: str) -> Iterator[Stored]:
        """The objects under a prefix that come after a key, in the order of their UTF-8 bytes."""
        where = "bucket = ? AND key > ? AND key >= ? ORDER BY key LIMIT ?"
        while True:
            batch = list(self._objects(where, (bucket, key, prefix, _BATCH)))
            for stored in batch:
                if not stored.key.startswith(prefix):
                    return
                yield stored
            if len(batch) < _BATCH:
                return
            key = batch[-1].key

    def older(self, bucket: str, prefix: str, than: float) -> list[str]:
        """The keys under a prefix of what was last changed before a time."""
        found = self._objects("bucket = ? AND key >= ? AND modified < ?", (bucket, prefix, than))
        return [stored.key for stored in found if stored.key.startswith(prefix)]

    def begin(self, upload: Upload) -> None:
        """An upload in parts begins."""
        with self._db:
            self._db.execute(
                "INSERT INTO uploads VALUES (?, ?, ?, ?, ?)",
                (upload.id, upload.bucket, upload.key, upload.initiated, _text(upload.headers)),
            )

    def upload(self, bucket: str, key: str, id_: str) -> Upload | None:
        """The upload under way of this key."""
        where = "id = ? AND bucket = ? AND key = ?"
        return next(self._uploads(where, (id_, bucket, key)), None)

    def uploads(self, bucket: str) -> list[Upload]:
        """All that are under way, by key."""
        return list(self._uploads("bucket = ? ORDER BY key, initiated", (bucket,)))

    def put_part(self, upload: str, part: Part) -> list[str] | None:
        """Store a part; the files that are nobody's any more, or `None` if the upload has ended."""
        with self._db:
            if self._db.execute("SELECT 1 FROM uploads WHERE id = ?", (upload,)).fetchone() is None:
                return None
            before = [each.content for each in self.parts(upload) if each.number == part.number]
            self._db.execute(
                "INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?, ?)",
                (upload, part.number, part.content, part.size, part.etag, part.modified),
            )
        return before

    def parts(self, upload: str) -> list[Part]:
        """The parts that have come, by number."""
        rows = self._db.execute(
            "SELECT number, content, size, etag, modified FROM parts"
            " WHERE upload = ? ORDER BY number",
            (upload,),
        )
        return [Part(*row) for row in rows]

    def complete(self, upload: Upload, stored: Stored, check: Check) -> list[str] | None:
        """The parts are an object now; the files that are nobody's any more.

        `None` if the upload has ended meanwhile. Raises what `check` raises.
        """
        with self._db:
            if self.upload(upload.bucket, upload.key, upload.id) is None:
                return None
            return self._replace(upload.bucket, stored, check) + self._end(upload.id)

    def abort(self, upload: str) -> list[str]:
        """An upload ends with nothing; the files that are nobody's any more."""
        with self._db:
            return self._end(upload)

    def _replace(self, bucket: str, stored: Stored, check: Check) -> list[str]:
        before = self.find(bucket, stored.key)
        check(before)
        values = (stored.content, stored.size, stored.etag, stored.modified)
        self._db.execute(
            "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?)",
            (bucket, stored.key, *values, _text(stored.headers)),
        )
        return [before.content] if before else []

    def _end(self, upload: str) -> list[str]:
        contents = [part.content for part in self.parts(upload)]
        self._db.execute("DELETE FROM uploads WHERE id = ?", (upload,))
        return contents

    def _objects(self, where: str, values: tuple[object, ...]) -> Iterator[Stored]:
        columns = "key, content, size, etag, modified, headers"
        rows = self._db.execute(f"SELECT {columns} FROM objects WHERE {where}", values)  # noqa: S608
        for key, content, size, etag, modified, headers in rows:
            yield Stored(key, content, size, etag, modified, json.loads(headers))

    def _uploads(self, where: str, values: tuple[object, ...]) -> Iterator[Upload]:
        columns = "id, bucket, key, initiated, headers"
        rows = self._db.execute(f"SELECT {columns} FROM uploads WHERE {where}", values)  # noqa: S608
        for id_, bucket, key, initiated, headers in rows:
            yield Upload(id_, bucket, key, initiated, json.loads(headers))


def _text(headers: Mapping[str, str]) -> str:
    return json.dumps(dict(headers))
