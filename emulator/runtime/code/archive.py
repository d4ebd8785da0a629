"""Zip files as Lambda takes them: read, held to its limits, unpacked without surprises."""

import os
import shutil
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo

from emulator.errors import UsageError


MOST_UNZIPPED = 250 * 1024 * 1024
"""Bytes of a function's package and its layers together.
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

MOST_UPLOADED = 50 * 1024 * 1024
"""Bytes of a zip file that Lambda takes directly; larger ones must come from S3."""


@contextmanager
def opened(path: Path) -> Iterator[ZipFile]:
    """The zip file. Raises `UsageError` if it cannot be read, also while it is being read."""
    try:
        with ZipFile(path) as archive:
            yield archive
    except (BadZipFile, EOFError, RuntimeError, ValueError, zlib.error) as error:
        # `zipfile` raises RuntimeError for encryption and, as NotImplementedError, for a
        # compression that it does not know; ValueError for names that are no text.
        raise UsageError(f"{path} is no zip file that can be read ({error}); build it anew.") from (
            error
        )
    except OSError as error:
        raise UsageError(f"{path} cannot be read or unpacked ({error.strerror}).") from error


def unzipped_size(path: Path) -> int:
    """Bytes of all files in a zip file."""
    with opened(path) as archive:
        return sum(entry.file_size for entry in archive.infolist())


def unpack(archive: ZipFile, target: Path) -> None:
    """Write what is in the zip file under `target`, a new folder.

    Files keep whether they can be executed. Links are made last, as they are: nothing is ever
    written through them. Raises `UsageError` for an entry that leads out of the folder.
    """
    target.mkdir(parents=True)
    links: list[tuple[Path, str]] = []
    for entry in archive.infolist():
        path = target / _inside(archive, entry)
        if entry.filename.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = entry.external_attr >> 16
        if stat.S_ISLNK(mode):
            links.append((path, os.fsdecode(archive.read(entry))))
            continue
        with archive.open(entry) as source, path.open("wb") as file:
            shutil.copyfileobj(source, file)
        path.chmod(0o755 if mode & 0o111 else 0o644)
    for path, leads_to in links:
        path.symlink_to(leads_to)


def _inside(archive: ZipFile, entry: ZipInfo) -> PurePosixPath:
    path = PurePosixPath(entry.filename)
    if path.is_absolute() or ".." in path.parts:
        raise UsageError(
            f"{archive.filename} has an entry {entry.filename!r}, which leads out of the folder "
            "that it is unpacked to; build it anew without that."
        )
    return path
