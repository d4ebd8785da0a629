"""Filter patterns."""

import json
from typing import Any

import pytest

from emulator.telemetry.filter_pattern import compile_pattern
from emulator.telemetry.json_pattern import PatternError


EVENT: Any = {
    "level": "ERROR",
    "took": 12.5,
    "ok": True,
    "none": None,
    "user": {"name": "Ada", "odd key": 1},
    "list": [1, "two"],
    "ip": "123.123.1.2",
}


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("", True),
        ("  ", True),
        ("ERROR", True),
        ("error", False),
        ("ERROR timeout", True),
        ("ERROR absent", False),
        ('"ERROR 42: timeout"', True),
        ('"42 ERROR"', False),
        (r'"say \"hi\""', True),
        ("?absent ?timeout", True),
        ("?absent ?missing", False),
        ("-absent", True),
        ("ERROR -timeout", False),
        ('-"say it"', True),
        # Beside other terms those with a question mark mean nothing.
        ("ERROR ?absent", True),
    ],
)
def test_terms(pattern: str, matches: bool) -> None:
    """All plain ones, any with a question mark, none with a minus; by case."""
    assert compile_pattern(pattern)('ERROR 42: timeout, say "hi"') is matches


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ('{ $.level = "ERROR" }', True),
        ('{$.level="ERROR"}', True),
        ("{ $.level = ERROR }", True),
        ('{ $.level != "ERROR" }', False),
        ('{ $.absent != "ERROR" }', False),
        ('{ $.level = "ERR*" }', True),
        ("{ $.ip = 123.123.* }", True),
        ("{ $.ip != 124.* }", True),
        ("{ $.took > 12 }", True),
        ("{ $.took >= 12.5 && $.took <= 12.5 }", True),
        ("{ $.took < -1 }", False),
        ("{ $.took = 12.5 }", True),
        ('{ $.took = "12.5" }', False),
        ("{ $.level > 1 }", False),
        ("{ $.ok IS TRUE }", True),
        ("{ $.ok IS FALSE }", False),
        ("{ $.ok = 1 }", False),
        ("{ $.none IS NULL }", True),
        ("{ $.absent IS NULL }", False),
        ("{ $.absent NOT EXISTS }", True),
        ("{ $.none NOT EXISTS }", False),
        ("{ $.user.name = Ada }", True),
        ('{ $.user["odd key"] = 1 }', True),
        ("{ $.list[0] = 1 }", True),
        ("{ $.list[1] = two }", True),
        ("{ $.list[2] = 1 }", False),
        ("{ $.user[0] = 1 }", False),
        ("{ $.level.x = 1 }", False),
        ('{ ($.level = "X") || ($.took > 1) }', True),
        ('{ $.level = "X" && $.took > 1 || $.ok IS TRUE }', True),
        ('{ $.level = "X" && ($.took > 1 || $.ok IS TRUE) }', False),
    ],
)
def test_json_conditions(pattern: str, matches: bool) -> None:
    """Paths, comparisons, wildcards, and, or, parentheses."""
    assert compile_pattern(pattern)(json.dumps(EVENT) + "\n") is matches


@pytest.mark.parametrize("message", ["plain", "[1]", "{ not JSON", "", '{"level":' * 100_000])
def test_what_is_no_json_object_matches_no_condition(message: str) -> None:
    """Nor does it raise."""
    assert not compile_pattern("{ $.level NOT EXISTS }")(message)


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ('"open', "quote"),
        ('ok "open', "quote"),
        ("[ip, user]", "Space-delimited"),
        ("%ERR.*%", "regular expressions"),
        ("{ $.a = 1", "closing }"),
        ("{ }", "not expected"),
        ("{ $.a }", "not expected"),
        ("{ $.a = }", "not expected"),
        ("{ a = 1 }", "not expected"),
        ("{ $.a = 1 $.b = 2 }", "not expected"),
        ("{ ($.a = 1 }", "not expected"),
        ("{ $.a && 1 }", "not expected"),
        ("{ $.a IS ODD }", "not expected"),
        ("{ $.a > b }", "no number"),
        ("{ $.a = %x% }", "cannot read"),
        ("{" + "(" * 500 + "}", "parentheses"),
        ("x" * 1025, "1024"),
    ],
)
def test_faults_are_named(pattern: str, fault: str) -> None:
    """What cannot be read, or is not supported, is an error that says so."""
    with pytest.raises(PatternError, match=fault):
        compile_pattern(pattern)
