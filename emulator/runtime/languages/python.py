"""Python: AWS's own runtime interface client on the interpreter that runs the emulator."""

import platform
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from emulator.runtime.code.paths import joined, python_path
from emulator.runtime.debugging import Debugger
from emulator.runtime.loopback import PYTHON
from emulator.runtime.packages import RUNTIME_REQUIREMENTS, Packages
from emulator.template.model import Function


_DEBUGPY = RUNTIME_REQUIREMENTS.with_name("debugger.txt")


class Python:
    """`python3.x`, whatever minor version the template names."""

    def version(self, function: Function) -> str:
        """The interpreter's, which may differ from the template's."""
        return f"python:{platform.python_version()}"

    async def search_path(
        self, function: Function, source: Path | None, packages: Packages
    ) -> list[Path]:
        """The code, the packages that it declares, the layers, what every function has."""
        declared = source / "requirements.txt" if source else None
        own = [await packages.install(declared)] if declared and declared.is_file() else []
        return python_path(function, own, await packages.install(RUNTIME_REQUIREMENTS))

    def variables(
        self, function: Function, search_path: Sequence[Path], *, keep_bytecode: bool
    ) -> Mapping[str, str]:
        """Where packages are is this machine's matter; the template may add folders."""
        added = filter(None, function.environment.get("PYTHONPATH", "").split(":"))
        return {
            "PYTHONPATH": joined([*search_path, *added]),
            # The code folder is read-only on AWS, and it is the person's own.
            **({} if keep_bytecode else {"PYTHONDONTWRITEBYTECODE": "1"}),
        }

    def command(self, function: Function, debugger: Debugger | None) -> Sequence[str]:
        """`-S` keeps the interpreter's own site-packages out of sight: the function sees only what
        PYTHONPATH names. The debugger is named by its path, which keeps it out of there too.
        """
        client = [str(PYTHON), "awslambdaric", function.handler]
        if debugger is None:
            return [sys.executable, "-S", *client]
        return [
            # Frozen modules cannot be stepped into, of which debugpy warns in the log.
            *(sys.executable, "-S", "-X", "frozen_modules=off"),
            *(str(debugger.tool), "--listen", debugger.address, "--wait-for-client"),
            *("--configure-subProcess", "False"),
            *client,
        ]

    async def debugger(self, port: int | None, packages: Packages) -> Debugger:
        """debugpy, which VS Code and others speak to.

        It is no dependency of the emulator: who never debugs never installs it, and the function
        gets a folder with nothing else in it.
        """
        return Debugger(port or 5678, await packages.install(_DEBUGPY) / "debugpy")
