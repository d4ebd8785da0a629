"""The rows of an export, one type for each file; docs/data.md is made of them.

A column is added with a new `VERSION`, and none is renamed or removed. Beside the times for people
stand the stamps that the chat itself keeps (`rev`, `…_rev`), so that an import makes the same log
again.
"""

from datetime import datetime
from typing import Annotated, Final, Literal

from chat.protocol.fields import Count, Emoji, Kind, Level, Pixels, Pos, Rev, Start, Uid, Ulid
from msgspec import Meta, Struct


VERSION: Final = 1

Says = Meta
"""`Says(description=…)` is what docs/data.md tells of a column."""

When = Annotated[datetime, Meta(tz=True)]
RoomId = Annotated[Ulid, Says(description="which room")]
Author = Annotated[Uid, Says(description="who")]
Site = Annotated[str, Says(description="`A`: committed on AWS; `L`: on a lab server")]
EntryRev = Annotated[Rev, Says(description="place in the room's log")]
Expires = Annotated[When, Says(description="end of retention")]


class Row(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of a file."""


class Person(Row, frozen=True, kw_only=True):
    """Somebody who has ever said hello."""

    person: Author
    name: Annotated[str, Says(description="display name; the pseudonym again, unless `--names`")]
    joined_at: When
    counted: Annotated[bool, Says(description="false: asked to be left out of usage events")]
    status: Annotated[str | None, Says(description="status text; only with `--names`")] = None
    name_rev: Rev
    status_rev: Rev | None = None
    site: Site


class Room(Row, frozen=True, kw_only=True):
    """A room and its settings."""

    room: RoomId
    kind: Kind
    name: Annotated[str, Says(description="empty for a direct room")]
    topic: str | None = None
    created_at: When
    created_by: Annotated[str, Says(description="who made it; empty for the lobby")]
    closed: Annotated[bool, Says(description="whether it takes no more messages")] = False
    retention_days: Annotated[Count, Says(description="0: as the site has it")] = 0
    people: Annotated[list[Uid] | None, Says(description="of a direct room: who is in it")] = None
    messages: Annotated[Count, Says(description="how many were ever sent")]
    head: Annotated[Rev, Says(description="the newest change of the room")]
    members_rev: Annotated[Start, Says(description="the newest change of who is in it")] = ""
    rev: EntryRev
    name_rev: Rev
    topic_rev: Rev | None = None
    days_rev: Rev | None = None
    closed_rev: Rev | None = None
    site: Site


class Member(Row, frozen=True, kw_only=True):
    """Somebody belongs, or belonged, to a room."""

    room: RoomId
    person: Author
    role: Annotated[str, Says(description="owner, admin, member; left, banned")]
    since: When
    read: Annotated[Count | None, Says(description="`n` of the last message read")] = None
    mentioned: Annotated[Count, Says(description="`n` of the newest mention")] = 0
    level: Annotated[Level, Says(description="what notifies this person")] = "all"
    rev: EntryRev
    site: Site


class File(Row, frozen=True, kw_only=True):
    """A file that came with a message; its content is not part of an export."""

    room: RoomId
    file: Annotated[Pos, Says(description="its id; sorts by time")]
    message: Annotated[Ulid, Says(description="id of the message")]
    person: Author
    name: str
    bytes: Count
    type: Annotated[str, Says(description="media type")]
    width: Annotated[Pixels | None, Says(description="of an image, in pixels")] = None
    height: Pixels | None = None
    thumbnail: bool = False
    uploaded_at: When
    expires_at: Expires
    site: Site


class Message(Row, frozen=True, kw_only=True):
    """A message, as it is now."""

    room: RoomId
    id: Annotated[Ulid, Says(description="given by the author's client")]
    place: Annotated[Pos, Says(description="place in the timeline; sorts by time")]
    n: Annotated[Count, Says(description="number in the room, from 1")]
    person: Author
    sent_at: When
    text: Annotated[str | None, Says(description="null: deleted, or `--without-text`")] = None
    characters: Annotated[int, Says(description="length of the text")] = 0
    edited_at: When | None = None
    deleted_at: When | None = None
    pinned: bool = False
    thread: Annotated[Ulid | None, Says(description="the message that it replies to")] = None
    quotes: Annotated[Ulid | None, Says(description="the message that it quotes")] = None
    mentions: Annotated[list[Uid], Says(description="who is mentioned")] = []
    replies: Annotated[Count, Says(description="how many replies its thread has")] = 0
    expires_at: Expires
    rev: EntryRev
    text_rev: Rev
    deleted_rev: Rev | None = None
    pinned_rev: Rev | None = None
    site: Site


class Reaction(Row, frozen=True, kw_only=True):
    """Somebody's reaction to a message; one taken back stays, with `on` false."""

    room: RoomId
    message: Annotated[Ulid, Says(description="id of the message")]
    person: Author
    emoji: Emoji
    on: bool
    at: Annotated[When, Says(description="when it was put on or off")]
    expires_at: Expires
    rev: Rev
    site: Site


class Usage(Row, frozen=True, kw_only=True):
    """What somebody did, without what was said; recorded with the parameter `UsageKey` only."""

    event: Literal["connected", "disconnected", "sent", "read"]
    person: Author
    at: When
    seconds: Annotated[Count | None, Says(description="disconnected: after how long")] = None
    room: Annotated[Ulid | None, Says(description="sent, read: which room")] = None
    characters: Annotated[Count | None, Says(description="sent: length of the text")] = None
    files: Annotated[Count | None, Says(description="sent: how many files")] = None
    n: Annotated[Count | None, Says(description="read: up to which message")] = None


IMPORTED: dict[str, type[Row]] = {
    "people": Person,
    "rooms": Room,
    "members": Member,
    "reactions": Reaction,
    "attachments": File,
    "messages": Message,
}
"""By the name of the file. An import reads them in this order: each refers to those before it, and
a message holds its reactions and files."""

FILES = IMPORTED | {"usage": Usage}


class Manifest(Struct, frozen=True, kw_only=True):
    """`manifest.json`: what an export is."""

    labchat_export: Literal[1] = VERSION
    made_at: When
    source: str
    format: Literal["jsonl", "parquet"]
    pseudonyms: bool
    text: bool
    rooms: list[str] = []
    since: When | None = None
    until: When | None = None
    rows: dict[str, int]
    damaged: int = 0
    """How many items are not what they should be, and are not in the export."""
