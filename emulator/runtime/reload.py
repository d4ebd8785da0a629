"""Watches what functions are made of, so that a change takes effect without a restart."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path

from watchfiles import Change, DefaultFilter, awatch

from emulator.errors import UsageError
from emulator.template.model import Function


logger = logging.getLogger(__name__)

Ready = Callable[[Function], Awaitable[tuple[Function, Mapping[str, str]]]]
"""Makes a function of the template ready to run. Raises `UsageError` if that fails."""

_SETTLE_MS = 100
"""How long a burst of changes (an editor, a checkout) may last before it counts as one."""

_STEP_MS = 20
"""The silence that ends a burst."""

_POLL_SECONDS = 0.3
"""How often zip files are looked at. They are not watched: builds remove and make whole folders, and
a watch on a folder ends with it."""


class _Code(DefaultFilter):
    """Everything but caches, version control and editors' own files; packages are code here."""

    ignore_dirs: Sequence[str] = [
        name for name in DefaultFilter.ignore_dirs if name != "node_modules"
    ]

    def __call__(self, change: Change, path: str) -> bool:
        return not path.endswith((".pyc", "~")) and super().__call__(change, path)


class Reloader:
    """Takes up changes of folders, zip files and `requirements.txt`, while the old code serves."""

    def __init__(
        self,
        functions: Collection[Function],
        ready: Ready,
        reload: Callable[[Function, Mapping[str, str]], None],
    ) -> None:
        """`functions` are as in the template; `reload` is given those that have changed."""
        self._functions = functions
        self._ready = ready
        self._reload = reload
        # Functions of the same code are made ready one after the other, so that they fail once
        # and that the newest state is the last that is taken up.
        self._locks = {function.code: asyncio.Lock() for function in functions}

    async def watch(self) -> None:
        """Take up changes until cancelled."""
        paths = {path for function in self._functions for path in function.sources}
        zip_files = {path for path in paths if path.is_file()}
        try:
            async with asyncio.TaskGroup() as tasks:
                for changes in (_in_folders(paths - zip_files), _of_zip_files(zip_files)):
                    tasks.create_task(self._take_up(changes, tasks))
        except* OSError as errors:
            # Most often the kernel's limit of watched files.
            logger.warning(
                "Changes in code take effect at the next start only, since the folders cannot be "
                "watched: %s",
                errors.exceptions[0],
            )

    async def _take_up(self, changes: AsyncIterator[set[Path]], tasks: asyncio.TaskGroup) -> None:
        async for changed in changes:
            for path in changed:
                logger.info("%s has changed; what runs from it is loaded anew.", path)
            groups: dict[Path, list[Function]] = {}
            for function in self._functions:
                if changed.intersection(function.sources):
                    groups.setdefault(function.code, []).append(function)
            for code, functions in groups.items():
                tasks.create_task(self._renew(code, functions))

    async def _renew(self, code: Path, functions: Collection[Function]) -> None:
        async with self._locks[code]:
            try:
                for function in functions:
                    self._reload(*await self._ready(function))
            except (OSError, UsageError) as error:
                logger.warning("The changed code is not loaded, the old keeps serving: %s", error)


async def _in_folders(folders: Collection[Path]) -> AsyncIterator[set[Path]]:
    """Those of the folders in which something has changed, time and again."""
    if folders:
        async for changes in awatch(
            *folders, watch_filter=_Code(), debounce=_SETTLE_MS, step=_STEP_MS
        ):
            paths = [Path(path) for _, path in changes]
            yield {
                folder for folder in folders if any(path.is_relative_to(folder) for path in paths)
            }


async def _of_zip_files(files: Collection[Path]) -> AsyncIterator[set[Path]]:
    """Those of the files that have been written anew, time and again."""
    taken_up = before = _stamps(files)
    while files:
        await asyncio.sleep(_POLL_SECONDS)
        now = _stamps(files)
        # What has changed since the last look may still be being written.
        settled = {file for file, stamp in now.items() if stamp == before.get(file)}
        changed = {file for file in settled if now[file] != taken_up.get(file)}
        taken_up |= {file: now[file] for file in changed}
        before = now
        if changed:
            yield changed


def _stamps(files: Collection[Path]) -> dict[Path, tuple[int, int, int]]:
    """What is different after a file has been written; files that are not there are left out."""
    stamps = {}
    for file in files:
        with contextlib.suppress(OSError):
            status = file.stat()
            stamps[file] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return stamps
