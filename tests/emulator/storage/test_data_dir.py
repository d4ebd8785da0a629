"""Who may use a data directory, and what its version says."""

import errno
import json
import stat
from pathlib import Path

import pytest

from emulator.errors import UsageError
from emulator.storage import data_dir as data_dir_module
from emulator.storage.data_dir import (
    NETWORK_FILE_SYSTEMS,
    VERSION,
    Record,
    file_system,
    owned,
    prepare,
    read_record,
    write_record,
)


NEW = Record(VERSION, 1.0, "embedded")
MOUNTS = """\
proc /proc proc rw 0 0
/dev/vda / ext4 rw 0 0
lab:/home /home nfs4 rw 0 0
/dev/vdb /home/fast\\040disk xfs rw 0 0
tmpfs /home2 tmpfs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/lab", "ext4"),
        ("/home/ada/.labchat", "nfs4"),
        ("/home/fast disk/lab", "xfs"),
        ("/home2/x", "tmpfs"),
    ],
)
def test_the_file_system_of_a_path(path: str, kind: str) -> None:
    """The innermost mount counts, by whole names."""
    assert file_system(Path(path), MOUNTS) == kind


def test_network_file_systems_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's log would be damaged there; the sentence says where to go."""
    monkeypatch.setattr(data_dir_module, "file_system", lambda path, mounts: "nfs4")
    assert "nfs4" in NETWORK_FILE_SYSTEMS
    with pytest.raises(UsageError, match=r"network file system \(nfs4\).*disk of this machine"):
        owned(tmp_path / "data").__enter__()


def test_one_owner_at_a_time(tmp_path: Path) -> None:
    """A second emulator on the same directory is refused; after the first, it is welcome."""
    with owned(tmp_path), pytest.raises(UsageError, match="Another labchat runs"):
        owned(tmp_path).__enter__()
    with owned(tmp_path):
        pass


def test_a_directory_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence with the reason."""

    def read_only(*_: object, **__: object) -> int:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("os.open", read_only)
    with pytest.raises(UsageError, match=r"Read-only file system.*--data-dir"):
        owned(tmp_path).__enter__()


class Backups:
    """Counts the backups that were asked for."""

    def __init__(self) -> None:
        self.made = 0

    async def __call__(self) -> None:
        self.made += 1


async def test_a_new_directory_gets_its_record(tmp_path: Path) -> None:
    """Version and engine are written down, for the owner only; no backup of nothing."""
    backups = Backups()
    assert await prepare(tmp_path, NEW, backups) == NEW
    assert read_record(tmp_path) == NEW
    assert stat.S_IMODE((tmp_path / "data.json").stat().st_mode) == 0o600
    later = await prepare(tmp_path, Record(VERSION, 9.0, "embedded"), backups)
    assert later == NEW
    assert backups.made == 0


async def test_an_older_directory_is_upgraded_after_a_backup(tmp_path: Path) -> None:
    """Each missing step is taken once, in order, and only when the backup is there."""
    (tmp_path / "dynamodb.sqlite").touch()
    backups, taken = Backups(), list[tuple[str, int]]()
    steps = [lambda _, name=name: taken.append((name, backups.made)) for name in ("a", "b", "c")]
    write_record(tmp_path, Record(1, 1.0, "embedded"))
    record = await prepare(tmp_path, NEW, backups, steps)
    assert taken == [("b", 1), ("c", 1)]
    assert record.version == 3
    assert await prepare(tmp_path, NEW, backups, steps) == record
    assert backups.made == 1


async def test_a_directory_of_before_there_were_records(tmp_path: Path) -> None:
    """Its tables are in the embedded engine, and it is backed up first."""
    (tmp_path / "dynamodb.sqlite").touch()
    backups = Backups()
    record = await prepare(tmp_path, NEW, backups)
    assert (record.version, record.dynamodb, backups.made) == (VERSION, "embedded", 1)


async def test_a_failed_backup_stops_the_upgrade(tmp_path: Path) -> None:
    """Nothing is touched then."""
    (tmp_path / "dynamodb.sqlite").touch()

    async def fails() -> None:
        raise UsageError("disk full")

    with pytest.raises(UsageError, match="disk full"):
        await prepare(tmp_path, NEW, fails)
    assert not (tmp_path / "data.json").exists()


@pytest.mark.parametrize(
    ("record", "wanted", "message"),
    [
        (Record(VERSION + 1, 1.0, "embedded"), NEW, "newer labchat"),
        (NEW, Record(VERSION, 1.0, "local"), "labchat restore --dynamodb local"),
        (Record(VERSION, 1.0, "http://x"), NEW, "`--dynamodb http://x`"),
    ],
)
async def test_what_does_not_fit_is_refused(
    tmp_path: Path, record: Record, wanted: Record, message: str
) -> None:
    """Data of a newer program, and tables that are in another engine."""
    write_record(tmp_path, record)
    with pytest.raises(UsageError, match=message):
        await prepare(tmp_path, wanted, Backups())
    assert read_record(tmp_path) == record


async def test_one_url_may_follow_another(tmp_path: Path) -> None:
    """An endpoint moves; that is no other engine."""
    write_record(tmp_path, Record(VERSION, 1.0, "http://one"))
    record = await prepare(tmp_path, Record(VERSION, 2.0, "http://two"), Backups())
    assert record == read_record(tmp_path) == Record(VERSION, 1.0, "http://two")


@pytest.mark.parametrize("content", ["{", json.dumps({"version": 1}), "[]"])
def test_a_damaged_record(tmp_path: Path, content: str) -> None:
    """One sentence that names the file and the way out."""
    (tmp_path / "data.json").write_text(content)
    with pytest.raises(UsageError, match=r"data\.json is damaged.*labchat restore"):
        read_record(tmp_path)
