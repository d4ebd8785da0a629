"""Items as lines of text: DynamoDB's own JSON, in which binary values are base64 (pure)."""

import base64
import json
from typing import Any


def to_line(item: dict[str, Any]) -> bytes:
    """An item as boto3 hands it out, as one line."""
    return json.dumps(item, default=_base64, separators=(",", ":")).encode() + b"\n"


def from_line(line: bytes) -> dict[str, Any]:
    """An item as boto3 takes it."""
    return {name: _value(value) for name, value in json.loads(line).items()}


def _base64(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"no attribute value: {type(value).__name__}")


def _value(value: dict[str, Any]) -> dict[str, Any]:
    ((kind, inner),) = value.items()
    match kind:
        case "B":
            return {kind: base64.b64decode(inner)}
        case "BS":
            return {kind: [base64.b64decode(each) for each in inner]}
        case "L":
            return {kind: [_value(each) for each in inner]}
        case "M":
            return {kind: {name: _value(each) for name, each in inner.items()}}
        case _:
            return value
