"""The bytes of objects: files that are written once, under a name of their own.

A file appears under its name when it is complete and on the disk. The name ends with the MD5 of
what is in it, so that damage is found without the index.
"""

import asyncio
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from emulator.clock import Entropy
from emulator.objects.checksums import Checksums


FOLDER = "content"

_UNFINISHED = ".new"
_PIECE = 1024 * 1024
"""Bytes that are gathered before they are written: what an upload takes of memory."""


@dataclass(frozen=True, slots=True)
class Content:
    """A complete file."""

    name: str
    size: int
    md5: str
    """In hexadecimal."""


class Contents:
    """The files of all buckets."""

    def __init__(self, root: Path, entropy: Entropy) -> None:
        self._folder = root / FOLDER
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._entropy = entropy

    def path(self, name: str) -> Path:
        """Where a file is."""
        return self._folder / name[:2] / name

    def sink(self, headers: Mapping[str, str]) -> "Sink":
        """For what is about to come, with the checksums that its headers announce."""
        return Sink(self, self._entropy.bytes(16).hex(), Checksums(headers))

    def remove(self, names: Iterable[str]) -> None:
        """Remove files; those that are gone already do not matter."""
        for name in names:
            self.path(name).unlink(missing_ok=True)

    def link(self, content: str) -> str:
        """The name of a second file with the same bytes, which takes no space."""
        name = f"{self._entropy.bytes(16).hex()}-{content.rpartition('-')[2]}"
        path = self.path(name)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        os.link(self.path(content), path)
        _sync_folder(path.parent)
        return name

    def sweep(self, named: set[str]) -> None:
        """Remove what a crash has left: files that no row names, and unfinished ones."""
        for path in self._folder.glob("*/*"):
            if path.name not in named:
                path.unlink(missing_ok=True)


class Sink:
    """Takes bytes as they come, on the disk and off the event loop; `with` it, or nothing stays."""

    def __init__(self, contents: Contents, stem: str, checksums: Checksums) -> None:
        self.checksums = checksums
        self.size = 0
        self._contents = contents
        self._stem = stem
        self._waiting = bytearray()
        self._unfinished = contents.path(stem + _UNFINISHED)
        self._file: BinaryIO | None = None

    async def __aenter__(self) -> "Sink":
        self._file = await asyncio.to_thread(_create, self._unfinished)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._file is not None:
            await asyncio.to_thread(self._abandon, self._file)

    async def write(self, data: bytes) -> None:
        """More of it."""
        self.size += len(data)
        self._waiting += data
        if len(self._waiting) >= _PIECE:
            piece, self._waiting = bytes(self._waiting), bytearray()
            await asyncio.to_thread(self._write, piece)

    async def check(self, said: Mapping[str, str]) -> None:
        """Compare all that came with its checksums, as headers or fields say them."""
        piece, self._waiting = bytes(self._waiting), bytearray()
        await asyncio.to_thread(self._write, piece)
        self.checksums.check(said)

    async def finish(self) -> Content:
        """The file under its name, durable."""
        return await asyncio.to_thread(self._finish)

    def copy(self, names: Iterable[str]) -> None:
        """Append whole files, in a thread; the sink is not to be written to then."""
        for name in names:
            with self._contents.path(name).open("rb") as source:
                while piece := source.read(_PIECE):
                    self.size += len(piece)
                    self._write(piece)

    def _write(self, piece: bytes) -> None:
        assert self._file is not None
        self.checksums.update(piece)
        self._file.write(piece)

    def _finish(self) -> Content:
        assert self._file is not None
        self._write(bytes(self._waiting))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._file = None
        md5 = self.checksums.md5.hexdigest()
        path = self._contents.path(f"{self._stem}-{md5}")
        self._unfinished.replace(path)
        _sync_folder(path.parent)
        return Content(path.name, self.size, md5)

    def _abandon(self, file: BinaryIO) -> None:
        file.close()
        self._unfinished.unlink(missing_ok=True)


def _create(path: Path) -> BinaryIO:
    path.parent.mkdir(exist_ok=True, mode=0o700)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder last; fsync(2) says that the file's own does not."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
