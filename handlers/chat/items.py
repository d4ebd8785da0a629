"""What lies in the two tables. The index `rev` can never be changed later, so this is for good.

Table `chat`: hash `pk`, range `sk`; local index `rev` (pk, rev; all attributes); global index
`gsi1` (g1pk, g1sk; sparse; all attributes); `exp` is the time to live, in seconds.

    pk             sk               attributes (those in brackets belong to features to come)
    R#rid          META             head, n, mv
    R#rid          ROOM             rev, name, nameAt, kind, by, since  [topic, topicAt, closedAt]
    R#rid          U#uid            rev, role, since  [bannedAt]
    R#rid          M#pos            rev, id, uid, n, body, bodyAt, exp
                                    [deletedAt, pinnedAt, pinned, q, att, th, g1pk=T#root, g1sk=pos]
    R#rid          I#id             uid, pos, exp
    R#rid          X#id#uid#emoji   [rev, on, onAt, exp]
    U#uid          R#rid            readN  [ment, level]
    U#uid          K#device         [key, since]
    USERS          U#uid            name, nameAt, since  [status]
    ROOMS          N#folded name    rid, name
    ROOMS          P#rid            [kind; private rooms]
    ROOMS          D#uid#uid        [rid; direct rooms, uids in order]
    AUDIT#yyyymm   ulid             [who, what, whom]
    SYS            name             [cursor of the bridge, mode, ...]

Table `conn`: hash `pk`, range `sk`; time to live `exp`.

    CONN#0         connection id    uid, tokenExp, exp

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
"""

from typing import Literal, TypeVar

import msgspec
from msgspec import Struct

from chat import ids


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
ROOM_OF_USER = "R#"
PUBLIC = "N#"

LEFT = "left"


def room_pk(rid: str) -> str:
    """The partition of a room."""
    return "R#" + rid


def user_pk(uid: str) -> str:
    """The partition of a user."""
    return "U#" + uid


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


class Room(Entry, frozen=True, kw_only=True):
    """The settings of a room."""

    name: str
    nameAt: str
    kind: Literal["public", "private", "direct"]
    by: str
    since: int


class Member(Entry, frozen=True, kw_only=True):
    """Somebody belongs, or belonged, to a room."""

    role: str
    since: int

    @property
    def uid(self) -> str:
        """The user."""
        return self.sk[len(MEMBER) :]


class Message(Entry, frozen=True, kw_only=True):
    """A message. `n` is its ordinal on this site, counted from 1 without holes."""

    id: str
    uid: str
    n: int
    body: str
    bodyAt: str
    exp: int

    @property
    def pos(self) -> str:
        """The place in the timeline."""
        return self.sk[len(MESSAGE) :]

    @property
    def at(self) -> int:
        """The time of the first commit."""
        return ids.decode_time(self.pos)


class Identity(InRoom, frozen=True, kw_only=True):
    """Who first used an id, and where that message is."""

    uid: str
    pos: str
    exp: int


class Marker(Stored, frozen=True, kw_only=True):
    """How far a member has read; its being there says that the user is a member."""

    readN: int

    @property
    def rid(self) -> str:
        """The room."""
        return self.sk[len(ROOM_OF_USER) :]


class Profile(Stored, frozen=True, kw_only=True):
    """A user in the directory."""

    name: str
    nameAt: str
    since: int

    @property
    def uid(self) -> str:
        """The user."""
        return self.sk[len(MEMBER) :]


class Name(Stored, frozen=True, kw_only=True):
    """A public room in the directory; reserves its name."""

    rid: str
    name: str


class Connection(Struct, frozen=True, kw_only=True):
    """An open socket. `tokenExp` is when its token expires, `exp` when the row does (seconds)."""

    pk: str = CONNECTIONS
    sk: str
    v: int = 1
    uid: str
    tokenExp: int
    exp: int


T = TypeVar("T", bound=Struct)


def load(shape: type[T], plain: Plain) -> T:
    """The typed form of an item; attributes that this version does not know are left out."""
    return msgspec.convert(plain, shape)


def dump(item: Struct) -> Plain:
    """The item as attributes."""
    plain: Plain = msgspec.to_builtins(item)
    return plain
