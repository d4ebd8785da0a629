"""What the rest of the runtime asks of a language."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from emulator.runtime.debugging import Debugger
from emulator.runtime.packages import Packages
from emulator.template.model import Function


class EntrypointError(Exception):
    """The function's code has no program that could be started; the message is AWS's."""


class Language(Protocol):
    """A family of Lambda runtimes, such as `nodejs22.x` and `nodejs24.x`."""

    def version(self, function: Function) -> str:
        """What runs the function, as in `python:3.13.1`."""
        ...

    async def search_path(
        self, function: Function, source: Path | None, packages: Packages
    ) -> list[Path]:
        """The folders that the function imports from, installed if need be.

        `source` is the folder of its source code, whose declared packages are installed; a package
        that was built holds them itself. Raises `UsageError` if an installation fails.
        """
        ...

    def variables(
        self, function: Function, search_path: Sequence[Path], *, keep_bytecode: bool
    ) -> Mapping[str, str]:
        """The environment variables that only this language needs."""
        ...

    def command(self, function: Function, debugger: Debugger | None) -> Sequence[str]:
        """The program that speaks to the Runtime API, and its arguments.

        With a `debugger` it waits for one before it loads the function's code. Raises
        `EntrypointError` if the function brings its own program and that cannot be started.
        """
        ...

    async def debugger(self, port: int | None, packages: Packages) -> Debugger:
        """What it takes to debug a function, installed if need be; `port` is the usual one if it
        is not given. Raises `UsageError` if that is not possible.
        """
        ...
