"""A stack's functions made ready: their packages, their variables, their pool."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from emulator.clock import Clock, Entropy
from emulator.iam.credentials import KeyRing
from emulator.runtime.packages import RUNTIME_REQUIREMENTS, Packages
from emulator.runtime.pool import Pool
from emulator.runtime.variables import function_variables
from emulator.telemetry.logs import LogGroups
from emulator.template.model import Function, Stack


async def start_functions(
    stack: Stack,
    data_dir: Path,
    keys: KeyRing,
    endpoints: Mapping[str, str],
    sources: tuple[Clock, Entropy],
) -> Pool:
    """A pool that knows every function of the stack. No process is started yet.

    `endpoints` are the variables by which SDKs find the emulated services.
    """
    clock, entropy = sources
    packages = Packages(data_dir / "packages", entropy)
    logs = LogGroups(data_dir / "logs")
    pool = Pool(clock, entropy, logs.open, data_dir / "tmp")
    for function in stack.functions.values():
        variables = function_variables(
            function,
            region=stack.region,
            credentials=keys.add_role(
                function.role_arn, function.name, stack.roles.get(function.role_arn)
            ),
            endpoints=endpoints,
            search_path=await asyncio.to_thread(_search_path, function, packages),
        )
        pool.add(function, variables)
    return pool


def _search_path(function: Function, packages: Packages) -> list[Path]:
    """The function's code, the packages that it declares, those that every function has."""
    declared = function.code / "requirements.txt"
    own = [packages.install(declared)] if declared.is_file() else []
    return [function.code, *own, packages.install(RUNTIME_REQUIREMENTS)]
