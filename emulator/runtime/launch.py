"""How the process of an execution environment is started."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emulator.runtime.debugging import Debugger
from emulator.runtime.languages.known import language_of
from emulator.template.model import Function


@dataclass(frozen=True, slots=True)
class Launch:
    """What one environment's process is started with."""

    function: Function
    environment: Mapping[str, str]
    temporary: Path
    """A folder of the environment's own: its TMPDIR."""
    debugger: Debugger | None = None
    """Where the process waits before it loads the function's code, if it is debugged."""

    @property
    def runtime_version(self) -> str:
        """What INIT_START calls it; on AWS `python:3.13.v42`."""
        return f"{language_of(self.function).version(self.function)}.labchat"

    @property
    def command(self) -> Sequence[str]:
        """The program and its arguments. Raises `EntrypointError` if there is none."""
        return language_of(self.function).command(self.function, self.debugger)
