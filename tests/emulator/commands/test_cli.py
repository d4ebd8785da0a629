"""The command line as a whole, as it is installed."""

import subprocess
import sys
from pathlib import Path

import pytest


pytestmark = pytest.mark.process


def test_help_from_anywhere(tmp_path: Path) -> None:
    """Every command can be loaded, those of other packages too, whatever the folder."""
    done = subprocess.run(
        [sys.executable, "-m", "emulator", "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    shown = {line.split()[0] for line in done.stdout.partition("Commands:")[2].splitlines() if line}
    assert {"up", "logs", "backup", "export", "person"} <= shown
