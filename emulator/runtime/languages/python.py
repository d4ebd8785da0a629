"""Python: AWS's own runtime interface client on the interpreter that runs the emulator."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from emulator.runtime.debugging import Debugger
from emulator.runtime.packages import RUNTIME_REQUIREMENTS, Packages
from emulator.template.model import Function


_DEBUGPY = RUNTIME_REQUIREMENTS.with_name("debugger.txt")


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

    def command(self, function: Function, debugger: Debugger | None) -> Sequence[str]:
        """`-S` keeps the interpreter's own site-packages out of sight: the function sees only what
        PYTHONPATH names. The debugger is named by its path, which keeps it out of there too.
        """
        client = ["-m", "awslambdaric", function.handler]
        if debugger is None:
            return [sys.executable, "-S", *client]
        return [
            # Frozen modules cannot be stepped into, of which debugpy warns in the log.
            *(sys.executable, "-S", "-X", "frozen_modules=off"),
            *(str(debugger.tool), "--listen", debugger.address, "--wait-for-client"),
            *("--configure-subProcess", "False"),
            *client,
        ]

    def debugger(self, port: int | None, packages: Packages) -> Debugger:
        """debugpy, which VS Code and others speak to.

        It is no dependency of the emulator: who never debugs never installs it, and the function
        gets a folder with nothing else in it.
        """
        return Debugger(port or 5678, packages.install(_DEBUGPY) / "debugpy")
