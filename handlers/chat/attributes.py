"""DynamoDB's typed JSON to and from plain values (pure).

boto3 has such a serializer, but it goes through Decimal; the chat stores no fractions.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any


if TYPE_CHECKING:
    from types_aiobotocore_dynamodb.type_defs import UniversalAttributeValueTypeDef

Raw = Mapping[str, Any]


def value_to_wire(value: object) -> "UniversalAttributeValueTypeDef":
    """One value as `{type: value}`."""
    match value:
        case str():
            return {"S": value}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case list():
            return {"L": [value_to_wire(each) for each in value]}
        case dict():
            return {"M": to_wire(value)}
        case _:
            raise TypeError(f"no attribute type for {type(value).__name__}")


def to_wire(plain: Mapping[str, object]) -> "dict[str, UniversalAttributeValueTypeDef]":
    """A plain item as DynamoDB takes it."""
    return {name: value_to_wire(value) for name, value in plain.items()}


def value_from_wire(value: Raw) -> object:
    """The plain value inside `{type: value}`."""
    ((kind, inner),) = value.items()
    match kind:
        case "S" | "BOOL":
            return inner
        case "N":
            # The chat stores no fractions; somebody else's is read as what it is, and refused.
            return int(inner) if inner.lstrip("-").isdigit() else float(inner)
        case "L":
            return [value_from_wire(each) for each in inner]
        case "M":
            return from_wire(inner)
        case _:
            # A later version may store other kinds; after a rollback this one must read past them.
            return inner


def from_wire(raw: Raw) -> dict[str, object]:
    """An item of DynamoDB as plain values."""
    return {name: value_from_wire(value) for name, value in raw.items()}
