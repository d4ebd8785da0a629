"""A stack's functions made ready, in a pool."""

from collections.abc import Mapping
from pathlib import Path

from emulator.clock import Clock, Entropy
from emulator.iam.credentials import KeyRing
from emulator.runtime.pool import Pool
from emulator.runtime.prepare import Preparation
from emulator.telemetry.logs import LogGroups
from emulator.template.model import Stack


async def start_functions(
    stack: Stack,
    data_dir: Path,
    keys: KeyRing,
    endpoints: Mapping[str, str],
    sources: tuple[Clock, Entropy],
    concurrency: int,
) -> tuple[Pool, Preparation]:
    """A pool that knows every function of the stack, and what has made them ready.

    No process is started yet. `endpoints` are the variables by which SDKs find the emulated
    services; `concurrency` is the account's limit.
    """
    clock, entropy = sources
    preparation = Preparation(data_dir, entropy, keys, stack.region, endpoints)
    logs = LogGroups(data_dir / "logs")
    pool = Pool(clock, entropy, logs.open, data_dir / "tmp", concurrency)
    functions = []
    for declared in stack.functions.values():
        function, variables = await preparation.ready(declared)
        pool.add(function, variables)
        functions.append(function)
    await preparation.forget_others(functions)
    return pool, preparation
