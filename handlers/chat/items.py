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
    QUARANTINE     key              why: an item that no reader is given, chat/quarantine.py

Table `conn`: hash `pk`, range `sk`; time to live `exp`.

    CONN#0         connection id    uid, tokenExp, exp, [admin, counted, room]
    PRESENCE       NOW              at, uids
    RATE#uid       minute           count, exp

Rules that make it last:

- Every item has `v`, the version of its shape, and `site`, where its last change was made.
- What stands here as a type is held for every write and every read, keys included (chat/shapes.py).
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

from typing import Annotated, Final, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta as Where, Struct, UnsetType

from chat import ids
from chat.protocol import entries, fields
from chat.protocol.fields import (
    Count,
    Emoji,
    Kind,
    Level,
    Pixels,
    Pos,
    Rev,
    Start,
    Time,
    Uid,
    Ulid,
)


Plain = dict[str, object]
Key = tuple[str, str]

META: Final = "META"
ROOM: Final = "ROOM"
USERS: Final = "USERS"
ROOMS: Final = "ROOMS"
CONNECTIONS: Final = "CONN#0"
QUARANTINE: Final = "QUARANTINE"

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


Version = Literal[1]
Site = Annotated[str, Where(pattern=r"^[A-Z]\Z")]
Seconds = Annotated[int, Where(ge=0, lt=1 << 38)]
Ordinal = Annotated[int, Where(ge=1, le=2**53 - 1)]
Label = Annotated[str, Where(max_length=fields.NAME)]
"""A room's name; a direct room has none."""
Standing = Annotated[str, Where(pattern=r"^(owner|admin|member|left|banned)\Z")]

# Without `^` and `\Z`, to be put together to keys.
_ULID = ids.ULID_PATTERN[1:-2]
_POS = ids.POS_PATTERN[1:-2]
_UID = "[0-9A-Za-z_-]{1,64}"

RoomKey = Annotated[str, Where(pattern=rf"^R#{_ULID}\Z")]
UserKey = Annotated[str, Where(pattern=rf"^U#{_UID}\Z")]
ThreadKey = Annotated[str, Where(pattern=rf"^T#{_ULID}#{_ULID}\Z")]


class Stored(Struct, frozen=True, kw_only=True):
    """What every item has."""

    pk: str
    sk: str
    v: Version = 1
    site: Site


class InRoom(Stored, frozen=True, kw_only=True):
    """What lies in a room's partition."""

    pk: RoomKey

    @property
    def rid(self) -> str:
        """The room."""
        return self.pk[len(ROOM_OF_USER) :]


class Entry(InRoom, frozen=True, kw_only=True):
    """What a room's log is made of; `rev` is its place there."""

    rev: Rev


class Meta(InRoom, frozen=True, kw_only=True):
    """The state of a room's log on this site: newest rev, messages so far, last change of members."""

    sk: Literal["META"]
    head: Rev
    n: Count
    mv: Start
    # Of the room's settings, what every `send` must know.
    closed: bool = False
    days: Count = 0


class Room(Entry, frozen=True, kw_only=True):
    """The settings of a room."""

    sk: Literal["ROOM"]
    name: Label
    nameAt: Rev
    kind: Kind
    by: Annotated[str, Where(max_length=64)]
    since: Time
    topic: Annotated[str, Where(max_length=fields.TOPIC)] | UnsetType = UNSET
    topicAt: Rev | UnsetType = UNSET
    days: Count | UnsetType = UNSET
    daysAt: Rev | UnsetType = UNSET
    closed: bool | UnsetType = UNSET
    closedAt: Rev | UnsetType = UNSET
    uids: list[Uid] | UnsetType = UNSET


class Member(Entry, frozen=True, kw_only=True):
    """Somebody belongs, or belonged, to a room."""

    sk: Annotated[str, Where(pattern=rf"^U#{_UID}\Z")]
    role: Standing
    since: Time

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

    sk: Annotated[str, Where(pattern=rf"^M#{_POS}\Z")]
    id: Ulid
    uid: Uid
    n: Ordinal
    body: Annotated[str, Where(max_length=fields.BODY)]
    bodyAt: Rev
    exp: Seconds
    deletedAt: Rev | UnsetType = UNSET
    pinned: bool | UnsetType = UNSET
    pinnedAt: Rev | UnsetType = UNSET
    th: Ulid | UnsetType = UNSET
    g1pk: ThreadKey | UnsetType = UNSET
    g1sk: Pos | UnsetType = UNSET
    q: Ulid | UnsetType = UNSET
    ment: fields.Mentions | UnsetType = UNSET
    rx: dict[Emoji, list[Uid]] | UnsetType = UNSET
    replies: Count | UnsetType = UNSET
    att: Annotated[list[entries.File], Where(max_length=fields.FILES)] | UnsetType = UNSET

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

    sk: Annotated[str, Where(pattern=rf"^I#{_ULID}\Z")]
    uid: Uid
    pos: Pos
    exp: Seconds


class Reaction(InRoom, frozen=True, kw_only=True):
    """Somebody's reaction to a message, on or off."""

    sk: Annotated[str, Where(pattern=rf"^X#{_ULID}#{_UID}#[^\s#]{{1,16}}\Z")]
    on: bool
    onAt: Rev
    exp: Seconds


class Pinned(InRoom, frozen=True, kw_only=True):
    """A message is pinned; there while it is."""

    sk: Annotated[str, Where(pattern=rf"^P#{_POS}\Z")]
    id: Ulid
    exp: Seconds


class File(InRoom, frozen=True, kw_only=True):
    """A file, or one that was announced; `id` is the message that it came with."""

    sk: Annotated[str, Where(pattern=rf"^A#{_POS}\Z")]
    uid: Uid
    name: Annotated[str, Where(max_length=fields.FILE_NAME)]
    size: Count
    type: str
    exp: Seconds
    w: Pixels | UnsetType = UNSET
    h: Pixels | UnsetType = UNSET
    thumb: bool | UnsetType = UNSET
    id: Ulid | UnsetType = UNSET

    @property
    def pos(self) -> str:
        """When it was announced; its own id."""
        return self.sk[len(FILE) :]


class Words(Stored, frozen=True, kw_only=True):
    """The folded text of a message, and the names of its files."""

    pk: Annotated[str, Where(pattern=rf"^W#{_ULID}\Z")]
    sk: Pos
    uid: Uid
    words: str
    exp: Seconds


class Marker(Stored, frozen=True, kw_only=True):
    """How far a member has read; its being there says that the user is a member.

    `ment` is the ordinal of the newest message that mentions the member.
    """

    pk: UserKey
    sk: RoomKey
    readN: Count
    ment: Count = 0
    level: Level = "all"

    @property
    def rid(self) -> str:
        """The room."""
        return self.sk[len(ROOM_OF_USER) :]


class Profile(Stored, frozen=True, kw_only=True):
    """A user in the directory; `uncounted` are those who are left out of usage events."""

    pk: Literal["USERS"]
    sk: UserKey
    name: Annotated[str, Where(min_length=1, max_length=80)]
    nameAt: Rev
    since: Time
    status: Annotated[str, Where(max_length=fields.STATUS)] | UnsetType = UNSET
    statusAt: Rev | UnsetType = UNSET
    uncounted: bool | UnsetType = UNSET

    @property
    def uid(self) -> str:
        """The user."""
        return self.sk[len(MEMBER) :]


class Name(Stored, frozen=True, kw_only=True):
    """A public room in the directory; reserves its name."""

    pk: Literal["ROOMS"]
    sk: Annotated[str, Where(pattern="^N#.")]
    rid: Ulid
    name: Label


class Direct(Stored, frozen=True, kw_only=True):
    """Where the direct room of some people is."""

    pk: Literal["ROOMS"]
    sk: Annotated[str, Where(pattern=rf"^D#{_UID}(#{_UID})*\Z")]
    rid: Ulid


class Act(Stored, frozen=True, kw_only=True):
    """An administrative act; `sk` has the form of a pos."""

    pk: Annotated[str, Where(pattern=r"^AUDIT#[0-9]{6}\Z")]
    sk: Pos
    at: Time
    uid: Uid
    what: Annotated[str, Where(max_length=64)]
    whom: Uid | UnsetType = UNSET
    rid: Ulid | UnsetType = UNSET


class Banned(Stored, frozen=True, kw_only=True):
    """Who is shut out of the whole chat."""

    pk: Literal["SYS"] = "SYS"
    sk: Literal["BANNED"] = "BANNED"
    uids: list[Uid]


class Connection(Struct, frozen=True, kw_only=True):
    """An open socket. `tokenExp` is when its token expires, `exp` when the row does (seconds).

    `counted`: its user's ways are recorded.
    """

    pk: Literal["CONN#0"] = CONNECTIONS
    sk: Annotated[str, Where(min_length=1)]
    v: Version = 1
    uid: Uid
    tokenExp: Seconds
    exp: Seconds
    admin: bool = False
    counted: bool = False
    room: Annotated[str, Where(pattern=rf"^\Z|{ids.ULID_PATTERN}")] = ""


class Presence(Struct, frozen=True, kw_only=True):
    """Who was online when everybody was last told, at `at` milliseconds."""

    pk: Literal["PRESENCE"] = "PRESENCE"
    sk: Literal["NOW"] = "NOW"
    v: Version = 1
    at: Time
    uids: list[Uid]


class Rate(Struct, frozen=True, kw_only=True):
    """How much a user asked for in a minute; it is only ever added to."""

    pk: Annotated[str, Where(pattern=rf"^RATE#{_UID}\Z")]
    sk: Annotated[str, Where(pattern=r"^[0-9]+\Z")]
    count: Count
    exp: Seconds


class Quarantined(Struct, frozen=True, kw_only=True):
    """An item that is not what its key says; `sk` is its key, `why` says what is wrong with it."""

    pk: Literal["QUARANTINE"] = QUARANTINE
    sk: str
    v: Version = 1
    why: str


T = TypeVar("T", bound=Struct)


def load(shape: type[T], plain: Plain) -> T:
    """The typed form of an item; attributes that this version does not know are left out."""
    return msgspec.convert(plain, shape)


def dump(item: Struct) -> Plain:
    """The item as attributes."""
    plain: Plain = msgspec.to_builtins(item)
    return plain
