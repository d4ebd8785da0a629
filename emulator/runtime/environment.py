"""Execution environments as values: their states, and which of them an event goes to.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

import enum
import json
import math
from dataclasses import dataclass


INIT_LIMIT = 10.0
"""Seconds that the init phase may take."""

MAX_PAYLOAD = 6 * 1024 * 1024
"""Bytes of an event or a result in a synchronous invocation."""


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


def environments_to_start(
    *, waiting: int, starting: int, alive: int, limit: int, at_once: int
) -> int:
    """How many new environments the waiting events call for.

    An event that waits takes the first environment that gets free, started for it or not; so
    those that are starting already count. No more than `at_once` start at the same time: on one
    machine they take the processor from each other, and all of them come later.
    """
    return max(0, min(waiting - starting, limit - alive, at_once - starting))


def timed_out(request_id: str, timeout: float) -> bytes:
    """The error document of a function that ran past its timeout."""
    return _document(
        "Sandbox.Timedout",
        f"RequestId: {request_id} Error: Task timed out after {timeout:.2f} seconds",
    )


def init_timed_out(request_id: str) -> bytes:
    """The error document of an environment whose init phase did not end in time."""
    return _document(
        "Sandbox.Timedout",
        f"RequestId: {request_id} Error: Init phase timed out after {INIT_LIMIT:.2f} seconds",
    )


def exited(request_id: str, code: int | None) -> bytes:
    """The error document of a runtime process that went away during an invocation.

    `code` is the exit status; negative for a signal, as `subprocess` has it.
    """
    how = f"signal: {-code}" if code is not None and code < 0 else f"exit status {code}"
    return _document(
        "Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited with error: {how}"
    )


def invalid_entrypoint(request_id: str, reason: str) -> bytes:
    """The error document of a function whose code has no program that can be started."""
    return _document("Runtime.InvalidEntrypoint", f"RequestId: {request_id} Error: {reason}")


def _document(error_type: str, message: str) -> bytes:
    return json.dumps({"errorType": error_type, "errorMessage": message}).encode()
