"""What is on the disk: after a crash, after a restart, and when its time has come."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from emulator.clock import Entropy
from emulator.objects.chunked import Chunks
from emulator.objects.errors import S3Error
from emulator.objects.lifecycle import DAY, expire
from emulator.objects.store import ObjectStore
from emulator.template.model import Bucket, LifecycleRule
from tests.fakes import FakeClock


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ObjectStore]:
    opened = ObjectStore(tmp_path, FakeClock(), Entropy())
    await opened.open()
    yield opened
    await opened.close()


async def put(store: ObjectStore, key: str, body: bytes, bucket: str = "b") -> None:
    """Store an object."""
    async with store.sink({}) as sink:
        await sink.write(body)
        await store.put(bucket, key, await sink.finish(), {"content-type": "a/b"})


async def read(store: ObjectStore, key: str) -> bytes | None:
    """What an object holds."""
    found = await store.open_file("b", key)
    if found is None:
        return None
    with found[1] as file:
        return file.read()


def files(root: Path) -> list[Path]:
    """All files of bytes."""
    return sorted(path for path in (root / "content").rglob("*") if path.is_file())


async def test_a_restart(tmp_path: Path) -> None:
    """Objects and uploads in parts are there still; what a crash left is not."""
    store = ObjectStore(tmp_path, FakeClock(), Entropy())
    await store.open()
    await put(store, "k", b"one")
    await put(store, "k", b"two")
    upload = await store.begin("b", "big", {})
    async with store.sink({}) as sink:
        await sink.write(b"part")
        await store.put_part(upload.id, 1, await sink.finish())
    await store.close()
    assert len(files(tmp_path)) == 2
    left = tmp_path / "content" / "00"
    left.mkdir(exist_ok=True)
    (left / "00half.new").write_bytes(b"x")
    (left / "00whole-0").write_bytes(b"x")
    again = ObjectStore(tmp_path, FakeClock(), Entropy())
    await again.open()
    assert await read(again, "k") == b"two"
    found, parts = await again.upload("b", "big", upload.id)
    assert (found, [part.size for part in parts]) == (upload, [4])
    assert len(files(tmp_path)) == 2
    await again.close()


def everything(root: Path) -> list[Path]:
    """All files and folders."""
    return list(root.rglob("*"))


WRITER = """
import asyncio, sys
from pathlib import Path
from emulator.clock import Clock, Entropy
from emulator.objects.store import ObjectStore

async def main():
    store = ObjectStore(Path(sys.argv[1]), Clock(), Entropy())
    await store.open()
    for number in range(10_000):
        async with store.sink({}) as sink:
            await sink.write(str(number).encode() * 1000)
            await store.put("b", f"k{number % 7}", await sink.finish(), {})
        print(number, flush=True)

asyncio.run(main())
"""


@pytest.mark.process
async def test_a_kill_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    """SIGKILL in the midst of writing: every object is whole, and as new as was said."""
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert writer.stdout is not None
    line = b""
    for _ in range(40):
        line = await writer.stdout.readline()
    writer.kill()
    said = int((line + await writer.stdout.read()).split()[-1])
    await writer.wait()
    store = ObjectStore(tmp_path, FakeClock(), Entropy())
    await store.open()
    for number in range(max(0, said - 6), said + 1):
        body = await read(store, f"k{number % 7}")
        newest = [number, number + 7]
        assert body in [str(each).encode() * 1000 for each in newest]
    assert len(files(tmp_path)) == 7
    await store.close()


async def test_files_are_the_owner_s_alone(store: ObjectStore, tmp_path: Path) -> None:
    """Nobody else on the machine can read them."""
    await put(store, "k", b"x")
    for path in everything(tmp_path):
        assert path.stat().st_mode & 0o077 == 0, path


async def test_a_full_disk(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be written keeps the object as it was."""
    await put(store, "k", b"before")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        await put(store, "k", b"after")
    monkeypatch.undo()
    assert await read(store, "k") == b"before"


async def test_the_rules_of_a_lifecycle(tmp_path: Path) -> None:
    """By prefix and age, to the midnight after; uploads in parts by theirs."""
    clock = FakeClock()
    store = ObjectStore(tmp_path, clock, Entropy())
    await store.open()
    clock.at = 10.5 * DAY
    for key in ("new/1", "kept/1"):
        await put(store, key, b"x")
    await put(store, "new/1", b"x", bucket="other")
    upload = await store.begin("b", "kept/big", {})
    bucket = Bucket("B", "b", (), (LifecycleRule("new/", 1), LifecycleRule("", 5, 2)))
    await expire(store, bucket, 11.9 * DAY)
    assert await read(store, "new/1") is not None
    await expire(store, bucket, 12.01 * DAY)
    assert await read(store, "new/1") is None
    assert await store.find("other", "new/1") is not None
    assert await store.uploads("b") == [upload]
    await expire(store, bucket, 13.01 * DAY)
    assert await store.uploads("b") == []
    assert await read(store, "kept/1") is not None
    await expire(store, bucket, 16.01 * DAY)
    assert await read(store, "kept/1") is None
    await store.close()


@given(st.lists(st.binary(min_size=1, max_size=300)), st.lists(st.integers(1, 40), min_size=1))
def test_chunks_in_any_pieces(chunks: list[bytes], sizes: list[int]) -> None:
    """However the network cuts them, the content is put together, and the trailer is read."""
    body = b"".join(b"%x;ext=1\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    body += b"0\r\nx-amz-checksum-crc32: AAAA\r\n\r\n"
    taken, content, start, number = Chunks(), b"", 0, 0
    while start < len(body):
        size = sizes[number % len(sizes)]
        content += taken.feed(body[start : start + size])
        start, number = start + size, number + 1
    taken.end()
    assert content == b"".join(chunks)
    assert taken.trailer == {"x-amz-checksum-crc32": "AAAA"}


@pytest.mark.parametrize(
    "body", [b"x\r\n", b"-1\r\n", b"2\r\nabXX", b"2\r\nabc\r\n", b"a" * 2000, b"2\r\na", b""]
)
def test_chunks_that_are_none(body: bytes) -> None:
    """Refused, at once or at the end of the body."""
    taken = Chunks()

    def feed() -> None:
        taken.feed(body)
        taken.end()

    with pytest.raises(S3Error) as caught:
        feed()
    assert caught.value.code == "IncompleteBody"
