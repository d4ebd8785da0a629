"""Filter patterns: which log events FilterLogEvents gives. Pure.

Terms (`ERROR "exact phrase" ?either ?or -without`) and conditions on JSON events
(`{ $.level = "ERROR" && ($.took > 100 || $.error EXISTS) }`).
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html

Whether a term also matches inside of a longer word is not documented; here it does.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from emulator.telemetry.json_pattern import PatternError, json_condition


Matches = Callable[[str], bool]

MAX_PATTERN = 1024

_TERM = re.compile(r'\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))')


def compile_pattern(pattern: str) -> Matches:
    """What tells whether a message matches. Raises `PatternError`, whose text names the fault."""
    text = pattern.strip()
    if len(text) > MAX_PATTERN:
        raise PatternError(f"A filter pattern has at most {MAX_PATTERN} characters")
    if not text:
        return lambda message: True
    if text.startswith("{"):
        return _json(text)
    if text.startswith(("[", "%")):
        raise PatternError(
            "Space-delimited patterns ([...]) and regular expressions (%...%) are not supported "
            "by this emulator."
        )
    return _terms(text)


def _terms(text: str) -> Matches:
    found: dict[str, list[str]] = {"": [], "?": [], "-": []}
    at = 0
    while at < len(text):
        match = _TERM.match(text, at)
        if match is None:
            raise PatternError(f"Invalid filter pattern: a quote is not closed in {text!r}")
        sign, phrase, word = match.groups()
        found[sign].append(word if phrase is None else re.sub(r"\\(.)", r"\1", phrase))
        at = match.end()
    wanted, unwanted = found[""], found["-"]
    # As on AWS: beside other terms those with a question mark mean nothing.
    either = [] if wanted or unwanted else found["?"]

    def matches(message: str) -> bool:
        return (
            all(term in message for term in wanted)
            and not any(term in message for term in unwanted)
            and (not either or any(term in message for term in either))
        )

    return matches


def _json(text: str) -> Matches:
    condition = json_condition(text)

    def matches(message: str) -> bool:
        if not message.lstrip().startswith("{"):
            return False
        try:
            document: Any = json.loads(message)
        except (RecursionError, ValueError):
            return False
        return condition(document)

    return matches
