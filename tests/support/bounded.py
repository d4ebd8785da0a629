"""A bound on asynchronous tests that does end them.

On uvloop, pytest-timeout's signal is taken by the event loop, and a test that waits goes on waiting.
"""

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import pytest


def bound(items: Iterable[pytest.Item], folder: Path, seconds: float) -> None:
    """Let each asynchronous test of a folder take no longer than `seconds`."""
    for item in items:
        if not isinstance(item, pytest.Function) or not item.path.is_relative_to(folder):
            continue
        if inspect.iscoroutinefunction(item.obj):
            item.obj = _bounded(item.obj, seconds)


def _bounded(
    test: Callable[..., Awaitable[None]], seconds: float
) -> Callable[..., Awaitable[None]]:
    @functools.wraps(test)
    async def run(*arguments: Any, **named: Any) -> None:
        async with asyncio.timeout(seconds):
            await test(*arguments, **named)

    return run
