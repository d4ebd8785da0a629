"""The memory limit of functions, and the peak that REPORT names."""

import re

import pytest

from tests.emulator.runtime.workbench import Bench
from tests.fakes import until


HOG = """
import subprocess, sys, time

def handler(event, context):
    if event == "alone":
        hold = bytearray(400 * 1024 * 1024)
    if event == "child":
        code = "hold = bytearray(400 * 1024 * 1024); import time; time.sleep(20)"
        subprocess.run([sys.executable, "-c", code])
    if event == "briefly":
        del [bytearray(60 * 1024 * 1024)][0]
    if event in {"alone", "child"}:
        time.sleep(20)
    return "fine"
"""


def reported_mb(log: str) -> list[int]:
    return [int(peak) for peak in re.findall(r"Max Memory Used: (\d+) MB", log)]


@pytest.mark.parametrize("event", ["alone", "child"])
async def test_a_function_above_its_memory_size_is_stopped(bench: Bench, event: str) -> None:
    """Its event gets the error of a process that the kernel ended for its memory; what it has
    started counts too. The next event finds a new environment."""
    bench.add(HOG, memory_mb=200, timeout=20)
    assert await bench.answer() == "fine"

    result = await bench.call(event)

    assert result.error == result.document()["errorType"] == "Runtime.OutOfMemory"
    assert result.document()["errorMessage"].endswith("Runtime exited with error: signal: killed")
    await until(lambda: "Error Type: Runtime.OutOfMemory" in bench.log)
    duration = re.findall(r"Duration: ([\d.]+) ms\tBilled", bench.log)[-1]
    assert float(duration) < 5_000
    assert reported_mb(bench.log)[-1] > 200
    assert await bench.answer() == "fine"


async def test_the_peak_is_the_real_one(bench: Bench) -> None:
    """Memory that was held only between two looks counts as well."""
    bench.add(HOG, memory_mb=1000)
    await bench.answer()
    await bench.answer("briefly")
    await until(lambda: len(reported_mb(bench.log)) == 2)
    before, after = reported_mb(bench.log)
    assert before < 60
    assert before + 50 < after < before + 80


async def test_memory_taken_while_loading_counts(bench: Bench) -> None:
    """A module that takes too much is stopped in its init phase."""
    bench.add("import time\nhold = bytearray(400 * 1024 * 1024)\ntime.sleep(20)", memory_mb=200)
    result = await bench.call()
    assert result.error == "Runtime.OutOfMemory"
    assert "INIT_REPORT" in bench.log


async def test_what_processes_share_counts_once(bench: Bench) -> None:
    """A forked child holds the same pages as its parent: together they are within the limit."""
    bench.add(
        """
        import os, time
        hold = bytearray(os.urandom(1024)) * (120 * 1024)

        def handler(event, context):
            child = os.fork()
            if child == 0:
                time.sleep(0.5)
                os._exit(0)
            os.waitpid(child, 0)
            return "fine"
        """,
        memory_mb=200,
    )
    assert await bench.answer() == "fine"
