"""Requests: what a client may ask. A docstring's first line is the action's line in the docs."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from chat.protocol import fields
from chat.protocol.fields import (
    BATCH,
    VERSION,
    Count,
    Days,
    Digest,
    Emoji,
    Files,
    Level,
    Mentions,
    Page,
    People,
    Pixels,
    Place,
    Pos,
    Role,
    Start,
    Text64,
    Time,
    Uid,
    Ulid,
)


class Request(Struct, frozen=True, kw_only=True, tag_field="action"):
    """What every request carries: `r`, which its reply repeats."""

    r: Text64 = ""


# --- the socket and the user --------------------------------------------------------------------


class Hello(Request, frozen=True, kw_only=True, tag="hello"):
    """The first frame of a socket: who am I, which rooms have I, who is there.

    `name` is used only when the user has no profile yet.
    """

    v: int = VERSION
    name: str = ""


class Auth(Request, frozen=True, kw_only=True, tag="auth"):
    """A fresh access token for this open socket; it must be of the same user."""

    jwt: str


class Ping(Request, frozen=True, kw_only=True, tag="ping"):
    """Keeps the socket open; with a digest `h`, asks whether anything was missed."""

    h: str | None = None


class UserSet(Request, frozen=True, kw_only=True, tag="user.set"):
    """Change one's own display name, status text, or whether one's use is counted."""

    name: str | None = None
    status: Annotated[str, Meta(max_length=fields.STATUS)] | None = None
    counted: bool | None = None


class Focus(Request, frozen=True, kw_only=True, tag="focus"):
    """The room that this socket looks at, or none; `typ` pushes come for that room only."""

    rid: Ulid | None = None


class Typing(Request, frozen=True, kw_only=True, tag="typing"):
    """The user is writing; shown for 6 s. At most one each 3 s."""

    rid: Ulid


# --- a room's messages --------------------------------------------------------------------------


class Draft(Struct, frozen=True, kw_only=True):
    """A message its author wants stored.

    `th`: the message whose thread it belongs to. `q`: the message it quotes. `ment`: who is
    mentioned. `att`: files that were uploaded for this room; with them the text may be empty.
    """

    id: Ulid
    body: str
    th: Ulid | None = None
    q: Ulid | None = None
    ment: Mentions = []
    att: Files = []


class Send(Request, frozen=True, kw_only=True, tag="send"):
    """Store these messages, in this order, each id once."""

    rid: Ulid
    msgs: Annotated[list[Draft], Meta(min_length=1, max_length=BATCH)]


class Edit(Request, frozen=True, kw_only=True, tag="edit"):
    """A new text for one's own message; `ment`, if given, is who is mentioned from now on."""

    rid: Ulid
    id: Ulid
    body: str
    ment: Mentions | None = None


class Delete(Request, frozen=True, kw_only=True, tag="del"):
    """Remove a message's content for good; its author, and the room's owners and admins, may."""

    rid: Ulid
    id: Ulid


class React(Request, frozen=True, kw_only=True, tag="react"):
    """Put one's reaction to a message on or off."""

    rid: Ulid
    id: Ulid
    emoji: Emoji
    on: bool


class Pin(Request, frozen=True, kw_only=True, tag="pin"):
    """Pin a message in its room, or unpin it."""

    rid: Ulid
    id: Ulid
    on: bool


class Hist(Request, frozen=True, kw_only=True, tag="hist"):
    """A page of the timeline: before a place, after one, around one (a pos or an id), or newest."""

    rid: Ulid
    before: Pos | None = None
    after: Pos | None = None
    around: Place | None = None
    limit: Page = 50


class Thread(Request, frozen=True, kw_only=True, tag="thread"):
    """A page of the replies to a message, going back; replies of the last second may lack."""

    rid: Ulid
    id: Ulid
    before: Pos | None = None
    limit: Page = 50


class Pins(Request, frozen=True, kw_only=True, tag="pins"):
    """The pinned messages of a room, the latest pinned first."""

    rid: Ulid


class Search(Request, frozen=True, kw_only=True, tag="search"):
    """Messages of a room that hold all the words of `q`, by `uid`, within a time in milliseconds.

    Without regard to case and marks; parts of words count. Newest first, `before` the last `next`.
    """

    rid: Ulid
    q: Annotated[str, Meta(max_length=200)] = ""
    uid: Uid | None = None
    since: Time | None = None
    until: Time | None = None
    before: Pos | None = None


class Sync(Request, frozen=True, kw_only=True, tag="sync"):
    """A page of the log after a rev, going forward."""

    rid: Ulid
    after: Start
    limit: Annotated[int, Meta(ge=1, le=200)] = 100


class Read(Request, frozen=True, kw_only=True, tag="read"):
    """Everything up to ordinal `n` was seen."""

    rid: Ulid
    n: Count


# --- files --------------------------------------------------------------------------------------


class Thumb(Struct, frozen=True, kw_only=True):
    """A small picture of the file, which the client has made."""

    size: Annotated[int, Meta(ge=1, le=fields.THUMB)]
    type: fields.ThumbType


class FileUpload(Request, frozen=True, kw_only=True, tag="file.upload"):
    """A place for a file of exactly this size and type, for five minutes; `send` names it within a day.

    `w` and `h` are a picture's size in pixels. With `sha256` (base64) no other content is taken.
    """

    rid: Ulid
    name: Annotated[str, Meta(min_length=1, max_length=fields.FILE_NAME)]
    size: Annotated[int, Meta(ge=1, le=2**40)]
    type: Annotated[str, Meta(min_length=1, max_length=127)]
    w: Pixels | None = None
    h: Pixels | None = None
    sha256: Digest | None = None
    thumb: Thumb | None = None


class FileOpen(Request, frozen=True, kw_only=True, tag="file.open"):
    """Where files of this room's messages can be fetched, or their `thumb`; for members."""

    rid: Ulid
    ids: Annotated[list[Pos], Meta(min_length=1, max_length=fields.FILES)]
    thumb: bool = False


class FileList(Request, frozen=True, kw_only=True, tag="file.list"):
    """A page of the files of a room, newest first, `before` the last `next`."""

    rid: Ulid
    before: Pos | None = None
    limit: Page = 50


# --- rooms and members --------------------------------------------------------------------------


class RoomCreate(Request, frozen=True, kw_only=True, tag="room.create"):
    """A new room, owned by who asks; a public one can be found by its name, which is its alone."""

    rid: Ulid
    name: str
    kind: Literal["public", "private"] = "public"


class RoomDirect(Request, frozen=True, kw_only=True, tag="room.direct"):
    """The room of exactly these people and oneself; made with this `rid` if there is none."""

    rid: Ulid
    uids: Annotated[list[Uid], Meta(min_length=1, max_length=7)]


class RoomList(Request, frozen=True, kw_only=True, tag="room.list"):
    """A page of the public rooms, by name."""

    after: str | None = None


class RoomJoin(Request, frozen=True, kw_only=True, tag="room.join"):
    """Become a member of a public room."""

    rid: Ulid


class RoomLeave(Request, frozen=True, kw_only=True, tag="room.leave"):
    """End one's membership."""

    rid: Ulid


class RoomSet(Request, frozen=True, kw_only=True, tag="room.set"):
    """Change name, topic or retention, or close a room to new messages; for owners and admins.

    `days` of 0 gives the room the site's own retention.
    """

    rid: Ulid
    name: str | None = None
    topic: Annotated[str, Meta(max_length=fields.TOPIC)] | None = None
    days: Literal[0] | Days | None = None
    closed: bool | None = None


class RoomLevel(Request, frozen=True, kw_only=True, tag="room.level"):
    """Which messages of a room notify this user."""

    rid: Ulid
    level: Level


class MemberList(Request, frozen=True, kw_only=True, tag="member.list"):
    """A page of a room's members."""

    rid: Ulid
    after: Uid | None = None


class MemberAdd(Request, frozen=True, kw_only=True, tag="member.add"):
    """Bring people in: any member of a public room may, owners and admins of a private one."""

    rid: Ulid
    uids: People


class MemberRemove(Request, frozen=True, kw_only=True, tag="member.remove"):
    """End somebody's membership; with `ban`, they cannot come back. For owners and admins."""

    rid: Ulid
    uid: Uid
    ban: bool = False


class MemberRole(Request, frozen=True, kw_only=True, tag="member.role"):
    """Give a member a role; for owners."""

    rid: Ulid
    uid: Uid
    role: Role


# --- the site's administrators ------------------------------------------------------------------


class AdminBan(Request, frozen=True, kw_only=True, tag="admin.ban"):
    """Shut a user out of the whole chat, or let them in again; for administrators."""

    uid: Uid
    on: bool


class AdminBanned(Request, frozen=True, kw_only=True, tag="admin.banned"):
    """A page of those who are shut out of the whole chat; for administrators."""

    after: Uid | None = None


class AdminAudit(Request, frozen=True, kw_only=True, tag="admin.audit"):
    """A page of the record of administrative acts in a month (`202711`), latest first."""

    month: Annotated[str, Meta(pattern=r"^[0-9]{6}\Z")]
    before: Pos | None = None


AnyRequest = (
    Hello
    | Auth
    | Ping
    | UserSet
    | Focus
    | Typing
    | Send
    | Edit
    | Delete
    | React
    | Pin
    | Hist
    | Thread
    | Pins
    | Search
    | Sync
    | Read
    | FileUpload
    | FileOpen
    | FileList
    | RoomCreate
    | RoomDirect
    | RoomList
    | RoomJoin
    | RoomLeave
    | RoomSet
    | RoomLevel
    | MemberList
    | MemberAdd
    | MemberRemove
    | MemberRole
    | AdminBan
    | AdminBanned
    | AdminAudit
)
