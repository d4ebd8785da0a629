"""What an item must be, told by its key (pure).

`chat/items.py` says it once for each kind of item. Here it is held against what is written and
what is read: a key that belongs to no kind, an attribute that is missing, of another type or out of
bounds. What a later version of the chat has stored (`v`) counts as unknown too, since writing it
back would lose what this version does not know.
"""

from functools import cache

import msgspec
from msgspec import UNSET, Struct, UnsetType

from chat.items import (
    Act,
    Banned,
    Connection,
    Direct,
    File,
    Identity,
    Key,
    Marker,
    Member,
    Message,
    Meta,
    Name,
    Pinned,
    Plain,
    Presence,
    Profile,
    Quarantined,
    Rate,
    Reaction,
    Room,
    Words,
)


KINDS: dict[tuple[str, str], type[Struct]] = {
    ("R#", "META"): Meta,
    ("R#", "ROOM"): Room,
    ("R#", "U#"): Member,
    ("R#", "M#"): Message,
    ("R#", "I#"): Identity,
    ("R#", "X#"): Reaction,
    ("R#", "P#"): Pinned,
    ("R#", "A#"): File,
    ("W#", ""): Words,
    ("U#", "R#"): Marker,
    ("USERS", "U#"): Profile,
    ("ROOMS", "N#"): Name,
    ("ROOMS", "D#"): Direct,
    ("AUDIT#", ""): Act,
    ("SYS", "BANNED"): Banned,
    ("QUARANTINE", ""): Quarantined,
    ("CONN#", ""): Connection,
    ("PRESENCE", "NOW"): Presence,
    ("RATE#", ""): Rate,
}
"""By the starts of both keys, up to the first `#`; an empty one stands for all others."""


class Unsound(Exception):
    """An item is not what its key says. `why` names attributes, and holds none of their values."""

    def __init__(self, key: Key, why: str) -> None:
        super().__init__(f"{key[0]} {key[1]}: {why}")
        self.key = key
        self.why = why


def shape_of(key: Key) -> type[Struct]:
    """The type of the item at this key; raises `Unsound` if no kind of item has such a key."""
    first, second = _start(key[0]), _start(key[1])
    shape = KINDS.get((first, second)) or KINDS.get((first, ""))
    if shape is None:
        raise Unsound(key, "no kind of item has such a key")
    return shape


def check(plain: Plain) -> None:
    """Raises `Unsound` unless it is a whole item. Attributes of no meaning are let pass."""
    key = key_of(plain)
    _convert(key, plain, shape_of(key))


def check_new(plain: Plain) -> None:
    """The same for what is to be written, which has no other attributes."""
    key = key_of(plain)
    shape = shape_of(key)
    _convert(key, plain, shape)
    if unknown := plain.keys() - _names(shape):
        raise Unsound(key, f"unknown attributes {sorted(unknown)}")


def check_change(key: Key, assign: Plain) -> None:
    """Raises `Unsound` unless these attributes may be set in the item at this key."""
    _convert(key, {"pk": key[0], "sk": key[1], **assign}, _part(shape_of(key)))


def key_of(plain: Plain) -> Key:
    """The key of an item."""
    return str(plain["pk"]), str(plain["sk"])


def _start(key: str) -> str:
    head, sign, _ = key.partition("#")
    return head + sign


@cache
def _names(shape: type[Struct]) -> frozenset[str]:
    return frozenset(shape.__struct_fields__)


@cache
def _part(shape: type[Struct]) -> type[Struct]:
    """The shape with a part of its attributes, and no others."""
    fields = [
        (field.encode_name, field.type | UnsetType, UNSET)
        for field in msgspec.structs.fields(shape)
    ]
    return msgspec.defstruct(f"PartOf{shape.__name__}", fields, forbid_unknown_fields=True)


def _convert(key: Key, plain: Plain, shape: type[Struct]) -> None:
    try:
        msgspec.convert(plain, shape)
    except msgspec.ValidationError as error:
        raise Unsound(key, _without_values(str(error))) from None


def _without_values(text: str) -> str:
    """msgspec quotes what is in the place of one of a few words, and nothing else of an item."""
    return "unexpected value" + text[text.rindex("'") + 1 :] if "'" in text else text
