"""Two histories of one room become one (pure).

During an outage a room may be written to on two sites. What comes of both is a union: a message is
the same message if its id is, a field that both changed has the value with the later stamp, a
reaction is on or off as the later stamp says. Merging is commutative, associative and idempotent,
so it does not matter in which order, how often, or by whom it is done; no site decides.

A stamp has the form of a rev: time, then site, so that no two differ in value and agree in stamp.
A history holds what a copy of a room's items says; `rev` and `n` are each site's own and not merged.
"""

from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace


T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

HOME = "A"


class Stamped(Struct, frozen=True):
    """A value, and when and where it was set."""

    value: str
    at: str


class Message(Struct, frozen=True, kw_only=True):
    """A message: who wrote it and where it stands, and what sites may change apart.

    `deleted` is the stamp of its deletion, or empty; `pinned` says `on` or nothing.
    """

    uid: str
    pos: str
    body: Stamped
    deleted: str = ""
    pinned: Stamped = Stamped("", "")


class History(Struct, frozen=True, kw_only=True):
    """A room: its messages by id, reactions by (id, uid, emoji), members' roles by uid."""

    messages: Mapping[str, Message] = {}
    reactions: Mapping[tuple[str, str, str], Stamped] = {}
    roles: Mapping[str, Stamped] = {}


def merge(one: History, other: History) -> History:
    """All that either knows."""
    return History(
        messages=_union(one.messages, other.messages, message),
        reactions=_union(one.reactions, other.reactions, later),
        roles=_union(one.roles, other.roles, later),
    )


def message(one: Message, other: Message) -> Message:
    """One message from two forms of it.

    A deletion beats every edit, whenever that was made. The place is that of the home site if it
    has one there: most people have seen it there.
    """
    first = min(one, other, key=_standing)
    deleted = max(one.deleted, other.deleted)
    body = later(one.body, other.body)
    return replace(
        first,
        body=Stamped("", body.at) if deleted else body,
        deleted=deleted,
        pinned=later(one.pinned, other.pinned),
    )


def later(one: Stamped, other: Stamped) -> Stamped:
    """The value that was set later; sites break ties by name, and values by themselves."""
    return max(one, other, key=lambda stamped: (stamped.at, stamped.value))


def _standing(found: Message) -> tuple[bool, str, str]:
    site = found.pos[10:11]
    return site != HOME, found.pos, found.uid


def _union(one: Mapping[K, T], other: Mapping[K, T], both: Callable[[T, T], T]) -> dict[K, T]:
    return {
        key: both(one[key], other[key])
        if key in one and key in other
        else one[key]
        if key in one
        else other[key]
        for key in one.keys() | other.keys()
    }
