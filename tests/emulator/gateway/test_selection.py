"""Route selection expressions (reference, sections 3.1 and 3.2)."""

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from emulator.errors import UsageError
from emulator.gateway.selection import compile_expression


MESSAGE = {"service": "chat", "action": "join", "data": {"room": "r1"}}

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@pytest.mark.parametrize(
    ("expression", "selected"),
    [
        ("$request.body.action", "join"),
        ("${request.body.action}", "join"),
        ("${request.body.service}/${request.body.action}", "chat/join"),
        ("${request.body.action}-${request.body.invalidPath}", "join-"),
        ("action", "action"),
        (r"\$default", "$default"),
        ("$request.body.data.room", "r1"),
        ("$request.body['action']", "join"),
        ('$request.body["action"]', "join"),
        ("a-${request.body.action}-z", "a-join-z"),
    ],
)
def test_expressions_of_the_reference(expression: str, selected: str) -> None:
    """Each documented form evaluates as AWS's table says."""
    assert compile_expression(expression)(MESSAGE) == selected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (True, "true"),
        (False, "false"),
        ("", ""),
        (None, ""),
        (["a", "b"], "[a, b]"),
        ([1, [True]], "[1, [true]]"),
        ({"a": 1}, '{"a": 1}'),
    ],
)
def test_values_become_text(value: Any, text: str) -> None:
    """Whatever stands at the path is made a text."""
    assert compile_expression("$request.body.x")({"x": value}) == text


def test_array_elements() -> None:
    """A path may lead into arrays; past their end it is missing."""
    select = compile_expression("$request.body.list[1].x")
    assert select({"list": [{}, {"x": "y"}]}) == "y"
    assert select({"list": [{}]}) is None


def test_the_whole_body() -> None:
    """`$request.body` alone is the message itself."""
    assert compile_expression("$request.body")("hi") == "hi"


@pytest.mark.parametrize("body", ["hi", 5, None, True, [1], [], {}, {"Action": "join"}])
def test_a_missing_path_cannot_be_evaluated(body: Any) -> None:
    """JSON without the path selects nothing, which leads to `$default`."""
    assert compile_expression("$request.body.action")(body) is None


def test_one_pass_only() -> None:
    """A value that looks like an expression is not evaluated again."""
    select = compile_expression("$request.body.a")
    assert select({"a": "$request.body.b", "b": "x"}) == "$request.body.b"


@pytest.mark.parametrize(
    "expression",
    ["$request.header.x", "$context.routeKey", "${request.bodyx}", "$request.body[", "$x"],
)
def test_other_variables_are_refused(expression: str) -> None:
    """A variable that a message does not have is named when the API is loaded."""
    with pytest.raises(UsageError, match="is not supported"):
        compile_expression(expression)


@given(JSON)
def test_any_message_evaluates(body: Any) -> None:
    """No JSON makes an expression fail, and the same message selects the same route."""
    select = compile_expression("${request.body.a}/${request.body.b.c[0]}")
    assert select(body) == select(json.loads(json.dumps(body)))


@given(st.text())
def test_a_string_selects_itself(text: str) -> None:
    """A string at the path is taken as it is, with no trimming and no folding of case."""
    assert compile_expression("$request.body.action")({"action": text}) == text


@given(st.text().filter(lambda text: "$" not in text))
def test_text_without_variables_is_static(text: str) -> None:
    """An expression without variables selects its own text for every message."""
    assert compile_expression(text)({"action": "x"}) == text
