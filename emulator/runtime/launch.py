"""How the process of an execution environment is started."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emulator.runtime.loopback import PYTHON
from emulator.template.model import Function


@dataclass(frozen=True, slots=True)
class Launch:
    """What one environment's process is started with."""

    function: Function
    environment: Mapping[str, str]
    temporary: Path
    """A folder of the environment's own: its TMPDIR."""

    @property
    def command(self) -> Sequence[str]:
        """The official runtime interface client on the interpreter that this program runs on.

        `-S` keeps the interpreter's own site-packages out of sight: the function sees only what
        PYTHONPATH names.
        """
        return [sys.executable, "-S", str(PYTHON), "awslambdaric", self.function.handler]
