"""The data directory: one owner at a time, on a file system that can be trusted, of a known version."""

import contextlib
import fcntl
import json
import logging
import os
import shutil
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from emulator.errors import UsageError
from emulator.iam.credentials import write_private
from emulator.storage.dynoxide import DATABASE
from emulator.storage.engines import PROGRAMS


logger = logging.getLogger(__name__)

RECORD_FILE = "data.json"

NETWORK_FILE_SYSTEMS = frozenset(
    {
        *("9p", "afs", "beegfs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "lustre", "ncpfs"),
        *("nfs", "nfs4", "smb3", "smbfs", "vboxsf"),
    }
)
"""SQLite's write-ahead log needs memory shared by all its readers, which these do not give, and
their locks cannot be relied on: https://www.sqlite.org/wal.html, https://www.sqlite.org/faq.html#q5"""


@dataclass(frozen=True, slots=True)
class Record:
    """What a data directory says of itself."""

    version: int
    created: float
    """Seconds since the epoch."""
    dynamodb: str
    """Where its tables are: `embedded`, `local`, or the URL of a DynamoDB endpoint."""


Migration = Callable[[Path], None]


def _add_record(data_dir: Path) -> None:
    """Version 0 had no record; there is nothing else to change."""


MIGRATIONS: Sequence[Migration] = (_add_record,)
"""The n-th brings a data directory from version n to n + 1."""


@contextlib.contextmanager
def owned(data_dir: Path) -> Iterator[None]:
    """Make the data directory and hold it: two emulators on one would ruin each other's files.

    Raises `UsageError` where it cannot be written to, is held by another, or lies on a network.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise UsageError(
            f"The data directory {data_dir} cannot be used ({error.strerror}); "
            "name another with --data-dir."
        ) from error
    try:
        kind = file_system(data_dir.resolve(), Path("/proc/self/mounts").read_text())
        if kind in NETWORK_FILE_SYSTEMS:
            raise UsageError(
                f"The data directory {data_dir} lies on a network file system ({kind}), where the "
                "database would be damaged. Name a folder on a disk of this machine with --data-dir."
            )
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageError(
                f"Another labchat runs on {data_dir}; stop it, or name another --data-dir."
            ) from error
        shutil.rmtree(data_dir / "tmp", ignore_errors=True)
        yield
    finally:
        os.close(lock)


def file_system(path: Path, mounts: str) -> str:
    """The type of the file system that a path lies on, by the text of /proc/self/mounts."""
    best, kind = Path("/"), ""
    for line in mounts.splitlines():
        _, at, this_kind, *_ = line.split(" ")
        point = Path(at.encode().decode("unicode_escape"))  # A space is written as \040.
        if path.is_relative_to(point) and len(point.parts) >= len(best.parts):
            best, kind = point, this_kind
    return kind


def read_record(data_dir: Path) -> Record | None:
    """What the directory says of itself, or `None` if nothing was ever stored there."""
    path = data_dir / RECORD_FILE
    try:
        return Record(**json.loads(path.read_text()))
    except FileNotFoundError:
        # Before there were records, tables of a data directory were in the embedded engine.
        tables = data_dir / DATABASE
        return Record(0, tables.stat().st_mtime, "embedded") if tables.exists() else None
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"{path} is damaged ({error}). Restore a backup with `labchat restore`."
        ) from error


def write_record(data_dir: Path, record: Record) -> None:
    """Keep what the directory says of itself."""
    write_private(data_dir / RECORD_FILE, [json.dumps(asdict(record))])


VERSION = len(MIGRATIONS)
"""Of a data directory that this program writes."""


async def prepare(
    data_dir: Path,
    wanted: Record,
    backup: Callable[[], Awaitable[None]],
    migrations: Sequence[Migration] = MIGRATIONS,
) -> Record:
    """Bring an owned directory to this version, after a backup; `wanted` is what a new one gets.

    Raises `UsageError` if it is newer than this program, or its tables are in another engine.
    """
    version = len(migrations)
    record = read_record(data_dir)
    if record is None:
        write_record(data_dir, wanted)
        return wanted
    if record.version > version:
        raise UsageError(
            f"{data_dir} was written by a newer labchat (version {record.version} of the data, "
            f"this one knows {version}). Update labchat, or name another --data-dir."
        )
    engines = {record.dynamodb, wanted.dynamodb}
    if len(engines) > 1 and engines & PROGRAMS.keys():
        raise UsageError(
            f"The tables of {data_dir} are in `--dynamodb {record.dynamodb}`; in {wanted.dynamodb} "
            "they would seem empty. To move them: `labchat backup`, then `labchat restore "
            f"--dynamodb {wanted.dynamodb}` into a new --data-dir."
        )
    if record.version < version:
        logger.info("The data in %s is upgraded, after a backup.", data_dir)
        await backup()
        for migrate in migrations[record.version :]:
            migrate(data_dir)
    record = replace(record, version=version, dynamodb=wanted.dynamodb)
    write_record(data_dir, record)
    return record
