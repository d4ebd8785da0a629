"""Every tested statement has its mutant, and every mutant still fits the code."""

import ast

import pytest

from tests.conformance.mutants import Mutant, mutants
from tests.conformance.suites import ROOT, Suite, suites


ALL = [(suite, mutant) for suite in suites() for mutant in mutants(suite)]


@pytest.mark.parametrize("suite", suites(), ids=lambda suite: suite.name)
def test_each_statement_with_a_test_has_one_mutant(suite: Suite) -> None:
    """No test goes without the proof that it can fail; `make soak` runs them."""
    assert sorted(mutant.line for mutant in mutants(suite)) == sorted(suite.tests())


@pytest.mark.parametrize(
    ("suite", "mutant"), ALL, ids=[f"{suite.name}-{mutant.line}" for suite, mutant in ALL]
)
def test_a_mutant_still_applies(suite: Suite, mutant: Mutant) -> None:
    """Its old text stands once in the emulator, and what becomes of it is still Python."""
    assert mutant.file.startswith("emulator/")
    ast.parse(mutant.edit(ROOT))
    assert bool(mutant.also) == bool(mutant.reason)
