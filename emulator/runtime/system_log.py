"""What the platform itself writes into a function's log: INIT_START, START, END, REPORT. Pure.

As text, or as JSON objects where the function's LoggingConfig says so; each of those has a level.
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.runtime.environment import Report
from emulator.template.model import LoggingConfig


SANDBOX_ERRORS = {"Sandbox.Timedout", "Runtime.ExitError", "Runtime.OutOfMemory"}
"""How an environment can end, other than by what its handler raises."""

LEVELS = {"TRACE": 1, "DEBUG": 2, "INFO": 3, "WARN": 4, "ERROR": 5, "FATAL": 6}

_NAMES = {**LEVELS, "WARNING": 4, "CRITICAL": 6}


@dataclass(frozen=True, slots=True)
class SystemLog:
    """Words the platform's events as one function wants them; each method gives what to log."""

    config: LoggingConfig
    function_arn: str

    def init_start(self, runtime_version: str, at: int) -> list[str]:
        """An environment starts. `at` is in milliseconds since the epoch, here and below."""
        if self.config.json:
            record = {
                "initializationType": "on-demand",
                "phase": "init",
                "runtimeVersion": runtime_version,
            }
            return self._event("platform.initStart", "INFO", at, record)
        return [f"INIT_START Runtime Version: {runtime_version}\n"]

    def init_failed(self, duration_ms: float, phase: str, error: str, at: int) -> list[str]:
        """Its init phase has come to nothing; `phase` is `invoke` when that was a repetition."""
        status = _status(error)
        if self.config.json:
            record = {
                "initializationType": "on-demand",
                "phase": phase,
                "status": status,
                "errorType": error,
                "metrics": {"durationMs": round(duration_ms, 3)},
            }
            return self._event("platform.initReport", "WARN", at, record)
        line = f"INIT_REPORT Init Duration: {duration_ms:.2f} ms\tPhase: {phase}\tStatus: {status}"
        return [f"{line}{_error_type(error)}\n"]

    def start(self, request_id: str, at: int) -> list[str]:
        """An event is handed over."""
        if self.config.json:
            record = {
                "requestId": request_id,
                "functionArn": self.function_arn,
                "version": "$LATEST",
            }
            return self._event("platform.start", "INFO", at, record)
        return [f"START RequestId: {request_id} Version: $LATEST\n"]

    def timed_out(self, request_id: str, timeout: float, at: int) -> list[str]:
        """The function is stopped because its time is up; JSON says so in the report alone."""
        if self.config.json:
            return []
        return [f"{_moment(at)} {request_id} Task timed out after {timeout:.2f} seconds\n\n"]

    def died(self, message: str, error: str) -> list[str]:
        """The environment has ended under an event; JSON says so in the report alone."""
        return [] if self.config.json else [f"{message}\n{error}\n"]

    def end(self, report: Report, error: str | None, at: int) -> list[str]:
        """The event has been handled. `error` is the error's type."""
        if not self.config.json:
            # What the handler raised is its own affair; how the environment ended is told.
            ended = error in SANDBOX_ERRORS
            suffix = f"Status: {_status(error)}{_error_type(error)}\n" if ended else "\n"
            line = report.line().removesuffix("\n") + suffix
            return [f"END RequestId: {report.request_id}\n", line]
        level = "WARN" if error else "INFO"
        done = {"requestId": report.request_id, **_outcome(error)}
        duration = {"durationMs": round(report.duration_ms, 3)}
        done_level = "WARN" if error else "DEBUG"
        return [
            *self._event("platform.runtimeDone", done_level, at, {**done, "metrics": duration}),
            *self._event("platform.report", level, at, {**done, "metrics": report.metrics()}),
        ]

    def dropped(self, records: int, size: int, at: int) -> list[str]:
        """Output that came faster than it could be stored has been left out."""
        if self.config.json:
            record = {
                "reason": "The function writes faster than its log is stored.",
                "droppedRecords": records,
                "droppedBytes": size,
            }
            return self._event("platform.logsDropped", "WARN", at, record)
        return [f"LOGS_DROPPED Records: {records}\tBytes: {size}\n"]

    def wants(self, level: int) -> bool:
        """Whether what the function itself logs at a level is kept; 0 counts as INFO."""
        return not self.config.json or (level or 3) >= LEVELS[self.config.application_level]

    def _event(self, kind: str, level: str, at: int, record: Mapping[str, Any]) -> list[str]:
        if LEVELS[level] < LEVELS[self.config.system_level]:
            return []
        event = {"time": _moment(at), "type": kind, "record": record}
        return [json.dumps(event, separators=(",", ":")) + "\n"]


def level_of(line: str) -> int:
    """The level of a printed line: that of its JSON object's `level`; 0 if there is none."""
    if not line.startswith("{") or '"level"' not in line:
        return 0
    try:
        document = json.loads(line)
    except (RecursionError, ValueError):
        return 0
    return _NAMES.get(str(document.get("level")).upper(), 0)


def _moment(at: int) -> str:
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at // 1000))
    return f"{seconds}.{at % 1000:03d}Z"


def _status(error: str | None) -> str:
    if error is None:
        return "success"
    return "timeout" if error == "Sandbox.Timedout" else "error"


def _outcome(error: str | None) -> dict[str, str]:
    status = _status(error)
    return {"status": status, **({"errorType": error} if error and status == "error" else {})}


def _error_type(error: str | None) -> str:
    return f"\tError Type: {error}" if _status(error) == "error" else ""
