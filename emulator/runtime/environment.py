"""Execution environments as values: their states, and which of them an event goes to.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

import enum
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass


INIT_LIMIT = 10.0
"""Seconds that the init phase may take."""

MAX_PAYLOAD = 6 * 1024 * 1024
"""Bytes of an event or a result in a synchronous invocation."""


IDLE_LIMIT = 300.0
"""Seconds after which an environment that nobody needs is retired."""


class State(enum.Enum):
    """Where an execution environment is in its life."""

    INIT = "init"
    IDLE = "idle"
    BUSY = "busy"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one invocation."""

    request_id: str
    duration_ms: float
    memory_mb: int
    peak_mb: int
    init_ms: float | None = None

    def line(self) -> str:
        """The REPORT line, tabs and spaces as on AWS."""
        parts = [
            f"REPORT RequestId: {self.request_id}",
            f"Duration: {self.duration_ms:.2f} ms",
            f"Billed Duration: {math.ceil(self.duration_ms)} ms",
            f"Memory Size: {self.memory_mb} MB",
            f"Max Memory Used: {self.peak_mb} MB",
        ]
        if self.init_ms is not None:
            parts.append(f"Init Duration: {self.init_ms:.2f} ms")
        return "\t".join(parts) + "\t\n"

    def metrics(self) -> dict[str, float]:
        """The same figures as the JSON log format names them."""
        init = {} if self.init_ms is None else {"initDurationMs": round(self.init_ms, 3)}
        return {
            "durationMs": round(self.duration_ms, 3),
            "billedDurationMs": math.ceil(self.duration_ms),
            "memorySizeMB": self.memory_mb,
            "maxMemoryUsedMB": self.peak_mb,
            **init,
        }


def environments_to_start(
    *, waiting: int, starting: int, alive: int, limit: int, at_once: int
) -> int:
    """How many new environments the waiting events call for.

    An event that waits takes the first environment that gets free, started for it or not; so
    those that are starting already count. No more than `at_once` start at the same time: on one
    machine they take the processor from each other, and all of them come later.
    """
    return max(0, min(waiting - starting, limit - alive, at_once - starting))


def environments_to_retire(idle_seconds: Sequence[float], alive: int, limit: float) -> int:
    """How many environments have been idle for longer than `limit`, which is in seconds too.

    The last one of a function is kept: the next event should not have to wait for a cold start.
    """
    too_long = sum(seconds > limit for seconds in idle_seconds)
    return min(too_long, alive - 1)


def timed_out(request_id: str, timeout: float) -> bytes:
    """The error document of a function that ran past its timeout."""
    return _document(
        "Sandbox.Timedout",
        f"{_prefix(request_id)}Task timed out after {timeout:.2f} seconds",
    )


def exited(request_id: str, how: str) -> bytes:
    """The error document of a runtime process that went away during an invocation.

    `how` reads `exit status 1` or `signal: killed`.
    """
    return _document("Runtime.ExitError", f"{_prefix(request_id)}Runtime exited with error: {how}")


def out_of_memory(request_id: str) -> bytes:
    """The error document of an environment that took more memory than its function has."""
    return _document(
        "Runtime.OutOfMemory",
        f"{_prefix(request_id)}Runtime exited with error: signal: killed",
    )


def invalid_entrypoint(request_id: str, reason: str) -> bytes:
    """The error document of a function whose code has no program that can be started."""
    return _document("Runtime.InvalidEntrypoint", _prefix(request_id) + reason)


def _prefix(request_id: str) -> str:
    """How messages name the event, where there is one: the init phase comes ahead of it."""
    return f"RequestId: {request_id} Error: " if request_id else ""


def _document(error_type: str, message: str) -> bytes:
    return json.dumps({"errorType": error_type, "errorMessage": message}).encode()
