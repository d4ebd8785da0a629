"""The wire protocol as types; docs/protocol.md explains them.

Requests are told apart by `action`, items by `k`, pushes by `t`. Unknown fields are ignored.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from chat import ids
from chat.errors import Code, Refused


VERSION = 1
SUBPROTOCOL = "labchat.v1"

# API Gateway closes the socket at 32 KB a frame ("Quotas for WebSocket"); 4 KB are left for
# whatever wraps the text on its way.
FRAME = 28 * 1024
BODY = 16 * 1024
BATCH = 20

# What surrounds a list in a reply: `r` (64 characters of at most 6 bytes) and a few short fields.
OVERHEAD = 1024
# The decoder's reason quotes a bad value in full; its beginning is enough.
REASON = 200
# A text in its JSON form, so that the message fits any reply; the rest is for its other fields.
JSON_BODY = FRAME - 2 * OVERHEAD

Text64 = Annotated[str, Meta(max_length=64)]
Ulid = Annotated[str, Meta(pattern=ids.ULID_PATTERN)]
Rev = Annotated[str, Meta(pattern=ids.REV_PATTERN)]
Pos = Annotated[str, Meta(pattern=ids.POS_PATTERN)]
Start = Annotated[str, Meta(pattern=rf"^\Z|{ids.REV_PATTERN}")]
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]


# --- requests -----------------------------------------------------------------------------------


class Request(Struct, frozen=True, kw_only=True, tag_field="action"):
    """What every request carries: `r`, which its reply repeats."""

    r: Text64 = ""


class Hello(Request, frozen=True, kw_only=True, tag="hello"):
    """The first frame of a socket: who am I, which rooms have I, who is there."""

    v: int = VERSION
    name: str = ""


class Auth(Request, frozen=True, kw_only=True, tag="auth"):
    """A fresh access token for this open socket."""

    jwt: str


class Ping(Request, frozen=True, kw_only=True, tag="ping"):
    """Keeps the socket open; with a digest, asks whether anything was missed."""

    h: str | None = None


class Draft(Struct, frozen=True):
    """A message its author wants stored."""

    id: Ulid
    body: str


class Send(Request, frozen=True, kw_only=True, tag="send"):
    """Store these messages, in this order."""

    rid: Ulid
    msgs: Annotated[list[Draft], Meta(min_length=1, max_length=BATCH)]


class Hist(Request, frozen=True, kw_only=True, tag="hist"):
    """A page of the timeline, going back."""

    rid: Ulid
    before: Pos | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class Sync(Request, frozen=True, kw_only=True, tag="sync"):
    """A page of the log, going forward."""

    rid: Ulid
    after: Start
    limit: Annotated[int, Meta(ge=1, le=200)] = 100


class Read(Request, frozen=True, kw_only=True, tag="read"):
    """Everything up to ordinal `n` was seen."""

    rid: Ulid
    n: Count


class RoomCreate(Request, frozen=True, kw_only=True, tag="room.create"):
    """A new public room."""

    rid: Ulid
    name: str


class RoomList(Request, frozen=True, kw_only=True, tag="room.list"):
    """A page of the public rooms, by name."""

    after: str | None = None


class RoomJoin(Request, frozen=True, kw_only=True, tag="room.join"):
    """Become a member."""

    rid: Ulid


AnyRequest = Hello | Auth | Ping | Send | Hist | Sync | Read | RoomCreate | RoomList | RoomJoin


# --- what rooms are made of ---------------------------------------------------------------------


class Item(Struct, frozen=True, kw_only=True, tag_field="k"):
    """An entry of a room's log."""

    rid: str
    rev: str


class Message(Item, frozen=True, kw_only=True, tag="message"):
    """A message; `n` is its ordinal in the room, `at` the time of its first commit."""

    id: str
    uid: str
    pos: str
    n: int
    body: str
    at: int


class Member(Item, frozen=True, kw_only=True, tag="member"):
    """Somebody belongs to the room."""

    uid: str
    role: str
    since: int


class Room(Item, frozen=True, kw_only=True, tag="room"):
    """The room's settings."""

    name: str
    kind: str
    by: str
    since: int


AnyItem = Message | Member | Room


class Summary(Struct, frozen=True, kw_only=True):
    """A joined room as its list entry shows it; unread is `n - readN`."""

    rid: str
    name: str
    kind: str
    role: str
    head: str
    n: int
    readN: int


class Listed(Struct, frozen=True, kw_only=True):
    """A public room in `room.list`."""

    rid: str
    name: str
    n: int
    joined: bool


class User(Struct, frozen=True, kw_only=True):
    """Somebody in the directory."""

    uid: str
    name: str


# --- answers ------------------------------------------------------------------------------------


class Accepted(Struct, frozen=True, kw_only=True):
    """One message of a `send` is stored."""

    id: str
    pos: str
    rev: str
    n: int
    at: int
    ok: Literal[True] = True


class Rejected(Struct, frozen=True, kw_only=True):
    """One message of a `send` is not stored; the others are."""

    id: str
    e: Code
    msg: str
    ok: Literal[False] = False


class Failure(Struct, frozen=True, kw_only=True):
    """The whole request failed."""

    r: str
    e: Code
    msg: str
    after: int | UnsetType = UNSET
    ok: Literal[False] = False


class LogPush(Struct, frozen=True, kw_only=True, tag_field="t", tag="log"):
    """Consecutive entries of a log; `p` is the head before the first."""

    rid: str
    p: str
    items: list[AnyItem]


class ReadPush(Struct, frozen=True, kw_only=True, tag_field="t", tag="read"):
    """Another device of the same user read."""

    rid: str
    readN: int


class UserPush(Struct, frozen=True, kw_only=True, tag_field="t", tag="user"):
    """Somebody is new, or renamed."""

    user: User


class JoinedPush(Struct, frozen=True, kw_only=True, tag_field="t", tag="joined"):
    """The user joined a room on another device."""

    room: Summary


_encode = msgspec.json.Encoder().encode
_decoder: msgspec.json.Decoder[AnyRequest] = msgspec.json.Decoder(AnyRequest)


class _Reference(Struct, frozen=True):
    """The part of a bad request that its reply needs."""

    r: Text64 = ""


def decode(body: str) -> AnyRequest:
    """The request in this frame; raises `Refused`."""
    if len(body) > FRAME or len(body.encode()) > FRAME:
        raise Refused("toobig", f"A message may have {FRAME} bytes.")
    try:
        return _decoder.decode(body)
    except (msgspec.MsgspecError, RecursionError) as error:
        # It names the field and what was expected there; it goes to the asking client only.
        raise Refused("invalid", str(error)[:REASON]) from error


def reference(body: str) -> str:
    """The `r` of a request that could not be decoded, or nothing."""
    try:
        return msgspec.json.decode(body, type=_Reference).r
    except (msgspec.MsgspecError, RecursionError):
        return ""


def encode(value: object) -> bytes:
    """The bytes of one frame."""
    return _encode(value)


def reply(r: str, **fields: object) -> bytes:
    """A success."""
    return _encode({"r": r, "ok": True, **fields})


def failure(r: str, refused: Refused) -> bytes:
    """A failure."""
    after = UNSET if refused.after is None else refused.after
    return _encode(Failure(r=r, e=refused.code, msg=refused.msg, after=after))
