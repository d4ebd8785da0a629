"""Looks for damage in a data directory."""

import contextlib
import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from emulator.errors import UsageError
from emulator.storage.dynamodb_local.program import DATABASE as LOCAL
from emulator.storage.dynoxide import DATABASE as EMBEDDED
from emulator.storage.snapshot import damage


_DATABASES = (EMBEDDED, LOCAL, "cognito.db", "objects/buckets.sqlite")

_PIECE = 1024 * 1024


SPACE = 32 * 2**20
"""Bytes that must be free at a start: enough for every file that is made then, and some hours."""


def require_usable(data_dir: Path) -> None:
    """Raises `UsageError` where the disk is full or a database is none, before anything is written.

    What takes long to find is left to `findings`.
    """
    free = shutil.disk_usage(data_dir).free
    if free < SPACE:
        raise UsageError(
            f"The disk of {data_dir} is full ({free // 2**20} MB are left): free some space, "
            "or name a folder on another disk with --data-dir."
        )
    for path in (data_dir / name for name in _DATABASES):
        if path.exists() and (wrong := _unreadable(path)):
            raise UsageError(
                f"{path} is damaged ({wrong}). It is left as it is: restore a backup into a new "
                "data directory with `labchat restore`."
            )


def _unreadable(database: Path) -> str | None:
    """Why it is no database, if it is none; a database that is busy is one."""
    try:
        with contextlib.closing(
            sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True)
        ) as reader:
            reader.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.OperationalError:
        return None
    except sqlite3.DatabaseError as error:
        return str(error)
    return None


def findings(data_dir: Path) -> list[str]:
    """What is damaged, a phrase each: databases by SQLite's own check, objects by their MD5."""
    found = []
    for name in _DATABASES:
        path = data_dir / name
        wrong = damage(path) if path.exists() else None
        if wrong:
            found.append(f"{path} is damaged ({wrong})")
    return found + [f"the object {path} is damaged" for path in _damaged_objects(data_dir)]


def _damaged_objects(data_dir: Path) -> Iterator[Path]:
    """The name of a file ends with the MD5 of what was written to it."""
    for path in sorted((data_dir / "objects" / "content").glob("*/*-*")):
        digest = hashlib.md5(usedforsecurity=False)
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
        if digest.hexdigest() != path.name.rpartition("-")[2]:
            yield path
