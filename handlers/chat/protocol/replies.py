"""Replies: what a request is answered with."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from chat.errors import Code
from chat.protocol import requests
from chat.protocol.entries import (
    Act,
    AnyItem,
    Listed,
    Message,
    Person,
    RoomFile,
    Summary,
    User,
)
from chat.protocol.fields import Level


class Reply(Struct, frozen=True, kw_only=True):
    """Done; `r` is that of the request."""

    r: str
    ok: Literal[True] = True


class Failure(Struct, frozen=True, kw_only=True):
    """The whole request failed; `msg` is for people, `after` is in milliseconds."""

    r: str
    ok: Literal[False] = False
    e: Code
    msg: str
    after: int | UnsetType = UNSET


class Limits(Struct, frozen=True, kw_only=True):
    """Bytes of a text, a frame, a file and a thumb; messages of a `send`, files of a message.

    `types` are those of files that are taken.
    """

    body: int
    frame: int
    batch: int
    file: int
    thumb: int
    files: int
    types: list[str]


class Hello(Reply, frozen=True, kw_only=True):
    """If it does not fit a frame, the same `r` is answered several times, all but the last with
    `more`, each with a part of `rooms`, `users` and `online`: who was, when it was last told.
    `admin` says that the user is one.
    """

    uid: str
    ts: int
    site: str
    limits: Limits
    rooms: list[Summary]
    users: list[User]
    online: list[str]
    admin: bool | UnsetType = UNSET
    more: bool | UnsetType = UNSET


class Auth(Reply, frozen=True, kw_only=True):
    """Until when the token is good, in seconds."""

    exp: int


class Ping(Reply, frozen=True, kw_only=True):
    """The server's time; and the joined rooms' heads, only if `h` was given and differs."""

    ts: int
    heads: dict[str, str] | UnsetType = UNSET


class UserSet(Reply, frozen=True, kw_only=True):
    """The profile as it is now."""

    user: User


class Sent(Struct, frozen=True, kw_only=True):
    """One message of a `send`: where it is stored, or why it is not; the others are."""

    id: str
    ok: bool
    pos: str | UnsetType = UNSET
    rev: str | UnsetType = UNSET
    n: int | UnsetType = UNSET
    at: int | UnsetType = UNSET
    e: Code | UnsetType = UNSET
    msg: str | UnsetType = UNSET


class Send(Reply, frozen=True, kw_only=True):
    """For each message, in order."""

    msgs: list[Sent]


class Changed(Reply, frozen=True, kw_only=True):
    """The message as it is now."""

    item: Message


class Hist(Reply, frozen=True, kw_only=True):
    """Messages, oldest first; fewer than `limit` when the frame is full.

    `more` says that older ones exist, `newer` that newer ones do.
    """

    items: list[Message]
    more: bool
    newer: bool | UnsetType = UNSET


class Thread(Reply, frozen=True, kw_only=True):
    """The message that the thread hangs on, and replies, oldest first."""

    root: Message
    items: list[Message]
    more: bool


class Pins(Reply, frozen=True, kw_only=True):
    """Pinned messages, the latest pinned first; as many as fit."""

    items: list[Message]


class Search(Reply, frozen=True, kw_only=True):
    """Messages, newest first; with `next`, not all has been searched yet: ask on from there."""

    items: list[Message]
    next: str


class Sync(Reply, frozen=True, kw_only=True):
    """Entries in `rev` order; `cur` is the rev to continue from."""

    items: list[AnyItem]
    cur: str
    more: bool


class Read(Reply, frozen=True, kw_only=True):
    """The marker, which only grows."""

    readN: int


class Form(Struct, frozen=True, kw_only=True):
    """Where and with which fields a file is to be posted.

    A form (`multipart/form-data`) of these fields, and after them the content as `file`. 204 says
    that it has arrived.
    """

    url: str
    fields: dict[str, str]


class FileUpload(Reply, frozen=True, kw_only=True):
    """The file's `id`, its `form` and, if asked for, that of the `thumb`."""

    id: str
    form: Form
    thumb: Form | UnsetType = UNSET


class FileOpen(Reply, frozen=True, kw_only=True):
    """URLs by id, good for five minutes. A download under its own name, whatever its type."""

    urls: dict[str, str]


class FileList(Reply, frozen=True, kw_only=True):
    """Files, newest first; with `next`, there may be more: ask on from there."""

    files: list[RoomFile]
    next: str


class OneRoom(Reply, frozen=True, kw_only=True):
    """The room as this user sees it."""

    room: Summary


class RoomList(Reply, frozen=True, kw_only=True):
    """With `more`, the next page is after `next`."""

    rooms: list[Listed]
    more: bool | UnsetType = UNSET
    next: str | UnsetType = UNSET


class RoomLevel(Reply, frozen=True, kw_only=True):
    """What notifies the user from now on."""

    level: Level


class MemberList(Reply, frozen=True, kw_only=True):
    """By uid; with `more`, the next page is after the last of them."""

    members: list[Person]
    more: bool


class AdminBanned(Reply, frozen=True, kw_only=True):
    """By uid; with `more`, the next page is after the last of them."""

    uids: list[str]
    more: bool


class AdminAudit(Reply, frozen=True, kw_only=True):
    """Acts, latest first."""

    acts: list[Act]
    more: bool


OF: dict[type[requests.AnyRequest], type[Reply] | None] = {
    requests.Hello: Hello,
    requests.Auth: Auth,
    requests.Ping: Ping,
    requests.UserSet: UserSet,
    requests.Focus: Reply,
    requests.Typing: None,
    requests.Send: Send,
    requests.Edit: Changed,
    requests.Delete: Changed,
    requests.React: Changed,
    requests.Pin: Changed,
    requests.Hist: Hist,
    requests.Thread: Thread,
    requests.Pins: Pins,
    requests.Search: Search,
    requests.Sync: Sync,
    requests.Read: Read,
    requests.FileUpload: FileUpload,
    requests.FileOpen: FileOpen,
    requests.FileList: FileList,
    requests.RoomCreate: OneRoom,
    requests.RoomDirect: OneRoom,
    requests.RoomList: RoomList,
    requests.RoomJoin: OneRoom,
    requests.RoomLeave: Reply,
    requests.RoomSet: OneRoom,
    requests.RoomLevel: RoomLevel,
    requests.MemberList: MemberList,
    requests.MemberAdd: Reply,
    requests.MemberRemove: Reply,
    requests.MemberRole: Reply,
    requests.AdminBan: Reply,
    requests.AdminBanned: AdminBanned,
    requests.AdminAudit: AdminAudit,
}
"""The reply of each request; `typing` has none."""
