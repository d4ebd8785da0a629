"""The published table agrees with the statements, the tests, and this very run."""

import pytest

from tests.conformance.outcomes import OUTCOMES, Outcomes
from tests.conformance.suites import Suite, number_of, suites
from tests.conformance.table import DOCUMENT, renew


def test_the_published_table_is_this_run_s(request: pytest.FixtureRequest) -> None:
    """Runs last: a changed statement, a test more or less, another result make it stale."""
    outcomes = request.config.stash.get(OUTCOMES, Outcomes())
    published = DOCUMENT.read_text()
    assert published == renew(published, outcomes), "run `make conformance` and commit its table"


@pytest.mark.parametrize("suite", suites(), ids=lambda suite: suite.name)
def test_statements_are_numbered_without_gaps(suite: Suite) -> None:
    """1, 2, 3, …, each with its evidence; where that is missing, our choice is told."""
    assert [line.number for line in suite.lines] == list(range(1, len(suite.lines) + 1))
    assert {line.evidence for line in suite.lines} <= {"documented", "observed", "unclear"}
    assert all(line.choice for line in suite.lines if line.evidence == "unclear")
    assert {line.source for line in suite.lines} - {""} == set(suite.sources)


@pytest.mark.parametrize("suite", suites(), ids=lambda suite: suite.name)
def test_every_test_names_a_statement(suite: Suite) -> None:
    """No test proves a statement that does not exist."""
    assert suite.tests().keys() <= {line.number for line in suite.lines}


@pytest.mark.parametrize(
    ("name", "number"),
    [("test_017_a_b", 17), ("test_c01_x", 1), ("test_plain", None), ("test_17", None)],
)
def test_numbers_in_names(name: str, number: int | None) -> None:
    """The number stands between `test_` and what the test is about."""
    assert number_of(name) == number
