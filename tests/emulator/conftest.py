"""What tests of several parts of the emulator share."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import settings

from emulator.clock import Entropy
from emulator.runtime.packages import RUNTIME_REQUIREMENTS, Packages


settings.register_profile("quick", max_examples=40, stateful_step_count=20, deadline=None)
settings.load_profile("quick")


@pytest.fixture(scope="session")
def runtime_packages() -> Path:
    """The packages of the Lambda runtime, installed once for all test runs."""
    root = Path(__file__).parents[2] / ".cache" / "packages"
    return asyncio.run(Packages(root, Entropy()).install(RUNTIME_REQUIREMENTS))
