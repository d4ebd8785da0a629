"""Lists cut into frames by bytes (pure)."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from chat.protocol.codec import encode
from chat.protocol.fields import FRAME


T = TypeVar("T")


def fit(items: Iterable[T], overhead: int, frame: int = FRAME) -> list[T]:
    """The longest prefix of `items` that fits a frame beside `overhead` bytes."""
    room = frame - overhead
    taken: list[T] = []
    for item in items:
        room -= len(encode(item)) + 1  # and its comma
        if room < 0:
            break
        taken.append(item)
    return taken


def split(items: Sequence[T], overhead: int, frame: int = FRAME) -> list[list[T]]:
    """All of `items` in runs that each fit a frame; an item too big for any stands alone."""
    runs: list[list[T]] = []
    start = 0
    while start < len(items):
        run = fit(items[start:], overhead, frame) or [items[start]]
        runs.append(run)
        start += len(run)
    return runs
