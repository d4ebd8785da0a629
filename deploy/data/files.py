"""The files of an export: JSON Lines or Parquet, a folder that is there whole or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, BinaryIO, Protocol, Union, get_args, get_origin, get_type_hints

import click
import msgspec

from deploy.data.rows import FILES, Manifest, Row


MANIFEST = "manifest.json"
BATCH = 10_000
"""Rows of a row group: a few megabytes."""

MISSING = (
    "Parquet needs pyarrow: install it with `.venv/bin/python -m pip install pyarrow`, "
    "or use --format jsonl."
)


class Output(Protocol):
    """A file that rows are written to."""

    def write(self, row: Row) -> None:
        """Add a row."""
        ...

    def close(self) -> None:
        """All rows are in."""
        ...


@dataclass(slots=True)
class Lines:
    """JSON Lines."""

    file: BinaryIO
    _encode: msgspec.json.Encoder = field(default_factory=msgspec.json.Encoder)

    def write(self, row: Row) -> None:
        """Add a line."""
        self.file.write(self._encode.encode(row) + b"\n")

    def close(self) -> None:
        """To the disk."""
        self.file.close()


class Columns:
    """Parquet."""

    def __init__(self, path: Path, shape: type[Row]) -> None:
        arrow = _arrow()
        self._schema = arrow.schema(
            [(name, _column(arrow, kind)) for name, kind in get_type_hints(shape).items()]
        )
        self._table = arrow.Table
        self._file = arrow.parquet.ParquetWriter(path, self._schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []

    def write(self, row: Row) -> None:
        """Add a row."""
        self._rows.append(msgspec.structs.asdict(row))
        if len(self._rows) == BATCH:
            self._flush()

    def close(self) -> None:
        """To the disk."""
        self._flush()
        self._file.close()

    def _flush(self) -> None:
        self._file.write_table(self._table.from_pylist(self._rows, self._schema))
        self._rows = []


class Writer:
    """All files of an export that is being made."""

    def __init__(self, folder: Path, format_: str) -> None:
        self.rows = dict.fromkeys(FILES, 0)
        self._folder = folder
        self._outputs: dict[type[Row], Output] = {}
        self._names = {shape: name for name, shape in FILES.items()}
        for name, shape in FILES.items():
            path = folder / f"{name}.{format_}"
            if format_ == "parquet":
                self._outputs[shape] = Columns(path, shape)
            else:
                self._outputs[shape] = Lines(path.open("wb"))

    def write(self, row: Row) -> None:
        """Add a row to its file."""
        self._outputs[type(row)].write(row)
        self.rows[self._names[type(row)]] += 1

    def finish(self, manifest: Manifest) -> None:
        """All rows are in."""
        for output in self._outputs.values():
            output.close()
        text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
        (self._folder / MANIFEST).write_bytes(text + b"\n")


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder for its owner alone, that gets its name when all is in it. Raises `ClickException`."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise click.ClickException(f"{path} is not empty: name a new folder.")
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.mkdir(mode=0o700, parents=True)
        yield part
        part.rename(path)
    except OSError as error:
        raise click.ClickException(
            f"{error.filename or path}: {error.strerror}. Nothing was written; "
            "make room or name another folder."
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def read_manifest(folder: Path) -> Manifest:
    """What the export in a folder is. Raises `ClickException`."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise click.ClickException(
            f"{folder} holds no export: name a folder that `labchat export` has made."
        ) from None
    except msgspec.DecodeError as error:
        raise click.ClickException(
            f"{folder / MANIFEST}: {error}. Export again, with this version of labchat."
        ) from error


def read(folder: Path, name: str, format_: str) -> Iterator[tuple[int, Row | str]]:
    """The rows of a file, with their numbers from 1; a text says what is wrong with one."""
    path, shape = folder / f"{name}.{format_}", FILES[name]
    if not path.exists():
        return
    for number, raw in enumerate(_lines(path) if format_ == "jsonl" else _records(path), 1):
        try:
            if isinstance(raw, bytes):
                yield number, msgspec.json.decode(raw, type=shape)
            else:
                yield number, msgspec.convert(raw, shape)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            yield number, str(error)


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from file


def _records(path: Path) -> Iterator[dict[str, Any]]:
    arrow = _arrow()
    try:
        with arrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(BATCH):
                yield from batch.to_pylist()
    except arrow.ArrowException as error:
        raise click.ClickException(f"{path} cannot be read: {error}. Export again.") from error


def _arrow() -> Any:
    try:
        import pyarrow  # noqa: PLC0415 - an extra, and half a second
        import pyarrow.parquet  # noqa: PLC0415
    except ImportError:
        raise click.ClickException(MISSING) from None
    return pyarrow


def plain_type(kind: Any) -> tuple[Any, bool]:
    """A column's type without what is said about it, and whether it may be null."""
    if get_origin(kind) is Annotated:
        return plain_type(get_args(kind)[0])
    if get_origin(kind) in {Union, UnionType}:
        (inner,) = (each for each in get_args(kind) if each is not NoneType)
        return plain_type(inner)[0], True
    return kind, False


def _column(arrow: Any, kind: Any) -> Any:
    """The type of a column."""
    plain, _ = plain_type(kind)
    if get_origin(plain) is list:
        return arrow.list_(_column(arrow, get_args(plain)[0]))
    simple = {bool: arrow.bool_(), int: arrow.int64(), datetime: arrow.timestamp("ms", "UTC")}
    return simple.get(plain, arrow.string())
