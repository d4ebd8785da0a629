"""What tests of several parts of the emulator share."""

from pathlib import Path

import pytest

from emulator.clock import Entropy
from emulator.runtime.packages import RUNTIME_REQUIREMENTS, Packages


@pytest.fixture(scope="session")
def runtime_packages() -> Path:
    """The packages of the Lambda runtime, installed once for all test runs."""
    root = Path(__file__).parents[2] / ".cache" / "packages"
    return Packages(root, Entropy()).install(RUNTIME_REQUIREMENTS)
