"""The drill: back up under load, check, restore onto each engine, compare."""

import asyncio
import errno
import itertools
import os
import stat
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from emulator.clock import Clock, Entropy
from emulator.cognito.store import Store
from emulator.errors import UsageError
from emulator.iam.credentials import KeyRing, load_secret
from emulator.objects.store import ObjectStore
from emulator.storage import archive
from emulator.storage.backup import Source, back_up
from emulator.storage.check import findings
from emulator.storage.client import dynamodb_client
from emulator.storage.data_dir import VERSION, Record, read_record, write_record
from emulator.storage.dynamodb_local.program import HOME
from emulator.storage.engine import Engine
from emulator.storage.engines import PROGRAMS
from emulator.storage.restore import Target, restore
from emulator.storage.schedule import backups, keep_backing_up
from emulator.storage.tables import create_tables, described
from tests.emulator.storage.test_engine import indexed, table
from tests.fakes import START, FakeClock, until
from tests.support import engines
from tests.support.server import PACKAGES


pytestmark = [pytest.mark.process, pytest.mark.timeout(180)]

TABLES = (indexed(), table("other", ttl="exp"))
ITEM: dict[str, Any] = {
    "pk": {"S": "every type"},
    "g": {"S": "x"},
    "n": {"N": "12345678901234567890.5"},
    "b": {"B": b"\x00\xff"},
    "bs": {"BS": [b"\x01", b"\x02"]},
    "l": {"L": [{"B": b"\x03"}, {"NULL": True}, {"BOOL": False}]},
    "m": {"M": {"ss": {"SS": ["a", "b"]}, "ns": {"NS": ["1"]}}},
}


@dataclass(frozen=True, slots=True)
class Lab:
    """A data directory with something of everything in it, and its running engine."""

    source: Source
    url: str

    @property
    def data_dir(self) -> Path:
        return self.source.data_dir


@asynccontextmanager
async def client(source: Source, url: str) -> AsyncIterator[Any]:
    async with dynamodb_client(url, source.region, source.credentials) as made:
        yield made


def source_of(data_dir: Path, engine: str) -> Source:
    keys = KeyRing(load_secret(data_dir, Entropy()), "000000000000").operator
    return Source(data_dir, Record(VERSION, START, engine), "us-east-1", keys)


async def put_object(data_dir: Path) -> None:
    """Store an object."""
    store = ObjectStore(data_dir / "objects", Clock(), Entropy())
    await store.open()
    async with store.sink({}) as sink:
        await sink.write(b"object")
        await store.put("bucket", "a/b", await sink.finish(), {})
    await store.close()


async def read_object(data_dir: Path) -> bytes:
    """What that object holds."""
    store = ObjectStore(data_dir / "objects", Clock(), Entropy())
    await store.open()
    found = await store.open_file("bucket", "a/b")
    await store.close()
    assert found is not None
    with found[1] as file:
        return file.read()


@pytest.fixture(params=["embedded"])
async def lab(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Lab]:
    """On the embedded engine, or on the one that the test names."""
    data_dir = tmp_path / "lab"
    engine = Engine(engines.program(request.param, data_dir), data_dir)
    await engine.start()
    source = source_of(data_dir, request.param)
    write_record(data_dir, source.record)
    await put_object(data_dir)
    await (await Store.open(data_dir)).close()
    await create_tables(TABLES, engine.url, source.region, source.credentials)
    async with client(source, engine.url) as db:
        await db.put_item(TableName="things", Item=ITEM)
    yield Lab(source, engine.url)
    await engine.stop()


async def contents(source: Source, url: str) -> dict[str, list[Any]]:
    """All items of all tables, and how the tables were made."""
    async with client(source, url) as db:
        names = sorted((await db.list_tables())["TableNames"])
        found: dict[str, list[Any]] = {}
        for name in names:
            items = (await db.scan(TableName=name, ConsistentRead=True))["Items"]
            how = await described(db, name)
            how["create"]["AttributeDefinitions"].sort(key=lambda each: each["AttributeName"])
            found[name] = [how, *sorted(items, key=lambda item: item["pk"]["S"])]
        return found


@pytest.mark.parametrize("lab", PROGRAMS, indirect=True)
@pytest.mark.parametrize("to", PROGRAMS)
async def test_the_drill(
    lab: Lab, to: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was backed up from any engine comes back on any engine: tables, accounts, objects, keys."""
    engines.program(to, tmp_path / "elsewhere")
    if to == "local":  # what is restored has a data directory, and so a cache, of its own
        (fetched,) = PACKAGES.glob("dynamodb-local-*")
        monkeypatch.setenv(HOME, str(fetched))
    file = tmp_path / "saved.labchat.zip"
    manifest = await back_up(lab.source, file, START)
    assert manifest.tables == {"things": 1, "other": 0}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = await contents(lab.source, lab.url)

    restored, told = tmp_path / "restored", list[tuple[str, int]]()
    target = Target(restored, to, "us-east-1", "000000000000")
    with archive.reading(file) as reader:
        await restore(reader, target, lambda name, count: told.append((name, count)))
    assert told == [("things", 1)]
    assert read_record(restored) == Record(VERSION, START, to)
    assert findings(restored) == []
    assert await read_object(restored) == b"object"
    assert source_of(restored, to).credentials == lab.source.credentials
    await (await Store.open(restored)).close()

    engine = Engine(PROGRAMS[to](restored), restored)
    await engine.start()
    try:
        assert await contents(lab.source, engine.url) == before
    finally:
        await engine.stop()


async def test_a_backup_under_load_is_of_one_moment(lab: Lab, tmp_path: Path) -> None:
    """Numbers are written in order meanwhile; the backup holds them without a hole up to some one."""
    written, stop = 0, False

    async def write() -> None:
        nonlocal written
        async with client(lab.source, lab.url) as db:
            while not stop:
                await db.put_item(TableName="other", Item={"pk": {"S": f"{written:06d}"}})
                written += 1

    writer = asyncio.create_task(write())
    await until(lambda: written > 20, 30)
    before = written
    await back_up(lab.source, tmp_path / "saved", START)
    after = written
    await until(lambda: written > after, 30)
    stop = True
    await writer
    with archive.reading(tmp_path / "saved") as reader:
        numbers = sorted(int(item["pk"]["S"]) for item in reader.items("other"))
    assert numbers == list(range(len(numbers)))
    assert before <= len(numbers) <= after + 1


async def test_every_damage_is_found(lab: Lab, tmp_path: Path) -> None:
    """One changed byte anywhere, or a file cut off, is one sentence; nothing is restored from it."""
    file = tmp_path / "saved"
    await back_up(lab.source, file, START)
    whole = file.read_bytes()
    for place in itertools.chain(range(0, len(whole), max(1, len(whole) // 97)), [len(whole) - 1]):
        changed = bytearray(whole)
        changed[place] ^= 0x55
        file.write_bytes(changed)
        if _same_content(file, whole, tmp_path):
            continue  # A date or an attribute of the archive, which carries nothing.
        with pytest.raises(UsageError, match="saved"), archive.reading(file):
            pass
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UsageError, match="damaged or no backup"), archive.reading(file):
        pass


def _same_content(file: Path, whole: bytes, folder: Path) -> bool:
    (folder / "whole").write_bytes(whole)
    try:
        with zipfile.ZipFile(file) as one, zipfile.ZipFile(folder / "whole") as other:
            return {name: one.read(name) for name in one.namelist()} == {
                name: other.read(name) for name in other.namelist()
            }
    except Exception:  # noqa: BLE001 - whatever it is, it is not the same
        return False


async def test_nothing_that_exists_is_replaced(lab: Lab, tmp_path: Path) -> None:
    """A folder with something in it is refused and left as it was."""
    file = tmp_path / "saved"
    await back_up(lab.source, file, START)
    before = sorted(lab.data_dir.rglob("*"))
    target = Target(lab.data_dir, "embedded", "us-east-1", "000000000000")
    with archive.reading(file) as reader, pytest.raises(UsageError, match="is not empty"):
        await restore(reader, target, lambda name, count: None)
    assert sorted(lab.data_dir.rglob("*")) == before
    elsewhere = Target(tmp_path / "new", lab.url, "us-east-1", "000000000000")
    with archive.reading(file) as reader, pytest.raises(UsageError, match="exists there already"):
        await restore(reader, elsewhere, lambda name, count: None)
    assert not (tmp_path / "new").exists()


async def test_a_full_disk(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence; neither a half backup nor a copy of the database is left."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(archive.Writer, "file", full)
    before = sorted(path.name for path in lab.data_dir.iterdir())
    with pytest.raises(UsageError, match="No space left on device"):
        await back_up(lab.source, tmp_path / "backups" / "saved", START)
    assert list((tmp_path / "backups").iterdir()) == []
    assert sorted(path.name for path in lab.data_dir.iterdir()) == before


async def test_backups_by_the_clock(lab: Lab) -> None:
    """When the newest is old enough another is made, and the oldest goes."""
    clock = FakeClock()
    old = lab.data_dir / "backups"
    old.mkdir()
    for name in ("20200101T000000Z", "20200102T000000Z"):
        (old / f"{name}.labchat.zip").touch()
        os.utime(old / f"{name}.labchat.zip", (START - 4000, START - 4000))
    task = asyncio.create_task(keep_backing_up(lab.source, clock, every=3600, keep=2))
    await until(
        lambda: len(backups(lab.data_dir)) == 2 and "2023" in backups(lab.data_dir)[-1].name, 60
    )
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    kept = [path.name for path in backups(lab.data_dir)]
    assert kept == ["20200102T000000Z.labchat.zip", "20231114T221320Z.labchat.zip"]
    with archive.reading(backups(lab.data_dir)[-1]) as reader:
        assert reader.manifest.tables["things"] == 1


async def test_damage_in_a_data_directory(lab: Lab) -> None:
    """A corrupt database and an object of other bytes are found and named."""
    assert findings(lab.data_dir) == []
    (content,) = (lab.data_dir / "objects" / "content").glob("*/*")
    content.write_bytes(b"other")
    (lab.data_dir / "cognito.db").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    found = " ".join(findings(lab.data_dir))
    assert "cognito.db is damaged" in found
    assert "the object" in found


def test_a_path_out_of_the_archive(tmp_path: Path) -> None:
    """A backup from elsewhere cannot write outside the folder that it is restored to."""
    with archive.writing(tmp_path / "evil") as writer:
        with writer.member("files/../../outside") as write:
            write(b"x")
        writer.finish(archive.Manifest(archive.FORMAT, 1.0, "embedded", VERSION, {}))
    with pytest.raises(UsageError, match="leads out of it"), archive.reading(tmp_path / "evil"):
        pass
