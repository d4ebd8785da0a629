"""Small secret files: written whole or not at all, readable by their owner only."""

import os
from collections.abc import Callable
from pathlib import Path


def read_or_make(path: Path, make: Callable[[], bytes]) -> bytes:
    """What the file holds; at the first time, what `make` gives. Blocks."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        data = make()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(path, data)
        return data


def write_private(path: Path, data: bytes) -> None:
    """Replace the file."""
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
