"""What an item must be: every kind, every attribute."""

import contextlib
from typing import Any

import msgspec
import pytest
from chat import ids, items, shapes
from chat.shapes import Unsound
from hypothesis import given, strategies as st


RID, ID, UID = "0" * 26, "1" + "0" * 25, "ada"
REV = ids.rev(1_800_000_000_000, "A")
POS = ids.pos(1_800_000_000_000, "A", "00000")

EXAMPLES: list[dict[str, Any]] = [
    {"pk": f"R#{RID}", "sk": "META", "head": REV, "n": 1, "mv": "", "closed": False, "days": 0},
    {
        "pk": f"R#{RID}",
        "sk": "ROOM",
        "rev": REV,
        "name": "general",
        "nameAt": REV,
        "kind": "public",
        "by": "",
        "since": 1,
        "topic": "t",
        "topicAt": REV,
        "days": 7,
        "daysAt": REV,
        "closed": True,
        "closedAt": REV,
        "uids": [UID],
    },
    {"pk": f"R#{RID}", "sk": f"U#{UID}", "rev": REV, "role": "owner", "since": 1},
    {
        "pk": f"R#{RID}",
        "sk": f"M#{POS}",
        "rev": REV,
        "id": ID,
        "uid": UID,
        "n": 1,
        "body": "text",
        "bodyAt": REV,
        "exp": 1,
        "deletedAt": REV,
        "pinned": True,
        "pinnedAt": REV,
        "th": ID,
        "g1pk": f"T#{RID}#{ID}",
        "g1sk": POS,
        "q": ID,
        "ment": [UID],
        "rx": {"👍": [UID]},
        "replies": 1,
        "att": [
            {
                "id": POS,
                "name": "a.png",
                "size": 1,
                "type": "image/png",
                "w": 1,
                "h": 1,
                "thumb": True,
            }
        ],
    },
    {"pk": f"R#{RID}", "sk": f"I#{ID}", "uid": UID, "pos": POS, "exp": 1},
    {"pk": f"R#{RID}", "sk": f"X#{ID}#{UID}#👍", "on": True, "onAt": REV, "exp": 1},
    {"pk": f"R#{RID}", "sk": f"P#{POS}", "id": ID, "exp": 1},
    {
        "pk": f"R#{RID}",
        "sk": f"A#{POS}",
        "uid": UID,
        "name": "a.png",
        "size": 1,
        "type": "image/png",
        "exp": 1,
        "w": 1,
        "h": 1,
        "thumb": True,
        "id": ID,
    },
    {"pk": f"W#{RID}", "sk": POS, "uid": UID, "words": "text", "exp": 1},
    {"pk": f"U#{UID}", "sk": f"R#{RID}", "readN": 0, "ment": 0, "level": "all"},
    {
        "pk": "USERS",
        "sk": f"U#{UID}",
        "name": "Ada",
        "nameAt": REV,
        "since": 1,
        "status": "here",
        "statusAt": REV,
        "uncounted": True,
    },
    {"pk": "ROOMS", "sk": "N#general", "rid": RID, "name": "General"},
    {"pk": "ROOMS", "sk": "D#ada#bob", "rid": RID},
    {
        "pk": "AUDIT#202701",
        "sk": POS,
        "at": 1,
        "uid": UID,
        "what": "del",
        "whom": "bob",
        "rid": RID,
    },
    {"pk": "SYS", "sk": "BANNED", "uids": [UID]},
    {"pk": "QUARANTINE", "sk": "SYS BANNED", "why": "bad"},
    {
        "pk": "CONN#0",
        "sk": "one=",
        "uid": UID,
        "tokenExp": 1,
        "exp": 1,
        "admin": True,
        "counted": True,
        "room": RID,
    },
    {"pk": "PRESENCE", "sk": "NOW", "at": 1, "uids": [UID]},
    {"pk": f"RATE#{UID}", "sk": "30000000", "count": 1, "exp": 1},
]


def whole(example: dict[str, Any]) -> dict[str, Any]:
    """With what every kind of item has."""
    known = shapes.shape_of(shapes.key_of(example)).__struct_fields__
    common = {"v": 1, "site": "A"}
    return {name: value for name, value in common.items() if name in known} | example


WHOLE = [whole(example) for example in EXAMPLES]
ATTRIBUTES = [
    (example, name) for example in WHOLE for name in example if name not in {"pk", "sk", "words"}
]


def test_every_kind_has_an_example_with_all_its_attributes() -> None:
    """The tables below leave out nothing."""
    shown = {shapes.shape_of(shapes.key_of(each)): set(each) for each in WHOLE}
    assert shown == {shape: set(shape.__struct_fields__) for shape in shapes.KINDS.values()}


@pytest.mark.parametrize("example", WHOLE, ids=lambda each: f"{each['pk']} {each['sk']}")
def test_an_item_as_it_should_be_passes(example: dict[str, Any]) -> None:
    """Read, written whole, and changed attribute by attribute."""
    shapes.check(example)
    shapes.check_new(example)
    for name in example.keys() - {"pk", "sk"}:
        shapes.check_change(shapes.key_of(example), {name: example[name]})


@pytest.mark.parametrize(
    ("example", "name"), ATTRIBUTES, ids=[f"{each['sk']} {name}" for each, name in ATTRIBUTES]
)
def test_every_attribute_is_held_to_its_type(example: dict[str, Any], name: str) -> None:
    """Another type is refused everywhere, with a reason that names the attribute alone."""
    wrong: Any
    for wrong in (1.5, ["a secret"], {"a secret": "secret"}, -1):
        broken = example | {name: wrong}
        for check in (shapes.check, shapes.check_new):
            with pytest.raises(Unsound) as caught:
                check(broken)
            assert f"`$.{name}" in caught.value.why
            assert "secret" not in str(caught.value)
        with pytest.raises(Unsound):
            shapes.check_change(shapes.key_of(example), {name: wrong})


@pytest.mark.parametrize(
    ("sk", "name", "value"),
    [
        (f"M#{POS}", "body", "x" * 20_000),
        (f"M#{POS}", "rev", "secret"),
        (f"M#{POS}", "n", 0),
        (f"M#{POS}", "uid", "two words"),
        (f"M#{POS}", "v", 2),
        (f"M#{POS}", "rx", {"a b": [UID]}),
        (f"U#{UID}", "role", "secret"),
        ("ROOM", "kind", "secret"),
        ("BANNED", "uids", ["secret place"]),
        ("one=", "room", "secret"),
    ],
)
def test_values_out_of_bounds_are_refused(sk: str, name: str, value: object) -> None:
    """Ids, stamps and counts have a form; a later version's item is not this one's."""
    (example,) = (each for each in WHOLE if each["sk"] == sk and each["pk"] != "USERS")
    with pytest.raises(Unsound) as caught:
        shapes.check(example | {name: value})
    assert f"`$.{name}" in caught.value.why
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "key",
    [
        ("R#short", f"M#{POS}"),
        (f"R#{RID}", "M#not a place"),
        (f"R#{RID}", f"U#{UID}#x"),
        (f"R#{RID}", "Z#later"),
        (f"R#{RID}", "ROOM2"),
        ("SYS", "later"),
        ("Q", "q"),
    ],
)
def test_a_foreign_key_is_refused(key: items.Key) -> None:
    """Whatever else the item holds."""
    everything = {name: value for each in WHOLE for name, value in each.items()}
    with pytest.raises(Unsound):
        shapes.check(everything | dict(zip(("pk", "sk"), key, strict=True)))
    with pytest.raises(Unsound):
        shapes.check_change(key, {})


def test_a_reader_lets_unknown_attributes_pass_and_a_writer_does_not() -> None:
    """An attribute too many harms no reader; a writer that makes one has a slip in it."""
    key = shapes.key_of(WHOLE[0])
    shapes.check(WHOLE[0] | {"more": 1})
    with pytest.raises(Unsound, match="more"):
        shapes.check_new(WHOLE[0] | {"more": 1})
    with pytest.raises(Unsound, match="more"):
        shapes.check_change(key, {"more": 1})


@pytest.mark.parametrize("example", WHOLE, ids=lambda each: f"{each['pk']} {each['sk']}")
def test_what_lacks_an_attribute_is_refused(example: dict[str, Any]) -> None:
    """Those that have no default."""
    shape = shapes.shape_of(shapes.key_of(example))
    required = [field.name for field in msgspec.structs.fields(shape) if field.required]
    for name in set(required) - {"pk", "sk"}:
        with pytest.raises(Unsound, match=name):
            shapes.check({key: value for key, value in example.items() if key != name})


VALUES = st.recursive(
    st.text(max_size=9) | st.integers() | st.booleans() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)


@given(st.sampled_from(WHOLE), st.data())
def test_nothing_in_an_item_can_crash_the_check(
    example: dict[str, Any], data: st.DataObject
) -> None:
    """It passes or is unsound, whatever it holds; what passes can be loaded."""
    broken = data.draw(
        st.fixed_dictionaries({name: VALUES | st.just(example[name]) for name in example})
    )
    broken |= {"pk": example["pk"], "sk": example["sk"]}
    with contextlib.suppress(Unsound):
        shapes.check(broken)
        items.load(shapes.shape_of(shapes.key_of(broken)), broken)
