"""A stack's functions made ready, in a pool."""

from collections.abc import Callable
from pathlib import Path

from emulator.clock import Clock, Entropy
from emulator.runtime.log import Log
from emulator.runtime.pool import Pool
from emulator.runtime.prepare import Preparation
from emulator.template.model import Stack


async def start_functions(
    stack: Stack,
    data_dir: Path,
    preparation: Preparation,
    sources: tuple[Clock, Entropy],
    open_log: Callable[[str, str], Log],
    concurrency: int,
) -> Pool:
    """A pool that knows every function of the stack. No process is started yet.

    `open_log` makes a log stream from a group's and a stream's name; `concurrency` is the
    account's limit.
    """
    pool = Pool(*sources, open_log, data_dir / "tmp", concurrency)
    functions = []
    for declared in stack.functions.values():
        function, variables = await preparation.ready(declared)
        pool.add(function, variables)
        functions.append(function)
    await preparation.forget_others(functions)
    return pool
