"""DynamoDB's typed JSON, and the writes that carry it."""

import pytest
from chat.attributes import from_wire, to_wire
from chat.writes import ABSENT, Write, where
from hypothesis import given, strategies as st


VALUES = st.recursive(
    st.text() | st.integers() | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=9), VALUES, max_size=5))
def test_an_item_survives(item: dict[str, object]) -> None:
    """Both directions agree, and booleans stay booleans."""
    back = from_wire(to_wire(item))
    assert back == item
    assert repr(back) == repr(item)


def test_other_types_are_refused_on_the_way_out_and_passed_on_the_way_in() -> None:
    """The chat stores no fractions; a later version may store what this one does not know."""
    with pytest.raises(TypeError):
        to_wire({"x": 1.5})
    assert from_wire({"x": {"SS": ["a"]}}) == {"x": ["a"]}


def test_a_write_names_everything_by_placeholders() -> None:
    """`name` and `role` are reserved words of DynamoDB."""
    write = Write("Update", {"pk": "p"}, where("#role <> :left", left="left"), {"name": "x"})
    assert write.in_transaction("t") == {
        "Update": {
            "TableName": "t",
            "Key": {"pk": {"S": "p"}},
            "UpdateExpression": "SET #set_name = :set_name",
            "ConditionExpression": "#role <> :left",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            "ExpressionAttributeValues": {":set_name": {"S": "x"}, ":left": {"S": "left"}},
            "ExpressionAttributeNames": {"#set_name": "name", "#role": "role"},
        }
    }


def test_a_put_without_conditions_is_bare() -> None:
    """No empty maps, which DynamoDB refuses."""
    assert Write("Put", {"pk": "p"}).alone("t") == {"TableName": "t", "Item": {"pk": {"S": "p"}}}
    assert "ExpressionAttributeValues" not in Write("Put", {"pk": "p"}, ABSENT).alone("t")
