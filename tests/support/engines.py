"""The database engines that tests run on: the embedded one always, others where they can be had."""

import os
from pathlib import Path

import pytest

from emulator.errors import UsageError
from emulator.storage.engine import Program
from emulator.storage.engines import PROGRAMS
from tests.support.server import share_packages


def program(name: str, data_dir: Path) -> Program:
    """An engine's program, or a skip that says why it cannot be had.

    In CI the absence of the embedded engine is a failure. DynamoDB Local comes from Maven Central,
    which not every network lets through.
    """
    share_packages(data_dir)
    try:
        return PROGRAMS[name](data_dir)
    except UsageError as missing:
        required = os.environ.get("CI") and name == "embedded"
        (pytest.fail if required else pytest.skip)(str(missing))
