"""Keeps what became of each conformance test, and judges the published table after all of them."""

from collections.abc import Generator

import pytest

from tests.conformance.outcomes import OUTCOMES, Outcomes


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The table is compared when the others have run."""
    items.sort(key=lambda item: item.name == "test_the_published_table_is_this_run_s")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note the outcome of each phase."""
    report = yield
    item.config.stash.setdefault(OUTCOMES, Outcomes()).add(report)
    return report
