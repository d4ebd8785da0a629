"""Log events as people read them."""

import json
from typing import Any

import pytest

from emulator.commands.log_lines import readable, style


REPORT = {
    "requestId": "r",
    "status": "success",
    "metrics": {"durationMs": 1.5, "memorySizeMB": 128},
}


@pytest.mark.parametrize(
    ("message", "text", "look"),
    [
        ("hello\n", "hello", ""),
        ("START RequestId: r\n", "START RequestId: r", "dim"),
        ("[ERROR] boom\nTraceback\n", "[ERROR] boom\nTraceback", "red"),
        (
            "t r Task timed out after 3.00 seconds\n\n",
            "t r Task timed out after 3.00 seconds",
            "red",
        ),
        ("REPORT RequestId: r\tStatus: timeout\n", "REPORT RequestId: r\tStatus: timeout", "red"),
        ("an ERROR in the middle", "an ERROR in the middle", ""),
        ("\x1b[2Jgone\x07\x9b", "\ufffd[2Jgone\ufffd\ufffd", ""),
        ('{"not": "the format"}', '{"not": "the format"}', ""),
        ("{not JSON", "{not JSON", ""),
        ("[1]", "[1]", ""),
    ],
)
def test_text(message: str, text: str, look: str) -> None:
    """As it is, without what steers a terminal; errors red, the platform's lines dim."""
    assert (readable(message), style(readable(message))) == (text, look)


@pytest.mark.parametrize(
    ("document", "text", "look"),
    [
        (
            {"time": "t", "type": "platform.report", "record": REPORT},
            "platform.report requestId=r status=success durationMs=1.5 memorySizeMB=128",
            "dim",
        ),
        (
            {"time": "t", "type": "platform.report", "record": {"status": "timeout"}},
            "ERROR platform.report status=timeout",
            "red",
        ),
        (
            {"timestamp": "t", "level": "INFO", "message": "hi", "requestId": "r", "user": 7},
            "INFO hi user=7",
            "",
        ),
        ({"level": "INFO", "message": {"a": 1}}, 'INFO {"a": 1}', ""),
        (
            {
                "level": "ERROR",
                "errorType": "E",
                "errorMessage": "no",
                "stackTrace": ["  a\n", "  b"],
            },
            "ERROR E: no\n  a\n  b",
            "red",
        ),
        ({"level": "ERROR", "stackTrace": 7}, "ERROR\n7", "red"),
        ({"level": "INFO", "message": "\x1b[31m"}, "INFO \ufffd[31m", ""),
    ],
)
def test_the_json_format(document: Any, text: str, look: str) -> None:
    """In words: level and message first, a traceback on lines of its own."""
    found = readable(json.dumps(document) + "\n")
    assert (found, style(found)) == (text, look)
