"""A stack's functions made ready: their packages, their variables, their pool."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from emulator.clock import Clock, Entropy
from emulator.iam.credentials import KeyRing
from emulator.runtime.languages.known import language_of
from emulator.runtime.packages import Packages
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
    concurrency: int,
) -> Pool:
    """A pool that knows every function of the stack. No process is started yet.

    `endpoints` are the variables by which SDKs find the emulated services; `concurrency` is the
    account's limit.
    """
    clock, entropy = sources
    packages = Packages(data_dir / "packages", entropy)
    logs = LogGroups(data_dir / "logs")
    pool = Pool(clock, entropy, logs.open, data_dir / "tmp", concurrency)
    for function in stack.functions.values():
        variables = function_variables(
            function,
            region=stack.region,
            credentials=keys.add_role(function.role_arn, function.name),
            endpoints=endpoints,
            search_path=await asyncio.to_thread(
                language_of(function).search_path, function, packages
            ),
        )
        pool.add(function, variables)
    return pool


async def debug_function(pool: Pool, function: Function, port: int | None, packages: Path) -> None:
    """Have a function of the pool wait for a debugger; `packages` is the folder for installed ones.

    Raises `UsageError` if its language cannot be debugged or the port is taken.
    """
    installer = Packages(packages, Entropy())
    debugger = await asyncio.to_thread(language_of(function).debugger, port, installer)
    debugger.check()
    pool.debug(function.name, debugger)
