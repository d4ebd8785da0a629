"""Checks a request against its shape before any business rule sees it (reference section 1.4).

A wrong JSON type ends the check at once, as a deserialiser would; violated constraints are
collected and reported together.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from emulator.cognito.errors import InvalidParameter, Serialization
from emulator.cognito.shapes import Shape


def check(shape: Shape, document: Mapping[str, Any]) -> dict[str, Any]:
    """The members that the shape knows; nulls and strangers are dropped, as AWS drops them."""
    request = _typed(shape, document)
    assert isinstance(request, dict)
    found = list(_violations(shape, request, ""))
    if found:
        plural = "error" if len(found) == 1 else "errors"
        raise InvalidParameter(f"{len(found)} validation {plural} detected: {'; '.join(found)}")
    return request


def _typed(shape: Shape, value: Any) -> Any:
    """`value` with unknown and null members gone; raises when a type is wrong."""
    match shape.kind, value:
        case "structure", dict():
            return {
                name: _typed(member, value[name])
                for name, member in shape.members.items()
                if value.get(name) is not None
            }
        case "map", dict():
            item = shape.item or Shape("string")
            return {_text(k): _typed(item, v) for k, v in value.items() if v is not None}
        case "list", list():
            return [_typed(shape.item or Shape("string"), item) for item in value]
        case "string", str():
            return _text(value)
        case (("integer" | "long"), int()) if not isinstance(value, bool):
            return value
        case "boolean", bool():
            return value
        case _:
            wrong = f"{_json_type(value)} can not be converted to {_wanted(shape.kind)}"
            raise Serialization(wrong)


def _text(value: str) -> str:
    """A lone surrogate is valid JSON but no text that could be stored or answered."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Serialization("Invalid UTF-16 surrogate in a string") from None
    return value


def _json_type(value: Any) -> str:
    match value:
        case bool():
            return "TRUE_VALUE" if value else "FALSE_VALUE"
        case int() | float():
            return "NUMBER_VALUE"
        case str():
            return "STRING_VALUE"
        case list():
            return "START_ARRAY"
        case dict():
            return "START_OBJECT"
        case _:
            return "NULL_VALUE"


def _wanted(kind: str) -> str:
    return {"string": "a String", "integer": "an Integer", "boolean": "a Boolean"}.get(
        kind, f"a {kind}"
    )


def _violations(shape: Shape, value: Any, path: str) -> Iterator[str]:
    match shape.kind:
        case "structure":
            for name, member in shape.members.items():
                inner = _join(path, name[:1].lower() + name[1:])
                if name in value:
                    yield from _violations(member, value[name], inner)
                elif name in shape.required:
                    shown = "Value" if member.sensitive else "Value null"
                    yield _violation(shown, inner, "Member must not be null")
        case "list" if shape.item is not None:
            for index, item in enumerate(value, 1):
                yield from _violations(shape.item, item, f"{path}.{index}.member")
        case "string":
            yield from _string_violations(shape, value, path)
        case "integer" | "long":
            yield from _number_violations(shape, value, path)
        case _:
            pass  # booleans have no constraints, and this service none on maps


def _number_violations(shape: Shape, value: int, path: str) -> Iterator[str]:
    shown = f"Value '{value}'"
    if shape.minimum is not None and value < shape.minimum:
        rule = f"Member must have value greater than or equal to {shape.minimum}"
        yield _violation(shown, path, rule)
    if shape.maximum is not None and value > shape.maximum:
        rule = f"Member must have value less than or equal to {shape.maximum}"
        yield _violation(shown, path, rule)


def _string_violations(shape: Shape, value: str, path: str) -> Iterator[str]:
    shown = "Value" if shape.sensitive else f"Value '{value[:256]}'"
    if shape.minimum is not None and len(value) < shape.minimum:
        rule = f"Member must have length greater than or equal to {shape.minimum}"
        yield _violation(shown, path, rule)
    if shape.maximum is not None and len(value) > shape.maximum:
        rule = f"Member must have length less than or equal to {shape.maximum}"
        yield _violation(shown, path, rule)
    if shape.matches is not None and not shape.matches(value):
        rule = f"Member must satisfy regular expression pattern: {shape.pattern}"
        yield _violation(shown, path, rule)
    if shape.options and value not in shape.options:
        rule = f"Member must satisfy enum value set: [{', '.join(shape.options)}]"
        yield _violation(shown, path, rule)


def _violation(shown: str, path: str, rule: str) -> str:
    return f"{shown} at '{path}' failed to satisfy constraint: {rule}"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
