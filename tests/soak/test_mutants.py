"""Each conformance test fails when its statement is broken, and only then."""

import pytest

from tests.conformance.mutants import judge, mutants
from tests.conformance.suites import Suite, suites


@pytest.mark.soak
@pytest.mark.process
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("suite", suites(), ids=lambda suite: suite.name)
def test_each_mutant_fails_its_own_test(suite: Suite) -> None:
    """One edit of the emulator, one failing statement."""
    wrong = {
        mutant.line: failed
        for mutant, failed in judge(suite, mutants(suite))
        if failed != {mutant.line, *mutant.also}
    }
    assert not wrong
