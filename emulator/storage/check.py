"""Looks for damage in a data directory."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from emulator.storage.dynamodb_local.program import DATABASE as LOCAL
from emulator.storage.dynoxide import DATABASE as EMBEDDED
from emulator.storage.snapshot import damage


_DATABASES = (EMBEDDED, LOCAL, "cognito.db", "objects/buckets.sqlite")

_PIECE = 1024 * 1024


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
