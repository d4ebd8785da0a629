"""What lies in the two tables. The index `rev` can never be changed later, so this is for good.

Table `chat`: hash `pk`, range `sk`; local index `rev` (pk, rev; all attributes); global index
`gsi1` (g1pk, g1sk; sparse; all attributes); `exp` is the time to live, in seconds.

    pk             sk               attributes (those in brackets are there when they say something)
    R#rid          META             head, n, mv, [closed, days]
    R#rid          ROOM             rev, name, nameAt, kind, by, since,
                                    [topic, topicAt, days, daysAt, closed, closedAt, uids]
    R#rid          U#uid            rev, role, since
    R#rid          M#pos            rev, id, uid, n, body, bodyAt, exp,
                                    [deletedAt, pinned, pinnedAt, q, ment, rx, replies,
                                    att, th, g1pk=T#rid#root, g1sk=pos]
    R#rid          I#id             uid, pos, exp
    R#rid          X#id#uid#emoji   on, onAt, exp
    R#rid          P#pos            id, exp: one for each pinned message
    R#rid          A#pos            uid, name, size, type, exp, [w, h, thumb, id]
    W#rid          pos              uid, words, exp: what search reads
    U#uid          R#rid            readN, ment, level
    USERS          U#uid            name, nameAt, since, [status, statusAt, uncounted]
    ROOMS          N#folded name    rid, name
    ROOMS          D#uid#uid        rid; direct rooms, uids in order
    AUDIT#yyyymm   pos              at, uid, what, [whom, rid]
    SYS            BANNED           uids
    SYS            name             [cursor of the bridge, mode, ...: features to come]

Table `conn`: hash `pk`, range `sk`; time to live `exp`.

    CONN#0         connection id    uid, tokenExp, exp, [admin, room]
    PRESENCE       NOW              at, uids
    RATE#uid       minute           count, exp

Rules that make it last:

- Every item has `v`, the version of its shape, and `site`, where its last change was made.
- `rev` stands on what the room's log is made of and on nothing else, so that the index *is* the
  log. META has none: it changes with every message, and it is this site's own bookkeeping, which
  is never copied to another site. For the same reason (and because a write to an indexed item
  costs one more) read markers are not in the member row but with their user.
- A user's markers exist exactly while the user is a member: one consistent query of `U#uid` gives
  one's rooms. The directories USERS and ROOMS are partitions and not a global index, because a
  global index lags behind and cannot guard a name.
- A field that sites may change independently has a stamp of the form of a rev, and the later
  stamp wins. A deleted message stays, a reaction taken back stays (`on` false), a member who left
  stays with the role `left`.
- Reactions are kept twice: as items of their own, whose stamps merge, and as `rx` in the message,
  which is what clients see. So a message is always one entry, and a page of messages one query.
"""

from typing import TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType

from chat import ids
from chat.protocol import entries
from chat.protocol.fields import Kind, Level


Plain = dict[str, object]
Key = tuple[str, str]

META = "META"
ROOM = "ROOM"
USERS = "USERS"
ROOMS = "ROOMS"
CONNECTIONS = "CONN#0"

MEMBER = "U#"
MESSAGE = "M#"
IDENTITY = "I#"
REACTION = "X#"
PINNED = "P#"
FILE = "A#"
WORDS = "W#"
THREAD = "T#"
ROOM_OF_USER = "R#"
PUBLIC = "N#"
DIRECT = "D#"

LEFT = "left"
BANNED = "banned"
GONE = frozenset({LEFT, BANNED})


def room_pk(rid: str) -> str:
    """The partition of a room."""
    return "R#" + rid


def user_pk(uid: str) -> str:
    """The partition of a user."""
    return "U#" + uid


def thread_pk(rid: str, root: str) -> str:
    """The partition, in the index `gsi1`, of the replies to a message."""
    return f"{THREAD}{rid}#{root}"


class Stored(Struct, frozen=True, kw_only=True):
    """What every item has."""

    pk: str
    sk: str
    v: int = 1
    site: str


class InRoom(Stored, frozen=True, kw_only=True):
    """What lies in a room's partition."""

    @property
    def rid(self) -> str:
        """The room."""
        return self.pk[len(ROOM_OF_USER) :]


class Entry(InRoom, frozen=True, kw_only=True):
    """What a room's log is made of; `rev` is its place there."""

    rev: str


class Meta(InRoom, frozen=True, kw_only=True):
    """The state of a room's log on this site: newest rev, messages so far, last change of members."""

    head: str
    n: int
    mv: str
    # Of the room's settings, what every `send` must know.
    closed: bool = False
    days: int = 0


class Room(Entry, frozen=True, kw_only=True):
    """The settings of a room."""

    name: str
    nameAt: str
    kind: Kind
    by: str
    since: int
    topic: str | UnsetType = UNSET
    topicAt: str | UnsetType = UNSET
    days: int | UnsetType = UNSET
    daysAt: str | UnsetType = UNSET
    closed: bool | UnsetType = UNSET
    closedAt: str | UnsetType = UNSET
    uids: list[str] | UnsetType = UNSET


class Member(Entry, frozen=True, kw_only=True):
    """Somebody belongs, or belonged, to a room."""

    role: str
    since: int

    @property
    def uid(self) -> str:
        """The user."""
        return self.sk[len(MEMBER) :]

    @property
    def active(self) -> bool:
        """Whether it is a membership still."""
        return self.role not in GONE

    @property
    def governs(self) -> bool:
        """Whether this member may change the room and others' place in it."""
        return self.role in {"owner", "admin"}


class Message(Entry, frozen=True, kw_only=True):
    """A message. `n` is its ordinal on this site, counted from 1 without holes."""

    id: str
    uid: str
    n: int
    body: str
    bodyAt: str
    exp: int
    deletedAt: str | UnsetType = UNSET
    pinned: bool | UnsetType = UNSET
    pinnedAt: str | UnsetType = UNSET
    th: str | UnsetType = UNSET
    g1pk: str | UnsetType = UNSET
    g1sk: str | UnsetType = UNSET
    q: str | UnsetType = UNSET
    ment: list[str] | UnsetType = UNSET
    rx: dict[str, list[str]] | UnsetType = UNSET
    replies: int | UnsetType = UNSET
    att: list[entries.File] | UnsetType = UNSET

    @property
    def pos(self) -> str:
        """The place in the timeline."""
        return self.sk[len(MESSAGE) :]

    @property
    def at(self) -> int:
        """The time of the first commit."""
        return ids.decode_time(self.pos)

    @property
    def deleted(self) -> bool:
        """Whether only the place is left."""
        return self.deletedAt is not UNSET


class Identity(InRoom, frozen=True, kw_only=True):
    """Who first used an id, and where that message is."""

    uid: str
    pos: str
    exp: int


class Reaction(InRoom, frozen=True, kw_only=True):
    """Somebody's reaction to a message, on or off."""

    on: bool
    onAt: str
    exp: int


class Pinned(InRoom, frozen=True, kw_only=True):
    """A message is pinned; there while it is."""

    id: str
    exp: int


class File(InRoom, frozen=True, kw_only=True):
    """A file, or one that was announced; `id` is the message that it came with."""

    uid: str
    name: str
    size: int
    type: str
    exp: int
    w: int | UnsetType = UNSET
    h: int | UnsetType = UNSET
    thumb: bool | UnsetType = UNSET
    id: str | UnsetType = UNSET

    @property
    def pos(self) -> str:
        """When it was announced; its own id."""
        return self.sk[len(FILE) :]


class Words(Stored, frozen=True, kw_only=True):
    """The folded text of a message, and the names of its files."""

    uid: str
    words: str
    exp: int


class Marker(Stored, frozen=True, kw_only=True):
    """How far a member has read; its being there says that the user is a member.

    `ment` is the ordinal of the newest message that mentions the member.
    """

    readN: int
    ment: int = 0
    level: Level = "all"

    @property
    def rid(self) -> str:
        """The room."""
        return self.sk[len(ROOM_OF_USER) :]


class Profile(Stored, frozen=True, kw_only=True):
    """A user in the directory; `uncounted` are those who are left out of usage events."""

    name: str
    nameAt: str
    since: int
    status: str | UnsetType = UNSET
    statusAt: str | UnsetType = UNSET
    uncounted: bool | UnsetType = UNSET

    @property
    def uid(self) -> str:
        """The user."""
        return self.sk[len(MEMBER) :]


class Name(Stored, frozen=True, kw_only=True):
    """A public room in the directory; reserves its name."""

    rid: str
    name: str


class Direct(Stored, frozen=True, kw_only=True):
    """Where the direct room of some people is."""

    rid: str


class Act(Stored, frozen=True, kw_only=True):
    """An administrative act; `sk` has the form of a pos."""

    at: int
    uid: str
    what: str
    whom: str | UnsetType = UNSET
    rid: str | UnsetType = UNSET


class Banned(Stored, frozen=True, kw_only=True):
    """Who is shut out of the whole chat."""

    uids: list[str]


class Connection(Struct, frozen=True, kw_only=True):
    """An open socket. `tokenExp` is when its token expires, `exp` when the row does (seconds)."""

    pk: str = CONNECTIONS
    sk: str
    v: int = 1
    uid: str
    tokenExp: int
    exp: int
    admin: bool = False
    room: str = ""


T = TypeVar("T", bound=Struct)


def load(shape: type[T], plain: Plain) -> T:
    """The typed form of an item; attributes that this version does not know are left out."""
    return msgspec.convert(plain, shape)


def dump(item: Struct) -> Plain:
    """The item as attributes."""
    plain: Plain = msgspec.to_builtins(item)
    return plain
