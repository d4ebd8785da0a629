"""Log streams as files."""

import os
import stat
from pathlib import Path

import pytest

from emulator.telemetry.logs import LogGroups


def test_streams_are_files(tmp_path: Path) -> None:
    """Group and stream make the path; text is appended as it comes; only the owner may read."""
    groups = LogGroups(tmp_path)
    log = groups.open("/aws/lambda/f", "2024/01/31/[$LATEST]abc")
    path = tmp_path / "aws" / "lambda" / "f" / "2024" / "01" / "31" / "[$LATEST]abc.log"
    log.write(b"a\nb")
    assert path.read_bytes() == b"a\nb", "nothing is held back"
    log.write(b"c\n")
    log.close()
    assert path.read_bytes() == b"a\nbc\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = groups.open("/aws/lambda/f", "2024/01/31/[$LATEST]abc")
    again.write(b"d")
    again.close()
    assert path.read_bytes() == b"a\nbc\nd"


def test_a_full_disk(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Writing fails without an exception, and is told of once."""
    (tmp_path / "g").mkdir()
    (tmp_path / "g" / "s.log").symlink_to("/dev/full")
    log = LogGroups(tmp_path).open("g", "s")
    for _ in range(3):
        log.write(b"x")
    log.close()
    assert [record.getMessage() for record in caplog.records] == [
        f"{tmp_path / 'g' / 's.log'} cannot be written to: {os.strerror(28)}"
    ]
