"""Filter patterns for JSON log events: `{ $.a = "x" && ($.b[0] > 5 || $.c IS NULL) }`. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html
"""

import operator
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any


Condition = Callable[[Any], bool]

_MISSING: Any = object()
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<selector>\$(?:\.[\w-]+|\[\d+\]|\["[^"]*"\])+)
    | (?P<sign>&&|\|\||!=|<=|>=|[=<>()])
    | (?P<quoted>"(?:[^"\\]|\\.)*")
    | (?P<word>[^\s&|=<>!()"%{}]+)
    )""",
    re.VERBOSE,
)
_STEP = re.compile(r'\.([\w-]+)|\[(\d+)\]|\["([^"]*)"\]')
_MAX_GROUPS = 50
_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


class PatternError(ValueError):
    """A filter pattern that cannot be read, or is not supported."""


def json_condition(pattern: str) -> Condition:
    """What tells whether a document matches. Raises `PatternError`."""
    if not pattern.endswith("}"):
        raise PatternError("Invalid filter pattern: a closing } is missing")
    if pattern.count("(") > _MAX_GROUPS:
        raise PatternError("Invalid filter pattern: too many parentheses")
    parser = _Parser(_tokens(pattern[1:-1]))
    condition = parser.any()
    parser.expect("end", "")
    return condition


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise PatternError(f"Invalid filter pattern: cannot read {text[at:].strip()!r}")
        kind = str(match.lastgroup)
        tokens.append((kind, match[kind]))
        at = match.end()
    return [*tokens, ("end", "")]


class _Parser:
    """`any` of `all` of comparisons, or a group in parentheses in place of one."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0

    def any(self) -> Condition:
        parts = [self._all()]
        while self._took("sign", "||"):
            parts.append(self._all())
        return lambda document: any(part(document) for part in parts)

    def expect(self, kind: str, value: str = "") -> str:
        """Take a token of a kind, and of a value if one is given."""
        found_kind, found = self._tokens[self._at]
        if found_kind != kind or (value and found != value):
            raise PatternError(f"Invalid filter pattern: {found or 'its end'!r} is not expected")
        self._at += 1
        return found

    def _all(self) -> Condition:
        parts = [self._one()]
        while self._took("sign", "&&"):
            parts.append(self._one())
        return lambda document: all(part(document) for part in parts)

    def _one(self) -> Condition:
        if self._took("sign", "("):
            group = self.any()
            self.expect("sign", ")")
            return group
        steps = _steps(self.expect("selector"))
        if self._tokens[self._at][0] == "word":
            return self._state(steps)
        return self._comparison(steps)

    def _state(self, steps: list[str | int]) -> Condition:
        """`IS NULL`, `IS TRUE`, `IS FALSE`, `EXISTS`, `NOT EXISTS`."""
        first = self.expect("word").upper()
        words = first if first == "EXISTS" else f"{first} {self.expect('word').upper()}"
        states: dict[str, Condition] = {
            "EXISTS": lambda value: value is not _MISSING,
            "NOT EXISTS": lambda value: value is _MISSING,
            "IS NULL": lambda value: value is None,
            "IS TRUE": lambda value: value is True,
            "IS FALSE": lambda value: value is False,
        }
        if words not in states:
            raise PatternError(f"Invalid filter pattern: {words!r} is not expected")
        state = states[words]
        return lambda document: state(_select(document, steps))

    def _comparison(self, steps: list[str | int]) -> Condition:
        sign = self.expect("sign")
        if sign in _ORDER:
            limit, compare = _number(self.expect("word")), _ORDER[sign]

            def ordered(document: Any) -> bool:
                value = _select(document, steps)
                return _is_number(value) and compare(value, limit)

            return ordered
        if sign not in {"=", "!="}:
            raise PatternError(f"Invalid filter pattern: {sign!r} is not expected")
        same = self._equality()
        if sign == "=":
            return lambda document: same(_select(document, steps))

        def different(document: Any) -> bool:
            value = _select(document, steps)
            return value is not _MISSING and not same(value)

        return different

    def _equality(self) -> Condition:
        """Numbers equal by value, strings by text in which `*` stands for anything."""
        kind, found = self._tokens[self._at]
        if kind == "quoted":
            text = re.sub(r"\\(.)", r"\1", self.expect("quoted")[1:-1])
            number = None
        else:
            text = self.expect("word")
            number = float(text) if re.fullmatch(r"-?\d+(\.\d+)?([eE]-?\d+)?", found) else None
        glob = re.sub(r"([\[?])", r"[\1]", text)

        def same(value: Any) -> bool:
            if _is_number(value):
                return number is not None and bool(value == number)
            return isinstance(value, str) and fnmatchcase(value, glob)

        return same

    def _took(self, kind: str, value: str) -> bool:
        taken = self._tokens[self._at] == (kind, value)
        self._at += taken
        return taken


def _steps(selector: str) -> list[str | int]:
    return [
        int(index) if index else name or quoted for name, index, quoted in _STEP.findall(selector)
    ]


def _select(document: Any, steps: list[str | int]) -> Any:
    """The value at a path, or `_MISSING`."""
    for step in steps:
        if isinstance(step, int):
            found = isinstance(document, list) and step < len(document)
        else:
            found = isinstance(document, dict) and step in document
        if not found:
            return _MISSING
        document = document[step]
    return document


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise PatternError(f"Invalid filter pattern: {text!r} is no number") from None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
