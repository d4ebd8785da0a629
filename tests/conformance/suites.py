"""Suites as data: their statements, and which tests in the source prove them."""

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]

_NUMBERED = re.compile(r"test_([a-z]?)(\d+)_\w+")


@dataclass(frozen=True, slots=True)
class Line:
    """One statement about AWS, in our words."""

    number: int
    statement: str
    evidence: Literal["documented", "observed", "unclear"]
    source: str
    """A key of the suite's `sources`; empty for captures that have no public address."""
    choice: str = ""
    """What the emulator does where AWS's behaviour is unknown."""


@dataclass(frozen=True, slots=True)
class Suite:
    """The statements about one service."""

    name: str
    title: str
    sources: Mapping[str, str]
    lines: tuple[Line, ...]

    @property
    def folder(self) -> Path:
        """Where its tests are."""
        return FOLDER / self.name

    def tests(self) -> dict[int, list[str]]:
        """The tests of each statement, as `file::function`, read from the source."""
        found: dict[int, list[str]] = {}
        for path in sorted(self.folder.glob("test_*.py")):
            for name in _tests_in(path):
                number = number_of(name)
                if number is None:
                    raise ValueError(f"{path.name}: {name} names no statement")
                found.setdefault(number, []).append(f"{path.relative_to(ROOT)}::{name}")
        return found


def suites() -> list[Suite]:
    """Every suite that there is."""
    paths = sorted(FOLDER.glob("*.toml"), reverse=True)
    return [load(path) for path in paths if not path.stem.endswith("_mutants")]


def load(path: Path) -> Suite:
    """Read a suite's statements."""
    document = tomllib.loads(path.read_text())
    lines = tuple(Line(**line) for line in document["line"])
    return Suite(path.stem, document["title"], document["sources"], lines)


def number_of(test: str) -> int | None:
    """The number in the name of a test, such as 17 in `test_017_…` and 1 in `test_c01_…`."""
    match = _NUMBERED.match(test)
    return int(match[2]) if match else None


def _tests_in(path: Path) -> Iterator[str]:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith(
            "test"
        ):
            yield node.name
