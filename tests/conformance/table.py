"""`docs/conformance.md`: one row a statement, made from data and from what a run came to."""

import re
from collections import Counter
from collections.abc import Callable

from tests.conformance.outcomes import Outcomes
from tests.conformance.suites import ROOT, Line, Suite, suites


DOCUMENT = ROOT / "docs" / "conformance.md"

UNTESTED = "not yet"

_HEAD = """\
# Conformance

Statements about what AWS's services do, each with a test that holds the emulator to it. Written by
`make conformance` from its run; a test of `make test` fails when a statement, a test or a result
differs from what stands here.

*documented*: AWS says so. *observed*: users of the real service have published it (no link: the
capture has no public address). *unclear*: there is no reliable evidence, and the last column says
what this emulator does.
"""

_ROW = re.compile(r"^\| (\d+) \|.*\| (passes|fails|not yet) \|[^|]*\|$", re.MULTILINE)


def render(outcomes: Outcomes) -> str:
    """The document for a run in which every test ran.

    Raises `ValueError` for a statement whose tests did not all run.
    """

    def result(suite: Suite, line: Line, tests: list[str]) -> str:
        outcome = outcomes.of(tests)
        if outcome is None:
            raise ValueError(f"{suite.name} {line.number}: not all of its tests ran")
        return outcome

    return _document(result)


def renew(document: str, outcomes: Outcomes) -> str:
    """What `document` should be: today's statements and tests, the results of this run, and for
    tests that it left out, the results that stand there."""
    recorded = _recorded(document)

    def result(suite: Suite, line: Line, tests: list[str]) -> str:
        known = recorded.get((suite.title, line.number), UNTESTED)
        return outcomes.of(tests) or known

    return _document(result)


def _document(result: Callable[[Suite, Line, list[str]], str]) -> str:
    return "\n".join([_HEAD, *(_section(suite, result) for suite in suites())])


def _section(suite: Suite, result: Callable[[Suite, Line, list[str]], str]) -> str:
    tests = suite.tests()
    rows = []
    counts: Counter[str] = Counter()
    for line in suite.lines:
        own = tests.get(line.number, [])
        outcome = result(suite, line, own) if own else UNTESTED
        counts[outcome] += 1
        rows.append(_row(suite, line, own, outcome))
    words = {"passes": "pass", "fails": "fail", UNTESTED: "are not tested yet"}
    count = ", ".join(f"{counts[each]} {word}" for each, word in words.items())
    return "\n".join(
        [
            f"## {suite.title}",
            "",
            f"{len(suite.lines)} statements: {count}.",
            "",
            "| no. | statement | evidence | test | result | our choice |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _row(suite: Suite, line: Line, tests: list[str], outcome: str) -> str:
    files = sorted({test.partition("::")[0] for test in tests})
    links = ", ".join(f"[{file.rpartition('/test_')[2][:-3]}](../{file})" for file in files)
    url = suite.sources[line.source] if line.source else ""
    evidence = f"[{line.evidence}]({url})" if url else line.evidence
    statement = line.statement.replace("|", "\\|")
    return f"| {line.number} | {statement} | {evidence} | {links} | {outcome} | {line.choice} |"


def _recorded(document: str) -> dict[tuple[str, int], str]:
    """The results that stand in the document, by title and number."""
    found = {}
    for section in document.split("\n## ")[1:]:
        title = section.partition("\n")[0]
        for row in _ROW.finditer(section):
            found[title, int(row[1])] = row[2]
    return found
