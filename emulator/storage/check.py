"""Looks for damage in a data directory."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from emulator.storage.dynamodb_local.program import DATABASE as LOCAL
from emulator.storage.dynoxide import DATABASE as EMBEDDED
from emulator.storage.snapshot import damage


_DATABASES = (EMBEDDED, LOCAL, "cognito.db")


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
    for path in sorted((data_dir / "objects").rglob("*.json")):
        content = path.with_suffix(".bin")
        try:
            expected = json.loads(path.read_text())["etag"]
            actual = hashlib.md5(content.read_bytes(), usedforsecurity=False).hexdigest()
        except (OSError, ValueError, KeyError, TypeError):
            yield path
            continue
        if actual != expected:
            yield content
