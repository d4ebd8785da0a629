"""One edit of the emulator for each statement, which exactly that statement's test must notice.

A suite's mutants stand in `<suite>_mutants.toml`. A test that passes on the broken code asserts
nothing; one that fails on another statement's is about more than its statement.
"""

import queue
import shutil
import subprocess
import sys
import tempfile
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.suites import FOLDER, ROOT, Suite, number_of


AT_ONCE = 2
"""Runs side by side."""

_LEFT_OUT = (".*", "node_modules", "static", "docs", "__pycache__")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One edit: in `file`, the only occurrence of `old` becomes `new`."""

    line: int
    file: str
    old: str
    new: str
    also: tuple[int, ...] = ()
    """Statements that cannot but fail with it; `reason` says why."""
    reason: str = ""

    def edit(self, tree: Path) -> str:
        """The edited source. Raises `ValueError` unless `old` stands there exactly once."""
        source = (tree / self.file).read_text()
        if source.count(self.old) != 1:
            raise ValueError(f"{self.line}: found {source.count(self.old)} times: {self.old!r}")
        return source.replace(self.old, self.new)


def mutants(suite: Suite) -> list[Mutant]:
    """All mutants of a suite."""
    document = tomllib.loads((FOLDER / f"{suite.name}_mutants.toml").read_text())
    return [
        Mutant(**{**each, "also": tuple(each.get("also", ()))})
        for each in document.get("mutant", [])
    ]


def judge(suite: Suite, chosen: list[Mutant]) -> Iterator[tuple[Mutant, set[int]]]:
    """Run the suite on each mutant; yields it with the statements whose tests failed."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(AT_ONCE) as threads:
        trees: queue.SimpleQueue[Path] = queue.SimpleQueue()
        for index in range(AT_ONCE):
            trees.put(_copy(Path(folder) / str(index)))

        def run(mutant: Mutant) -> set[int]:
            tree = trees.get()
            try:
                return _failed(suite, mutant, tree)
            finally:
                trees.put(tree)

        yield from zip(chosen, threads.map(run, chosen), strict=True)


def _copy(tree: Path) -> Path:
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*_LEFT_OUT), symlinks=True)
    # Installed packages and the engine are shared; nothing in them is edited.
    for name in (".cache", "node_modules"):
        (ROOT / name).mkdir(exist_ok=True)
        (tree / name).symlink_to(ROOT / name)
    return tree


def _failed(suite: Suite, mutant: Mutant, tree: Path) -> set[int]:
    path = tree / mutant.file
    original = path.read_text()
    path.write_text(mutant.edit(tree))
    report = tree / "report.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", str(suite.folder.relative_to(ROOT)), "-q"]
    options = [
        f"--junit-xml={report}",
        "-o",
        f"cache_dir={tree}/.pytest",
    ]
    try:
        run = subprocess.run(
            [*command, *options], cwd=tree, capture_output=True, text=True, check=False
        )
        if not report.exists():
            raise AssertionError(f"{mutant.line}: the run broke off:\n{run.stdout}{run.stderr}")
        return set(_failures(report))
    finally:
        path.write_text(original)


def _failures(report: Path) -> Iterator[int]:
    for case in ET.parse(report).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            number = number_of(case.attrib["name"])
            assert number is not None, case.attrib
            yield number
