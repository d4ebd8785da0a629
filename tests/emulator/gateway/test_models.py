"""Models: JSON schemas of draft 4, selected by an expression."""

from dataclasses import replace
from typing import Any

import pytest

from emulator.errors import UsageError
from emulator.gateway.models import checks
from tests.emulator.gateway.apis import route


NUMBER = {"type": "object", "required": ["n"], "properties": {"n": {"type": "number"}}}
TEXT = {"type": "object", "properties": {"t": {"type": "string", "maxLength": 3}}}


def accepts(body: Any, models: dict[str, Any], selection: str = "$request.body.kind") -> bool:
    guarded = replace(route("x", "f"), model_selection=selection, models=models)
    return checks({"x": guarded})["x"](body)


@pytest.mark.parametrize(
    ("body", "accepted"),
    [
        ({"kind": "number", "n": 1}, True),
        ({"kind": "number", "n": "1"}, False),
        ({"kind": "text", "t": "abc"}, True),
        ({"kind": "text", "t": "abcd"}, False),
        ({"kind": "other"}, False),
        ({}, False),
        ([], False),
        (None, False),
        (object(), False),
    ],
)
def test_the_model_that_the_expression_selects(body: Any, accepted: bool) -> None:
    """No model of that key, and no default, is a failure."""
    assert accepts(body, {"number": NUMBER, "text": TEXT}) is accepted


def test_the_default_model() -> None:
    """It takes what no other model is there for, and only that."""
    models = {"$default": NUMBER, "text": TEXT}
    assert accepts({"n": 1}, models)
    assert not accepts({"n": "1"}, models)
    assert accepts({"kind": "text"}, models)
    assert accepts({"n": 1}, models, "\\$default")


def test_draft_4() -> None:
    """`exclusiveMinimum` is a flag there, and `id` names a schema."""
    schema = {"id": "x", "properties": {"n": {"minimum": 1, "exclusiveMinimum": True}}}
    assert accepts({"n": 2}, {"$default": schema})
    assert not accepts({"n": 1}, {"$default": schema})


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "nonsense"},
        {"$ref": "https://apigateway.amazonaws.com/restapis/x/models/Y"},
        {"pattern": "("},
    ],
)
def test_what_is_no_schema(schema: Any) -> None:
    """It is told at the start, with the route; nothing is fetched."""
    with pytest.raises(UsageError, match="Route x: a model"):
        accepts({}, {"$default": schema})


def test_routes_without_models() -> None:
    """They have no check."""
    assert checks({"x": route("x", "f")}) == {}
