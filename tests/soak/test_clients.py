"""Statement 29 at length: each client signs in fifty times, with letters of many kinds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.clock import Entropy
from tests.conformance.cognito.lab import Lab, MovableClock, serve, stack
from tests.conformance.cognito.test_srp import sign_ins


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """An endpoint of the test's own."""
    with serve(tmp_path, stack(), MovableClock(), Entropy()) as made:
        yield made


@pytest.mark.soak
@pytest.mark.parametrize("client", ["amplify", "identity", "pycognito"])
def test_fifty_sign_ins(lab: Lab, client: str) -> None:
    """Odd lengths of salts, keys and secrets come up among that many."""
    assert sign_ins(lab, "crowd", client, 50) == 50
