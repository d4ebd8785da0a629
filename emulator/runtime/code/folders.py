"""Folders that are made once and then kept: complete under their final name, or not there."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emulator.clock import Entropy


@contextmanager
def making(folder: Path, entropy: Entropy) -> Iterator[Path]:
    """The path at which to make a new folder that is renamed to `folder` when it is complete.

    A failure leaves nothing behind; whoever comes first wins.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = folder.with_name(f"unfinished-{entropy.bytes(8).hex()}")
    try:
        yield unfinished
        try:
            unfinished.rename(folder)
        except OSError:
            if not folder.exists():
                raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
