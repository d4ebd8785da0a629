"""The init phase: what goes wrong while a function is loaded."""

import asyncio

import pytest

from tests.emulator.runtime.workbench import Bench
from tests.fakes import until


@pytest.mark.parametrize(
    ("source", "handler", "error", "message"),
    [
        ("import nothing_of_this_name", "module.handler", "Runtime.ImportModuleError", "No module"),
        ("def other(e, c): ...", "module.handler", "Runtime.HandlerNotFound", "'handler' missing"),
        ("def handler(:", "module.handler", "Runtime.UserCodeSyntaxError", "Syntax error"),
        ("", "nodot", "Runtime.MalformedHandlerName", "Bad handler"),
        ("", "absent.handler", "Runtime.ImportModuleError", "Unable to import"),
        ("raise RuntimeError('at load')", "module.handler", "RuntimeError", "at load"),
        ("import os\nos._exit(5)", "module.handler", "Runtime.ExitError", "exit status 5"),
    ],
)
async def test_a_function_that_cannot_be_loaded(
    bench: Bench, source: str, handler: str, error: str, message: str
) -> None:
    """The init phase is tried once more as part of each event, which gets the reason then, and
    nothing restarts for ever."""
    bench.add(source, handler=handler)
    results = await asyncio.wait_for(asyncio.gather(bench.call(1), bench.call(2)), 20)
    assert [result.error for result in results] == [error, error]
    assert message in results[0].document()["errorMessage"]
    started = len(bench.logs)
    assert started == 4
    await until(lambda: all(log.closed for _, _, log in bench.logs))
    assert len(bench.logs) == started


async def test_a_failed_warm_up_costs_no_event(bench: Bench) -> None:
    """A function that cannot be loaded is not started over and over without an event."""
    bench.add("raise RuntimeError('at load')")
    bench.pool.warm_up()
    await until(lambda: bool(bench.logs) and bench.logs[0][2].closed)
    assert len(bench.logs) == 1
    assert "at load" in bench.log
    assert (await bench.call()).error == "RuntimeError"


async def test_an_init_phase_that_never_ends(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is cut off at the limit, and once more, within an event, at the function's timeout."""
    monkeypatch.setattr("emulator.runtime.worker.INIT_LIMIT", 0.3)
    bench.add("import time\ntime.sleep(60)", timeout=0.5)
    result = await asyncio.wait_for(bench.call(), 10)
    assert result.error == result.document()["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 0.50 seconds" in result.document()["errorMessage"]
    assert "Phase: init\tStatus: timeout" in bench.log
    await until(lambda: "REPORT RequestId" in bench.log)
    assert bench.log.count("START RequestId") == 1


async def test_a_slow_init_phase_fits_into_the_timeout(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module that takes longer than the init limit is loaded within its first event."""
    monkeypatch.setattr("emulator.runtime.worker.INIT_LIMIT", 0.3)
    bench.add("import time\ntime.sleep(0.6)\ndef handler(event, context): return event", timeout=20)
    assert await asyncio.wait_for(bench.answer("late"), 20) == "late"
    assert await bench.answer("warm") == "warm"
    assert len({stream for _, stream, _ in bench.logs}) == 1


async def test_the_deadline_counts_from_before_a_repeated_init(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What loading has taken is missing from the time that the handler has left."""
    monkeypatch.setattr("emulator.runtime.worker.INIT_LIMIT", 0.3)
    bench.add(
        """
        import time
        time.sleep(0.6)

        def handler(event, context):
            return context.get_remaining_time_in_millis()
        """,
        timeout=20,
    )
    assert await bench.answer() < 19_400
    assert await bench.answer() > 19_400
