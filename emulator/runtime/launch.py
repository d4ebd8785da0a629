"""How the process of an execution environment is started."""

import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emulator.template.model import Function


@dataclass(frozen=True, slots=True)
class Launch:
    """What one environment's process is started with."""

    function: Function
    environment: Mapping[str, str]
    temporary: Path
    """A folder of the environment's own: its TMPDIR."""

    @property
    def runtime_version(self) -> str:
        """What INIT_START calls it; on AWS `python:3.13.v42`."""
        return f"python:{platform.python_version()}.labchat"

    @property
    def command(self) -> Sequence[str]:
        """The official runtime interface client on the interpreter that this program runs on.

        `-S` keeps the interpreter's own site-packages out of sight: the function sees only what
        PYTHONPATH names.
        """
        return [sys.executable, "-S", "-m", "awslambdaric", self.function.handler]
