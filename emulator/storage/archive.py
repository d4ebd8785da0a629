"""The file of a backup: a ZIP archive whose manifest holds a SHA-256 of everything in it.

manifest.json              what it is, made when, of which engine; counts and checksums
tables/NAME/table.json     the parameters of CreateTable, and the TTL attribute
tables/NAME/items.jsonl    an item in a line, in DynamoDB's own JSON
files/PATH                 the rest of the data directory: accounts, keys, objects
"""

import contextlib
import hashlib
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from emulator.errors import UsageError
from emulator.storage.item_json import from_line


FORMAT = 1
MANIFEST = "manifest.json"
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    format: int
    made: float
    """Seconds since the epoch."""
    dynamodb: str
    """The engine that the tables were in."""
    data_version: int
    tables: Mapping[str, int]
    """Items by table name."""
    sha256: Mapping[str, str] = field(default_factory=dict)
    """By member."""


class Writer:
    """Fills a backup, member by member."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._sha256: dict[str, str] = {}

    @contextlib.contextmanager
    def member(self, name: str) -> Iterator[Callable[[bytes], None]]:
        """A member to write to, piece by piece."""
        digest = hashlib.sha256()
        with self._archive.open(name, "w", force_zip64=True) as stream:

            def write(content: bytes) -> None:
                digest.update(content)
                stream.write(content)

            yield write
        self._sha256[name] = digest.hexdigest()

    def file(self, name: str, path: Path) -> None:
        """A whole file as a member."""
        with path.open("rb") as source, self.member(name) as write:
            while chunk := source.read(_CHUNK):
                write(chunk)

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest, with the checksums of everything before it."""
        content = asdict(manifest) | {"sha256": self._sha256}
        self._archive.writestr(MANIFEST, json.dumps(content, indent=1))


@contextlib.contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """A backup that appears under its name when it is complete, for its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
                yield Writer(archive)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


class Reader:
    """A backup whose every byte has been checked."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self._archive = archive
        self.manifest = manifest

    def table(self, name: str) -> dict[str, Any]:
        """How a table was made."""
        parameters: dict[str, Any] = json.loads(self._archive.read(f"tables/{name}/table.json"))
        return parameters

    def items(self, name: str) -> Iterator[dict[str, Any]]:
        """The items of a table, in DynamoDB's JSON."""
        with self._archive.open(f"tables/{name}/items.jsonl") as lines:
            for line in lines:
                yield from_line(line)

    def extract_files(self, folder: Path) -> None:
        """Put the files where they belong, readable by their owner only."""
        for name in self.manifest.sha256:
            path = PurePosixPath(name)
            if path.parts[0] == "files":
                target = folder.joinpath(*path.parts[1:])
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with self._archive.open(name) as source, os.fdopen(descriptor, "wb") as copy:
                    shutil.copyfileobj(source, copy, _CHUNK)


@contextlib.contextmanager
def reading(path: Path) -> Iterator[Reader]:
    """An open backup. Raises `UsageError` if any of it is missing or changed."""
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(path, archive)
            for name, expected in manifest.sha256.items():
                if _sha256(archive.open(name)) != expected:
                    raise UsageError(f"{path} is damaged: {name} is not what was written.")
            yield Reader(archive, manifest)
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).") from error
    except (KeyError, NotImplementedError, zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise UsageError(f"{path} is damaged or no backup: {error}.") from error


def _manifest(path: Path, archive: zipfile.ZipFile) -> Manifest:
    try:
        manifest = Manifest(**json.loads(archive.read(MANIFEST)))
    except (TypeError, ValueError) as error:
        raise UsageError(f"{path} is no backup of labchat ({error}).") from error
    if manifest.format != FORMAT:
        raise UsageError(
            f"{path} was made by another labchat (format {manifest.format}, this one reads {FORMAT})."
        )
    members = set(archive.namelist()) - {MANIFEST}
    if members != manifest.sha256.keys():
        raise UsageError(f"{path} is damaged: its members are not those of its manifest.")
    outside = [name for name in members if ".." in PurePosixPath(name).parts or name[:1] == "/"]
    if outside:
        raise UsageError(f"{path} is no backup of labchat: {outside[0]} leads out of it.")
    return manifest


def _sha256(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    with stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
