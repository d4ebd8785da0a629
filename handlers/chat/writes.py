"""Conditional writes as values (pure)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

from chat.attributes import to_wire
from chat.items import Plain


if TYPE_CHECKING:
    from types_aiobotocore_dynamodb.type_defs import TransactWriteItemTypeDef


@dataclass(frozen=True)
class Condition:
    """An expression over an item, with the values of its placeholders."""

    expression: str
    values: Mapping[str, object] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


def where(expression: str, **values: object) -> Condition:
    """A condition; `pk=1` fills `:pk`, and a `#role` in the expression means the attribute `role`."""
    names = {word: word[1:] for word in expression.replace(")", " ").split() if word[0] == "#"}
    return Condition(expression, {f":{name}": value for name, value in values.items()}, names)


ABSENT = where("attribute_not_exists(pk)")


@dataclass(frozen=True)
class Write:
    """One write.

    `target` is the item to put, or the key. `lost` is called when the condition does not hold,
    with the item that stood there.
    """

    kind: Literal["Put", "Update", "Delete", "ConditionCheck"]
    target: Plain
    condition: Condition | None = None
    assign: Plain | None = None
    lost: Callable[[Plain | None], None] | None = None

    def alone(self, table: str) -> dict[str, Any]:
        """The parameters of this write as a request of its own, and as a part of a transaction."""
        values: dict[str, object] = {}
        names: dict[str, str] = {}
        request: dict[str, Any] = {
            "TableName": table,
            "Item" if self.kind == "Put" else "Key": to_wire(self.target),
        }
        if self.assign:
            # Every name through a placeholder: `name` and `role` are reserved words of DynamoDB.
            request["UpdateExpression"] = "SET " + ", ".join(
                f"#set_{name} = :set_{name}" for name in self.assign
            )
            values |= {f":set_{name}": value for name, value in self.assign.items()}
            names |= {f"#set_{name}": name for name in self.assign}
        if self.condition:
            request["ConditionExpression"] = self.condition.expression
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
            values |= self.condition.values
            names |= self.condition.names
        if values:
            request["ExpressionAttributeValues"] = to_wire(values)
        if names:
            request["ExpressionAttributeNames"] = names
        return request

    def in_transaction(self, table: str) -> "TransactWriteItemTypeDef":
        """This write as an element of `TransactItems`."""
        return cast("TransactWriteItemTypeDef", {self.kind: self.alone(table)})
