"""What a room's log is made of, and what rooms and users look like in lists."""

from msgspec import UNSET, Struct, UnsetType

from chat.protocol.fields import Kind, Level


class File(Struct, frozen=True, kw_only=True):
    """A file of a message: `size` in bytes, `w` and `h` in pixels; `thumb` says that it has one."""

    id: str
    name: str
    size: int
    type: str
    w: int | UnsetType = UNSET
    h: int | UnsetType = UNSET
    thumb: bool | UnsetType = UNSET


class Item(Struct, frozen=True, kw_only=True, tag_field="k"):
    """An entry of a room's log, in its newest form; `rev` is that of its last change."""

    rid: str
    rev: str


class Message(Item, frozen=True, kw_only=True, tag="message"):
    """A message.

    `n` is its ordinal in the room, counted from 1 without holes, `at` the time of its first commit
    (the time inside `pos`), in milliseconds. The other fields are there when they say something:
    `edited` and `pinned` are times in milliseconds, a `deleted` message has an empty `body`, `rx`
    names who reacted by emoji, `replies` counts the messages of its thread, `att` are its files.
    """

    id: str
    uid: str
    pos: str
    n: int
    body: str
    at: int
    edited: int | UnsetType = UNSET
    deleted: bool | UnsetType = UNSET
    pinned: int | UnsetType = UNSET
    th: str | UnsetType = UNSET
    q: str | UnsetType = UNSET
    ment: list[str] | UnsetType = UNSET
    rx: dict[str, list[str]] | UnsetType = UNSET
    replies: int | UnsetType = UNSET
    att: list[File] | UnsetType = UNSET


class Member(Item, frozen=True, kw_only=True, tag="member"):
    """Somebody's place in the room: `owner`, `admin`, `member`, or `left` or `banned`."""

    uid: str
    role: str
    since: int


class Room(Item, frozen=True, kw_only=True, tag="room"):
    """The room's settings; `days` is there when its retention differs from the site's."""

    name: str
    kind: Kind
    by: str
    since: int
    topic: str | UnsetType = UNSET
    days: int | UnsetType = UNSET
    closed: bool | UnsetType = UNSET
    uids: list[str] | UnsetType = UNSET


AnyItem = Message | Member | Room


class Summary(Struct, frozen=True, kw_only=True):
    """A joined room as its list entry shows it.

    Unread is `n - readN`; `ment` above `readN` is the newest message that mentions the user. `uids`
    are the people of a direct room.
    """

    rid: str
    name: str
    kind: Kind
    role: str
    head: str
    n: int
    readN: int
    ment: int | UnsetType = UNSET
    level: Level | UnsetType = UNSET
    topic: str | UnsetType = UNSET
    closed: bool | UnsetType = UNSET
    uids: list[str] | UnsetType = UNSET


class Listed(Struct, frozen=True, kw_only=True):
    """A public room in `room.list`."""

    rid: str
    name: str
    n: int
    joined: bool


class RoomFile(Struct, frozen=True, kw_only=True):
    """A file in `file.list`: whose it is, and with which message it came."""

    file: File
    uid: str
    msg: str


class Person(Struct, frozen=True, kw_only=True):
    """A member in `member.list`."""

    uid: str
    role: str
    since: int


class User(Struct, frozen=True, kw_only=True):
    """Somebody in the directory."""

    uid: str
    name: str
    status: str | UnsetType = UNSET


class Act(Struct, frozen=True, kw_only=True):
    """An administrative act: when, who, what, to whom or to which message, in which room."""

    pos: str
    at: int
    uid: str
    what: str
    whom: str | UnsetType = UNSET
    rid: str | UnsetType = UNSET
