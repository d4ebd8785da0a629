"""Pushes: what a client is told without having asked."""

from msgspec import Struct

from chat.protocol import entries, fields


class Push(Struct, frozen=True, kw_only=True, tag_field="t"):
    """What every push carries: `t`."""


class Log(Push, frozen=True, kw_only=True, tag="log"):
    """Consecutive entries of a room's log.

    `p` is the head before the first; the last one's `rev` is the new head.
    """

    rid: str
    p: str
    items: list[entries.AnyItem]


class Read(Push, frozen=True, kw_only=True, tag="read"):
    """Another device of the same user read."""

    rid: str
    readN: int


class Level(Push, frozen=True, kw_only=True, tag="level"):
    """Another device of the same user chose what notifies."""

    rid: str
    level: fields.Level


class User(Push, frozen=True, kw_only=True, tag="user"):
    """Somebody is new, or has another name or status."""

    user: entries.User


class Joined(Push, frozen=True, kw_only=True, tag="joined"):
    """The user is in a room now: joined it on another device, or was added to it."""

    room: entries.Summary


class Left(Push, frozen=True, kw_only=True, tag="left"):
    """The user is no longer in a room."""

    rid: str


class Typing(Push, frozen=True, kw_only=True, tag="typ"):
    """Somebody is writing in the room this socket looks at; good for 6 s."""

    rid: str
    uid: str


class Presence(Push, frozen=True, kw_only=True, tag="pres"):
    """Who is online, all of them; at most once in 20 s, when it has changed."""

    uids: list[str]


AnyPush = Log | Read | Level | User | Joined | Left | Typing | Presence
