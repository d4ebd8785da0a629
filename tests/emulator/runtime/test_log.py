"""The log of one execution environment."""

import json
from pathlib import Path
from typing import Any

import pytest

from emulator.runtime.environment import Report
from emulator.runtime.log import TAIL, EnvironmentLog
from emulator.template.model import Function, LoggingConfig
from tests.emulator.runtime.test_output import frame
from tests.fakes import START, FakeClock, MemoryLog


AT = int(START * 1000)
STAMP = "2023-11-14T22:13:20.000Z"
REPORT = Report("r1", 12.3456, 128, 40, 210.0)
FIGURES = "Duration: 12.35 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB"
METRICS = {
    "durationMs": 12.346,
    "billedDurationMs": 13,
    "memorySizeMB": 128,
    "maxMemoryUsedMB": 40,
    "initDurationMs": 210.0,
}


def environment(config: LoggingConfig) -> tuple[EnvironmentLog, MemoryLog]:
    """A log with the function's LoggingConfig, and what comes of it."""
    log = MemoryLog()
    function = Function("F", "f", "arn:f", "m.h", "python3.13", Path("f"), logging=config)
    return EnvironmentLog(function, log, FakeClock()), log


def documents(log: MemoryLog) -> list[Any]:
    """Events in JSON, without their time, which is checked."""
    found = [json.loads(message) for message in log.messages]
    assert {document.pop("time") for document in found} <= {STAMP}
    return found


def test_the_platform_s_lines_as_text() -> None:
    """As CloudWatch shows them, one event each, at their time."""
    system, log = environment(LoggingConfig())
    system.init_start("python:3.13.v1")
    system.start("r1")
    system.end(REPORT, None)
    assert log.events == [
        (AT, "INIT_START Runtime Version: python:3.13.v1\n"),
        (AT, "START RequestId: r1 Version: $LATEST\n"),
        (AT, "END RequestId: r1\n"),
        (AT, f"REPORT RequestId: r1\t{FIGURES}\tInit Duration: 210.00 ms\t\n"),
    ]
    assert log.measurements == [("f", 12.3456, False)]


@pytest.mark.parametrize(
    ("error", "ending"),
    [
        ("ValueError", "\t\n"),
        ("Sandbox.Timedout", "\tStatus: timeout\n"),
        ("Runtime.ExitError", "\tStatus: error\tError Type: Runtime.ExitError\n"),
    ],
)
def test_how_an_invocation_failed_as_text(error: str, ending: str) -> None:
    """The report tells how the environment ended; what the handler raised is its own affair."""
    system, log = environment(LoggingConfig())
    system.end(REPORT, error)
    assert log.messages[-1] == f"REPORT RequestId: r1\t{FIGURES}\tInit Duration: 210.00 ms{ending}"
    assert log.measurements == [("f", 12.3456, True)]


def test_a_timeout_and_a_failed_start_as_text() -> None:
    """Each leaves the line that people search for."""
    system, log = environment(LoggingConfig())
    system.timed_out("r1")
    system.init_failed(1000.0, "init", "Sandbox.Timedout")
    system.init_failed(5.0, "invoke", "Runtime.ImportModuleError")
    init = "INIT_REPORT Init Duration"
    assert log.messages == [
        f"{STAMP} r1 Task timed out after 3.00 seconds\n\n",
        f"{init}: 1000.00 ms\tPhase: init\tStatus: timeout\n",
        f"{init}: 5.00 ms\tPhase: invoke\tStatus: error\tError Type: Runtime.ImportModuleError\n",
    ]


def test_the_platform_s_events_as_json() -> None:
    """The shapes that AWS documents; INFO is what is there by default."""
    system, log = environment(LoggingConfig("JSON"))
    system.init_start("python:3.13.v1")
    system.start("r1")
    system.end(REPORT, None)
    init = {
        "initializationType": "on-demand",
        "phase": "init",
        "runtimeVersion": "python:3.13.v1",
    }
    start = {"requestId": "r1", "functionArn": "arn:f", "version": "$LATEST"}
    report = {"requestId": "r1", "status": "success", "metrics": METRICS}
    assert documents(log) == [
        {"type": "platform.initStart", "record": init},
        {"type": "platform.start", "record": start},
        {"type": "platform.report", "record": report},
    ]


@pytest.mark.parametrize(
    ("level", "well", "badly"),
    [
        ("DEBUG", ["start", "runtimeDone", "report"], ["start", "runtimeDone", "report"]),
        ("INFO", ["start", "report"], ["start", "runtimeDone", "report"]),
        ("WARN", [], ["runtimeDone", "report"]),
    ],
)
def test_the_system_log_level(level: str, well: list[str], badly: list[str]) -> None:
    """Success is DEBUG or INFO, failure is WARN."""
    for error, expected in ((None, well), ("Sandbox.Timedout", badly)):
        system, log = environment(LoggingConfig("JSON", system_level=level))
        system.start("r1")
        system.end(REPORT, error)
        found = documents(log)
        assert [each["type"] for each in found] == [f"platform.{name}" for name in expected]
        if error:
            assert {each["record"].get("status", "timeout") for each in found} == {"timeout"}


def test_a_printed_line_is_an_event_and_a_record_too() -> None:
    """A traceback that was logged is one event, at the time that it carries."""
    system, log = environment(LoggingConfig())
    system.output(b"one\ntwo\nthr")
    system.framed(frame(b"[ERROR] boom\nTraceback:\n  line\n"))
    system.output(b"ee\n")
    assert log.events == [
        (AT, "one\n"),
        (AT, "two\n"),
        (1_700_000_000_123, "[ERROR] boom\nTraceback:\n  line\n"),
        (AT, "three\n"),
    ]


def test_an_unfinished_line_ends_with_the_invocation() -> None:
    """What was printed without a newline stands before END, and so it does at the very end."""
    system, log = environment(LoggingConfig())
    system.output(b"no newline")
    system.end(REPORT, None)
    system.output(b"last words")
    system.close()
    assert [message[:10] for message in log.messages] == [
        *("no newline", "END Reques", "REPORT Req", "last words")
    ]
    assert log.closed


def test_the_application_log_level() -> None:
    """Records and printed JSON by their level; what has none counts as INFO."""
    for level, expected in (
        ("DEBUG", ["debug frame", '{"level": "debug"}\n', "plain\n", '{"level": "Warning"}\n']),
        ("INFO", ["plain\n", '{"level": "Warning"}\n']),
        ("WARN", ['{"level": "Warning"}\n']),
        ("ERROR", []),
    ):
        system, log = environment(LoggingConfig("JSON", application_level=level))
        system.framed(frame(b"debug frame", level=2))
        system.output(b'{"level": "debug"}\nplain\n{"level": "Warning"}\n')
        assert log.messages == expected, level


def test_text_is_never_filtered() -> None:
    """Levels are a matter of JSON."""
    system, log = environment(LoggingConfig(application_level="FATAL"))
    system.framed(frame(b"debug", level=2))
    system.output(b'{"level": "debug"}\n')
    assert log.messages == ["debug", '{"level": "debug"}\n']


def test_the_tail_is_the_invocation_s_own() -> None:
    """The last 4 KB since START, both pipes and the platform's lines, each on a line of its own."""
    system, _ = environment(LoggingConfig())
    system.start("r0")
    system.output(b"of another event\n")
    system.end(REPORT, None)
    system.start("r1")
    system.output(b"printed\n")
    system.framed(frame(b"logged"))
    system.end(REPORT, None)
    lines = system.tail.decode().split("\n")
    assert lines[:4] == [
        *("START RequestId: r1 Version: $LATEST", "printed", "logged", "END RequestId: r1")
    ]
    system.output(b"x" * 10_000 + b"\n")
    assert system.tail == b"x" * (TAIL - 1) + b"\n"


@pytest.mark.parametrize("format_", ["Text", "JSON"])
def test_what_is_left_out_is_told(format_: str) -> None:
    """While the log is full output is counted; then a line says how much of it there was."""
    system, log = environment(LoggingConfig(format_))
    system.output(b"kept\nhalf of a li")
    log.full = True
    system.output(b"ne\nlost\nlo")
    system.output(b"st\nlost, and the begin")
    log.full = False
    system.output(b"ning\nkept again\n")
    assert log.messages[0] == "kept\n"
    assert log.messages[2:] == ["kept again\n"]
    if format_ == "Text":
        assert log.messages[1] == "LOGS_DROPPED Records: 3\tBytes: 32\n"
    else:
        told = json.loads(log.messages[1])
        assert told["type"] == "platform.logsDropped"
        assert (told["record"]["droppedRecords"], told["record"]["droppedBytes"]) == (3, 32)


def test_the_platform_s_lines_stand_even_when_the_log_is_full() -> None:
    """START, END and REPORT are few; with END comes what was left out before it."""
    system, log = environment(LoggingConfig())
    log.full = True
    system.start("r1")
    system.output(b"lost\n")
    system.framed(frame(b"lost"))
    system.end(REPORT, None)
    assert [message.split()[0] for message in log.messages] == [
        *("START", "LOGS_DROPPED", "END", "REPORT")
    ]
    assert "Records: 2\t" in log.messages[1]
