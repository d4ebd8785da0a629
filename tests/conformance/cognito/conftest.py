"""One endpoint for the suite; each test uses names of its own."""

import itertools
from collections.abc import Iterator

import pytest

from emulator.clock import Entropy
from tests.conformance.cognito.lab import Lab, MovableClock, serve, stack


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The suite's pools, served."""
    with serve(tmp_path_factory.mktemp("lab"), stack(), MovableClock(), Entropy()) as made:
        yield made


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    """For names that nobody else uses."""
    return itertools.count(1)


@pytest.fixture
def name(numbers: Iterator[int]) -> str:
    """A user name of this test's own."""
    return f"user{next(numbers)}"
