"""Python: AWS's own runtime interface client on the interpreter that runs the emulator."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from emulator.runtime.packages import RUNTIME_REQUIREMENTS, Packages
from emulator.template.model import Function


class Python:
    """`python3.x`, whatever minor version the template names."""

    def search_path(self, function: Function, packages: Packages) -> list[Path]:
        """The function's code, the packages that it declares, those that every function has."""
        declared = function.code / "requirements.txt"
        own = [packages.install(declared)] if declared.is_file() else []
        return [function.code, *own, packages.install(RUNTIME_REQUIREMENTS)]

    def variables(self, function: Function, search_path: Sequence[Path]) -> Mapping[str, str]:
        """Where packages are is this machine's matter; the template may add folders."""
        added = function.environment.get("PYTHONPATH", "").split(":")
        folders = [*(str(folder) for folder in search_path), *added]
        return {
            "PYTHONPATH": ":".join(filter(None, folders)),
            # The code folder is read-only on AWS: no bytecode is written there.
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def command(self, function: Function) -> Sequence[str]:
        """`-S` keeps the interpreter's own site-packages out of sight: the function sees only what
        PYTHONPATH names."""
        return [sys.executable, "-S", "-m", "awslambdaric", function.handler]
