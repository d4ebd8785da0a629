"""How many events are handled at once: limits, throttling, and what becomes of idle environments."""

import asyncio
from typing import Any

import pytest

from emulator.runtime.environment import environments_to_retire
from emulator.runtime.invoker import Result
from tests.emulator.runtime.workbench import Bench
from tests.fakes import until


PID = "import os\ndef handler(event, context): return os.getpid()"

GATED = """
import os, pathlib, time

def handler(event, context):
    pathlib.Path(event["on"]).touch()
    while not pathlib.Path("../go").exists():
        time.sleep(0.005)
    return os.getpid()
"""
"""Says that it has begun and waits for permission to end."""


async def occupy(bench: Bench, count: int, name: str = "f") -> list[asyncio.Task[Any]]:
    """Have `count` events handled, none of which ends before `go`."""
    notes = [bench.folder / f"{name}{number}" for number in range(count)]
    calls = [asyncio.create_task(bench.call({"on": str(note)}, name)) for note in notes]
    await until(lambda: all(note.exists() for note in notes), within=20)
    return calls


def go(bench: Bench) -> None:
    (bench.folder / "go").touch()


def assert_throttled(result: Result, reason: str) -> None:
    assert (result.status, result.error) == (429, "TooManyRequestsException")
    assert result.document()["reason"] == reason


async def test_a_burst_is_served_by_as_many_environments_as_may_be(bench: Bench) -> None:
    """Events beyond the limit wait a moment for an environment; none is refused."""
    bench.configure(concurrency=2)
    bench.add(PID)
    pids = await asyncio.gather(*(bench.answer() for _ in range(20)))
    assert 1 <= len(set(pids)) <= 2


async def test_the_account_s_limit_throttles(bench: Bench) -> None:
    """With all of the account's concurrency in use for long, an event of any function fails."""
    bench.configure(concurrency=2)
    bench.add(GATED, name="f")
    bench.add(GATED, name="g")
    calls = [*await occupy(bench, 1, "f"), *await occupy(bench, 1, "g")]

    assert_throttled(await bench.call({}, "f"), "ConcurrentInvocationLimitExceeded")

    go(bench)
    assert [(await call).error for call in calls] == [None, None]
    assert (await bench.call({"on": str(bench.folder / "later")}, "f")).error is None


async def test_a_reserved_concurrency_throttles_at_once(bench: Bench) -> None:
    """It limits its own function alone, and takes nothing from the others."""
    bench.configure(concurrency=1)
    bench.add(GATED, name="f", reserved=2)
    bench.add(GATED, name="g")
    calls = [*await occupy(bench, 2, "f"), *await occupy(bench, 1, "g")]

    refused = await asyncio.wait_for(bench.call({}, "f"), 0.5)

    assert_throttled(refused, "ReservedFunctionConcurrentInvocationLimitExceeded")
    go(bench)
    assert [(await call).error for call in calls] == [None, None, None]


async def test_a_reserved_concurrency_of_zero_turns_a_function_off(bench: Bench) -> None:
    """No event reaches it, and nothing is started for it."""
    bench.add(PID, reserved=0)
    bench.pool.warm_up()
    assert_throttled(await bench.call(), "ReservedFunctionConcurrentInvocationLimitExceeded")
    assert bench.logs == []


@pytest.mark.parametrize(
    "body",
    [
        "raise ValueError",
        "os._exit(3)",
        "time.sleep(60)",
        "return object()",
    ],
)
async def test_whatever_becomes_of_an_event_it_gives_its_place_back(
    bench: Bench, body: str
) -> None:
    """Errors, crashes and timeouts do not use up the concurrency."""
    bench.configure(concurrency=1)
    source = f"import os, time\ndef handler(event, context):\n    if event:\n        {body}"
    bench.add(source, timeout=0.5)
    for _ in range(2):
        assert (await bench.call("go wrong")).error
        assert (await bench.call("")).error is None


async def test_a_caller_that_gives_up_gives_its_place_back_when_the_event_ends(
    bench: Bench,
) -> None:
    """A gateway that stops waiting does not stop the function, which keeps its place till then."""
    bench.configure(concurrency=1)
    bench.add(GATED)
    (call,) = await occupy(bench, 1)
    call.cancel()
    assert (await bench.call({})).error == "TooManyRequestsException"
    go(bench)
    assert (await bench.call({"on": str(bench.folder / "later")})).error is None


async def test_idle_environments_are_retired_but_for_one(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a burst the processes go, and the next event still finds one ready."""
    monkeypatch.setattr("emulator.runtime.pool.RETIRE_EVERY", 0.05)
    monkeypatch.setattr("emulator.runtime.pool.IDLE_LIMIT", 0.2)
    bench.add(GATED)
    bench.pool.warm_up()
    calls = await occupy(bench, 3)
    go(bench)
    pids = {(await call).document() for call in calls}
    assert len(pids) == 3

    await until(lambda: sum(log.closed for _, _, log in bench.logs) == 2, within=10)

    assert await bench.answer({"on": str(bench.folder / "later")}) in pids
    assert len(bench.logs) == 3


def test_which_environments_are_retired() -> None:
    """Those that have been idle for longer than the limit, but never a function's last."""
    assert environments_to_retire([], alive=0, limit=300) <= 0
    assert environments_to_retire([301], alive=1, limit=300) == 0
    assert environments_to_retire([301], alive=2, limit=300) == 1
    assert environments_to_retire([900, 301, 300, 1], alive=5, limit=300) == 2
    assert environments_to_retire([900, 800], alive=2, limit=300) == 1
