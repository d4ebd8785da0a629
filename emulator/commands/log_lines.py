"""Log events as people read them: the JSON format in words, errors told apart. Pure."""

import json
import re
from collections.abc import Mapping
from typing import Any


_ERROR = re.compile(r"\[?(ERROR|CRITICAL|FATAL)\b|.*Task timed out|.*\tStatus: (error|timeout)")
_PLATFORM = re.compile(r"(INIT_START|INIT_REPORT|START|END|REPORT|LOGS_DROPPED) |platform\.")

_UNPRINTABLE = {code: "\N{REPLACEMENT CHARACTER}" for code in range(32) if chr(code) not in "\t\n"}
_UNPRINTABLE |= dict.fromkeys(range(127, 160), "\N{REPLACEMENT CHARACTER}")
"""What a function writes must not steer the terminal of the person who reads it."""


def readable(message: str) -> str:
    """The text of an event; one in Lambda's JSON format without its braces."""
    text = message.rstrip()
    if text.startswith("{"):
        try:
            document = json.loads(text)
        except (RecursionError, ValueError):
            document = {}
        text = _platform(document) or _record(document) or text
    return text.translate(_UNPRINTABLE)


def style(text: str) -> str:
    """How rich is to show it: errors stand out, the platform's own lines stand back."""
    if _ERROR.match(text):
        return "red"
    return "dim" if _PLATFORM.match(text) else ""


def _platform(document: Mapping[str, Any]) -> str:
    """`platform.report status=success …`, the metrics without their nesting."""
    kind, record = document.get("type"), document.get("record")
    if not str(kind).startswith("platform.") or not isinstance(record, dict):
        return ""
    metrics = record.pop("metrics", None)
    figures = {**record, **metrics} if isinstance(metrics, dict) else record
    failed = figures.get("status", "success") != "success"
    parts = [f"{name}={value}" for name, value in figures.items() if name != "functionArn"]
    line = " ".join([str(kind), *parts])
    return f"ERROR {line}" if failed else line


def _record(document: Mapping[str, Any]) -> str:
    """`ERROR message`, the other members after it, a traceback below."""
    rest = dict(document)
    level, message = rest.pop("level", None), rest.pop("message", "")
    if level is None:
        return ""
    error, reason = rest.pop("errorType", ""), rest.pop("errorMessage", "")
    trace = rest.pop("stackTrace", [])
    for known in ("timestamp", "requestId", "location"):
        rest.pop(known, None)
    words = [str(level), message if isinstance(message, str) else json.dumps(message)]
    words += [f"{name}={value}" for name, value in rest.items()]
    words += [f"{error}: {reason}"] if error else []
    lines = trace if isinstance(trace, list) else [trace]
    return "\n".join([" ".join(filter(None, words)), *(str(line).rstrip() for line in lines)])
