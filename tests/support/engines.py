"""The database engines that tests run on: all that are present, and all of them in CI."""

import os
from pathlib import Path

import pytest

from emulator.errors import UsageError
from emulator.storage.engine import Program
from emulator.storage.engines import PROGRAMS
from tests.support.server import share_packages


def program(name: str, data_dir: Path) -> Program:
    """An engine's program. In CI its absence is a failure, elsewhere a skip that says why."""
    share_packages(data_dir)
    try:
        return PROGRAMS[name](data_dir)
    except UsageError as missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))
