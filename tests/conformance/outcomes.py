"""What became of each conformance test in a run."""

import pytest


class Outcomes:
    """The worst outcome of every test that ran, by `file::function`; parameters count together."""

    def __init__(self) -> None:
        self._passed: dict[str, bool] = {}

    def add(self, report: pytest.TestReport) -> None:
        """Take in one phase of one test. What was skipped was not run."""
        test = report.nodeid.partition("[")[0].partition("@")[0]
        if report.failed:
            self._passed[test] = False
        elif report.when == "call" and report.passed:
            self._passed.setdefault(test, True)

    def of(self, tests: list[str]) -> str | None:
        """`passes` or `fails`, or `None` when one of the tests did not run and none failed."""
        verdicts = [self._passed.get(test) for test in tests]
        if False in verdicts:
            return "fails"
        return None if None in verdicts else "passes"


OUTCOMES = pytest.StashKey[Outcomes]()
"""Where a session's outcomes are kept."""
