"""Disks and files as they go wrong: one sentence, and no damage."""

import asyncio
import resource
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from emulator.errors import UsageError
from emulator.storage import check
from emulator.storage.check import require_usable
from tests.support.kills import writers
from tests.support.load import Load, judge
from tests.support.server import ROOT, Server, share_packages


pytestmark = [pytest.mark.process, pytest.mark.timeout(180)]


def refused(data_dir: Path) -> str:
    """What a start ends with."""
    share_packages(data_dir)
    ended = subprocess.run(
        [sys.executable, "-m", "emulator", "up", "--port", "0", "--data-dir", str(data_dir)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2, ended.stderr
    assert "Traceback" not in ended.stderr
    return " ".join(ended.stderr.split())


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("dynamodb.sqlite", "labchat restore"),
        ("cognito.db", "labchat restore"),
        ("cloudwatch.db", "Move it away"),
    ],
)
def test_a_file_that_is_no_database(tmp_path: Path, name: str, told: str) -> None:
    """It is named, with the way out, and stays byte by byte as it is; the program ends."""
    (tmp_path / name).write_bytes(b"no database" * 1000)
    sentence = refused(tmp_path)
    assert name in sentence
    assert "file is not a database" in sentence
    assert told in sentence
    assert (tmp_path / name).read_bytes() == b"no database" * 1000


def test_a_disk_that_is_full_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is begun that could not be ended."""
    monkeypatch.setattr(check, "SPACE", 2**80)
    with pytest.raises(UsageError, match=r"is full .*free some space"):
        require_usable(tmp_path)
    assert list(tmp_path.iterdir()) == []


async def test_files_that_can_grow_no_more(own_server: Server) -> None:
    """The limit of a file's size stands for the end of a disk; what was acknowledged stays."""
    await asyncio.to_thread(own_server.start)
    load = Load.of(own_server, await asyncio.to_thread(writers, own_server, 2))
    load.start()
    await load.reach(20)
    (engine,) = await asyncio.to_thread(own_server.children, "dynamodb.sqlite")
    largest = max(path.stat().st_size for path in own_server.data_dir.glob("dynamodb.sqlite*"))
    engine.rlimit(psutil.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
    await load.reach(100)
    await load.finish()
    log = await asyncio.to_thread(own_server.log)
    assert f"The database engine ended ({-signal.SIGXFSZ})" in log
    assert "Traceback" not in log
    assert await asyncio.to_thread(own_server.stop) == 0
    await asyncio.to_thread(own_server.start)
    await asyncio.to_thread(judge, own_server, load)
    assert check.findings(own_server.data_dir) == []
