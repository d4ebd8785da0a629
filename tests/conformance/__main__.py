"""`make conformance`: run every suite and write `docs/conformance.md` from what came out."""

import sys

import pytest

from tests.conformance.outcomes import OUTCOMES, Outcomes
from tests.conformance.suites import suites
from tests.conformance.table import DOCUMENT, render


class Publisher:
    """Writes the table when the run is over."""

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Only a run that came to its end is published, with its failures."""
        if session.shouldstop or session.shouldfail:
            return
        DOCUMENT.write_text(render(session.config.stash.get(OUTCOMES, Outcomes())))


if __name__ == "__main__":
    folders = [str(suite.folder) for suite in suites()]
    sys.exit(pytest.main([*folders, "-q", *sys.argv[1:]], plugins=[Publisher()]))
