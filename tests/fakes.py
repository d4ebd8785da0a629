"""Stand-ins for time, chance, functions and sockets, which tests pass in."""

import asyncio
import base64
import itertools
import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emulator.clock import Clock, Entropy
from emulator.runtime.invoker import Result


START = 1_700_000_000.0
"""When a `FakeClock` starts: 14 November 2023, 22:13:20 UTC."""


class FakeTimer(asyncio.TimerHandle):
    """A callback of a `FakeClock`'s."""

    def __init__(self, at: float, callback: Callable[[], None]) -> None:
        super().__init__(at, callback, (), asyncio.get_running_loop())

    def cancel(self) -> None:
        self._cancelled = True


class FakeClock(Clock):
    """Stands still until it is moved; then it calls back what has come due, in order."""

    def __init__(self, scale: float = 1.0) -> None:
        super().__init__(scale)
        self.at = START
        self.timers: list[FakeTimer] = []

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    def call_later(self, seconds: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        self.timers.append(FakeTimer(self.at + seconds, callback))
        return self.timers[-1]

    def advance(self, seconds: float) -> None:
        end = self.at + seconds
        while due := [timer for timer in self.timers if timer.when() <= end]:
            timer = min(due)
            self.timers.remove(timer)
            self.at = max(self.at, timer.when())
            if not timer.cancelled():
                timer._run()
        self.at = end


class FakeEntropy(Entropy):
    """Counts instead of drawing lots: the n-th thing made of it says so."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def bytes(self, count: int) -> bytes:
        return next(self._numbers).to_bytes(count, "big")

    def uuid(self) -> str:
        return f"00000000-0000-4000-8000-{next(self._numbers):012d}"

    def digits(self, count: int) -> str:
        return f"{next(self._numbers):0{count}d}"

    def gateway_id(self) -> str:
        return base64.urlsafe_b64encode(next(self._numbers).to_bytes(11, "big")).decode()


class FakeInvoker:
    """Runs a Python function in place of a Lambda function and remembers the events.

    A function may return a `Result`, or anything that JSON can hold; `gates` makes an invocation
    wait until the test lets it go on.
    """

    def __init__(self, **functions: Callable[[dict[str, Any]], Any]) -> None:
        self.functions = functions
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.gates: dict[str, asyncio.Event] = {}

    async def invoke(self, function: str, event: bytes) -> Result:
        document = json.loads(event)
        self.events.append((function, document))
        if function in self.gates:
            await self.gates[function].wait()
        outcome = self.functions[function](document)
        return outcome if isinstance(outcome, Result) else Result(json.dumps(outcome).encode())

    def of(self, function: str) -> list[dict[str, Any]]:
        """The events that one function got."""
        return [event for name, event in self.events if name == function]


def failure(message: str, error_type: str = "Exception") -> Result:
    """What a function that raised comes to."""
    document = {"errorMessage": message, "errorType": error_type}
    return Result(json.dumps(document).encode(), error_type)


class RecordingSocket:
    """A connection's socket and ASGI `send`: keeps what it is given, in order.

    What `waiting` says is the test's to set.
    """

    def __init__(self) -> None:
        self.sent: list[Mapping[str, Any]] = []
        self.waiting = 0
        self.error: Exception | None = None
        self.aborted: list[float] = []

    def write(self, text: str) -> None:
        self.sent.append({"type": "websocket.send", "text": text})

    def abort_after(self, seconds: float) -> None:
        self.aborted.append(seconds)

    async def __call__(self, message: dict[str, Any]) -> None:
        if self.error is not None:
            raise self.error
        self.sent.append(message)

    @property
    def texts(self) -> list[str]:
        """The text messages, in order."""
        return [message["text"] for message in self.sent if message["type"] == "websocket.send"]


async def until(condition: Callable[[], bool], within: float = 5) -> None:
    """Wait until something is so that another program or task does in its own time."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        await asyncio.sleep(0.002)


class MemoryLog:
    """A log stream in memory."""

    full = False

    def __init__(self) -> None:
        self.events: list[tuple[int, str]] = []
        self.measurements: list[tuple[str, float, bool]] = []
        self.closed = False

    def append(self, events: Sequence[tuple[int, str]]) -> None:
        assert not self.closed, f"written after the end: {events!r}"
        self.events += events

    def measured(self, function: str, duration_ms: float, *, failed: bool) -> None:
        self.measurements.append((function, duration_ms, failed))

    def close(self) -> None:
        assert not self.closed, "closed twice"
        self.closed = True

    @property
    def messages(self) -> list[str]:
        """The events' messages."""
        return [message for _, message in self.events]

    @property
    def text(self) -> str:
        """All that was logged, each event on lines of its own."""
        return "".join(f"{message.rstrip()}\n" for message in self.messages)
