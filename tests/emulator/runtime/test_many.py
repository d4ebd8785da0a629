"""Many events over many environments, some of which misbehave: each event has its one answer."""

import asyncio
import random
from collections import Counter

import psutil
import pytest

from emulator.runtime.invoker import Result
from tests.emulator.runtime.workbench import Bench
from tests.fakes import until


MISBEHAVING = """
import os, subprocess, time

def handler(event, context):
    number, what = event
    if what == "crash":
        os._exit(7)
    if what == "timeout":
        time.sleep(60)
    if what == "memory":
        hold = bytearray(300 * 1024 * 1024)
        time.sleep(60)
    if what == "orphan":
        subprocess.Popen(["sleep", "61.7"])
        os.abort()
    if what == "raise":
        raise KeyError(number)
    time.sleep(3 if number < 20 else 0.02)  # The first ones need an environment each.
    return number
"""

ERRORS = {
    "answer": None,
    "crash": "Runtime.ExitError",
    "timeout": "Sandbox.Timedout",
    "memory": "Runtime.OutOfMemory",
    "orphan": "Runtime.ExitError",
    "raise": "KeyError",
}
"""What an event asks the function to do, and the error that must come of it."""

WEIGHTS = (80, 6, 3, 3, 3, 5)


@pytest.mark.parametrize(
    "count", [60, pytest.param(1000, marks=[pytest.mark.soak, pytest.mark.timeout(600)])]
)
async def test_every_event_has_exactly_one_answer(bench: Bench, count: int) -> None:
    """Twenty environments under random crashes, timeouts and memory hogs: every result belongs to
    its event, every error is the right one, and no process is left."""
    seed = random.randrange(10**6)
    print("seed", seed)  # noqa: T201 - shown when it fails
    kinds = random.Random(seed).choices(list(ERRORS), WEIGHTS, k=count)
    kinds[:20] = ["answer"] * 20
    bench.configure(concurrency=20)
    bench.add(MISBEHAVING, memory_mb=200, timeout=8)
    callers = asyncio.Semaphore(20)
    most = 0

    async def call(number: int, kind: str) -> Result:
        nonlocal most
        async with callers:
            result = await bench.call([number, kind])
        most = max(most, len(bench.pool._lanes["f"].alive))
        return result

    results = await asyncio.gather(*(call(number, kind) for number, kind in enumerate(kinds)))

    wrong = Counter(
        (kind, result.error)
        for kind, result in zip(kinds, results, strict=True)
        if result.error != ERRORS[kind]
    )
    assert not wrong
    answers = [
        (number, result.document())
        for number, (kind, result) in enumerate(zip(kinds, results, strict=True))
        if kind == "answer"
    ]
    assert all(number == answer for number, answer in answers)
    await until(lambda: bench.log.count("REPORT RequestId") == count, within=20)
    assert "Max Memory Used: 0 MB" not in bench.log
    assert most == 20
    await bench.pool.close()
    await until(
        lambda: not [each for each in psutil.Process().children() if "-S" in each.cmdline()]
    )
    assert not [
        each for each in psutil.process_iter(["cmdline"]) if "61.7" in (each.info["cmdline"] or [])
    ]
