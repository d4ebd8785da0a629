"""The log of one execution environment: what the function writes, and what the platform adds."""

from collections.abc import Sequence
from typing import Protocol

from emulator.clock import Clock
from emulator.runtime.environment import Report
from emulator.runtime.output import Frames, Lines
from emulator.runtime.system_log import SystemLog, level_of
from emulator.template.model import Function


TAIL = 4096
"""Bytes of `X-Amz-Log-Result`.
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""


class Log(Protocol):
    """Takes a log stream's events. None of its methods waits."""

    @property
    def full(self) -> bool:
        """Whether so much waits to be stored that output is better left out than kept."""

    def append(self, events: Sequence[tuple[int, str]]) -> None:
        """Add events: the time of each in milliseconds since the epoch, and its message."""

    def measured(self, function: str, duration_ms: float, *, failed: bool) -> None:
        """An invocation of a function has ended."""

    def close(self) -> None:
        """Nothing more will come."""


class EnvironmentLog:
    """Turns what happens in an environment into log events."""

    def __init__(self, function: Function, log: Log, clock: Clock) -> None:
        self._function = function
        self._log = log
        self._clock = clock
        self._system = SystemLog(function.logging, function.arn)
        self._lines = Lines()
        self._frames = Frames()
        self._tail = b""
        self._dropped_records = 0
        self._dropped_bytes = 0
        """What was left out since it was last told."""

    @property
    def tail(self) -> bytes:
        """The end of what was logged since the last `start`."""
        return self._tail

    def init_start(self, runtime_version: str) -> None:
        """The environment starts."""
        at = self._clock.now_ms()
        self._platform(at, self._system.init_start(runtime_version, at))

    def init_failed(self, duration_ms: float, phase: str, error: str) -> None:
        """Its init phase has come to nothing; `phase` is `invoke` when that was a repetition."""
        at = self._clock.now_ms()
        self._platform(at, self._system.init_failed(duration_ms, phase, error, at))

    def start(self, request_id: str) -> None:
        """An event is handed over."""
        self._tail = b""
        at = self._clock.now_ms()
        self._platform(at, self._system.start(request_id, at))

    def timed_out(self, request_id: str) -> None:
        """The function is stopped because its time is up."""
        at = self._clock.now_ms()
        timeout = self._function.timeout
        self._platform(at, self._system.timed_out(request_id, timeout, at))

    def died(self, message: str, error: str) -> None:
        """The environment has ended under an event."""
        self._platform(self._clock.now_ms(), self._system.died(message, error))

    def end(self, report: Report, error: str | None) -> None:
        """The event has been handled; `error` is the type of what went wrong."""
        at = self._clock.now_ms()
        self._platform(at, self._system.end(report, error, at))
        failed = error is not None
        self._log.measured(self._function.name, report.duration_ms, failed=failed)

    def output(self, data: bytes) -> None:
        """Standard output or standard error, as it came through the pipe."""
        if self._log.full:
            self._remember(data[-TAIL:])
            self._drop(data.count(b"\n"), len(data))
            self._lines.tear()
        else:
            self._printed(self._lines.feed(data))

    def framed(self, data: bytes) -> None:
        """What the runtime client logged, as it came through the pipe of its own."""
        records = [each for each in self._frames.feed(data) if self._system.wants(each.level)]
        for record in records:
            self._remember(f"{record.message.rstrip()}\n"[-TAIL:].encode())
        if self._log.full:
            self._drop(len(records), len(data))
        elif records:
            self._tell_dropped()
            self._log.append([(record.timestamp, record.message) for record in records])

    def close(self) -> None:
        """The environment is gone."""
        self._platform(self._clock.now_ms(), [])
        self._log.close()

    def _platform(self, at: int, messages: Sequence[str]) -> None:
        """Log what the platform says, after the line that the function has left unfinished."""
        self._printed(self._lines.finish())
        self._tell_dropped()
        for message in messages:
            self._remember(message.encode())
        self._log.append([(at, message) for message in messages])

    def _printed(self, lines: Sequence[str]) -> None:
        if self._function.logging.json:
            lines = [line for line in lines if self._system.wants(level_of(line))]
        if lines:
            self._remember("".join(lines)[-TAIL:].encode())
            self._tell_dropped()
            at = self._clock.now_ms()
            self._log.append([(at, line) for line in lines])

    def _remember(self, text: bytes) -> None:
        self._tail = (self._tail + text)[-TAIL:]

    def _drop(self, records: int, size: int) -> None:
        self._dropped_records += records
        self._dropped_bytes += size

    def _tell_dropped(self) -> None:
        if not self._dropped_bytes:
            return
        at = self._clock.now_ms()
        told = self._system.dropped(self._dropped_records, self._dropped_bytes, at)
        self._dropped_records = self._dropped_bytes = 0
        self._log.append([(at, message) for message in told])
