"""Custom runtimes: the function brings a program named `bootstrap` in whatever language.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from emulator.errors import UsageError
from emulator.runtime.debugging import Debugger
from emulator.runtime.languages.language import EntrypointError
from emulator.runtime.packages import Packages
from emulator.template.model import Function


class Custom:
    """`provided`, `provided.al2` and `provided.al2023`."""

    def version(self, function: Function) -> str:
        """Only the function knows more."""
        return function.runtime.replace(".", ":")

    async def search_path(
        self, function: Function, source: Path | None, packages: Packages
    ) -> list[Path]:
        """None: a program finds by itself what it needs."""
        return []

    def variables(
        self, function: Function, search_path: Sequence[Path], *, keep_bytecode: bool
    ) -> Mapping[str, str]:
        """None of its own."""
        return {}

    def command(self, function: Function, debugger: Debugger | None) -> Sequence[str]:
        """The program, of the code or else of a layer, without arguments; it finds the handler's
        name in `_HANDLER`."""
        folders = [function.code, *reversed(function.layers)]
        programs = [folder / "bootstrap" for folder in folders]
        program = next((each for each in programs if each.is_file()), None)
        if program is None:
            looked_for = " ".join(map(str, programs))
            raise EntrypointError(f"Couldn't find valid bootstrap(s): [{looked_for}]")
        if not os.access(program, os.X_OK):
            raise EntrypointError(f"fork/exec {program}: permission denied")
        with program.open("rb") as file:
            first = file.readline(256)
        if first.startswith(b"#!"):
            _check_interpreter(program, first)
        elif not first.startswith(b"\x7fELF"):
            # Left to itself, exec would have a shell run it, which Lambda does not.
            raise EntrypointError(f"fork/exec {program}: exec format error")
        return [str(program)]

    async def debugger(self, port: int | None, packages: Packages) -> Debugger:
        """None that would fit every program."""
        raise UsageError(
            "--debug: functions of the runtimes python3.x and nodejs*.x can be debugged; the program "
            "of a custom runtime must wait for a debugger by itself."
        )


def _check_interpreter(program: Path, first: bytes) -> None:
    """Also a carriage return at the end of the line makes it another file, which is not there."""
    interpreter, _, _ = first[2:].strip(b" \t\n").partition(b" ")
    if not os.path.exists(interpreter):
        raise EntrypointError(f"fork/exec {program}: no such file or directory")
