"""Commands find the emulator that runs on a data directory."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.commands.running import find_running
from emulator.errors import UsageError
from emulator.settings import RUNNING_FILE


def leave(data_dir: Path, pid: int) -> None:
    """What an emulator writes when it is ready."""
    keys = data_dir / "credentials"
    keys.write_text("[default]\naws_access_key_id = A\naws_secret_access_key = S\nregion = r\n")
    content = {"aws": "http://127.0.0.1:1", "credentials": str(keys), "pid": pid}
    (data_dir / RUNNING_FILE).write_text(json.dumps(content))


def test_a_running_emulator_is_found_with_its_keys(tmp_path: Path) -> None:
    leave(tmp_path, os.getpid())

    found = find_running(tmp_path)

    assert found.addresses["aws"] == "http://127.0.0.1:1"
    assert (found.access_key_id, found.secret_access_key, found.region) == ("A", "S", "r")


def test_where_none_runs_the_next_step_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="labchat up"):
        find_running(tmp_path)


def test_the_file_of_a_killed_emulator_is_not_believed(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    leave(tmp_path, ended.pid)

    with pytest.raises(UsageError, match="No emulator runs"):
        find_running(tmp_path)
