"""Watches the functions' code folders, so that a change takes effect without a restart."""

import logging
from collections.abc import Callable, Collection
from pathlib import Path

from watchfiles import Change, DefaultFilter, awatch


logger = logging.getLogger(__name__)

_SETTLE_MS = 100
"""How long a burst of changes (an editor, a checkout) may last before it counts as one."""

_STEP_MS = 20
"""The silence that ends a burst."""


class _Code(DefaultFilter):
    """Everything but caches, version control and editors' own files."""

    def __call__(self, change: Change, path: str) -> bool:
        return not path.endswith((".pyc", "~")) and super().__call__(change, path)


async def watch_code(folders: Collection[Path], changed: Callable[[Path], None]) -> None:
    """Call `changed` with each folder in which something has changed, until cancelled."""
    if not folders:
        return
    try:
        await _watch(folders, changed)
    except OSError as error:
        # Most often the kernel's limit of watched files.
        logger.warning(
            "Changes in code take effect at the next start only, since the folders cannot be "
            "watched: %s",
            error,
        )


async def _watch(folders: Collection[Path], changed: Callable[[Path], None]) -> None:
    async for changes in awatch(*folders, watch_filter=_Code(), debounce=_SETTLE_MS, step=_STEP_MS):
        paths = [Path(path) for _, path in changes]
        for folder in folders:
            if any(path.is_relative_to(folder) for path in paths):
                logger.info("The code in %s has changed; it is loaded anew.", folder)
                changed(folder)
