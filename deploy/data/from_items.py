"""Rows of an export from stored items (pure)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from chat import ids, items
from msgspec import UNSET, UnsetType

from deploy.data import rows
from deploy.data.pseudonyms import Names


T = TypeVar("T")

LATEST = 253_402_300_799_999
"""Milliseconds at the end of the year 9999, the last that a `datetime` has."""


@dataclass(frozen=True, slots=True)
class View:
    """How items are shown: people's names, and whether with texts."""

    names: Names
    text: bool = True

    @property
    def open(self) -> bool:
        """Whether people stand there as who they are."""
        return self.names.key is None

    def person(self, profile: items.Profile) -> rows.Person:
        """Somebody in the directory."""
        uid = self.names.person(profile.uid)
        return rows.Person(
            person=uid,
            name=profile.name if self.open else uid,
            joined_at=time_of(profile.since),
            counted=not profile.uncounted,
            status=_or_none(profile.status) if self.open else None,
            name_rev=profile.nameAt,
            status_rev=_or_none(profile.statusAt) if self.open else None,
            site=profile.site,
        )

    def room(self, room: items.Room, meta: items.Meta) -> rows.Room:
        """A room with the state of its log."""
        people = _or_none(room.uids)
        return rows.Room(
            room=room.rid,
            kind=room.kind,
            name=room.name,
            topic=_or_none(room.topic),
            created_at=time_of(room.since),
            created_by=self.names.person(room.by),
            closed=bool(room.closed),
            retention_days=room.days or 0,
            people=None if people is None else sorted(map(self.names.person, people)),
            messages=meta.n,
            head=meta.head,
            members_rev=meta.mv,
            rev=room.rev,
            name_rev=room.nameAt,
            topic_rev=_or_none(room.topicAt),
            days_rev=_or_none(room.daysAt),
            closed_rev=_or_none(room.closedAt),
            site=room.site,
        )

    def member(self, member: items.Member, marker: items.Marker | None) -> rows.Member:
        """A place in a room, and how far its holder has read."""
        return rows.Member(
            room=member.rid,
            person=self.names.person(member.uid),
            role=member.role,
            since=time_of(member.since),
            read=None if marker is None else marker.readN,
            mentioned=0 if marker is None else marker.ment,
            level="all" if marker is None else marker.level,
            rev=member.rev,
            site=member.site,
        )

    def message(self, message: items.Message) -> rows.Message:
        """A message."""
        mentioned = message.ment or []
        edited = message.bodyAt[: ids.TIME] != message.pos[: ids.TIME]
        return rows.Message(
            room=message.rid,
            id=message.id,
            place=message.pos,
            n=message.n,
            person=self.names.person(message.uid),
            sent_at=time_of(message.at),
            text=self._text(message, mentioned),
            characters=len(message.body),
            edited_at=_stamp(message.bodyAt) if edited else None,
            deleted_at=_stamp(message.deletedAt),
            pinned=bool(message.pinned),
            thread=_or_none(message.th),
            quotes=_or_none(message.q),
            mentions=[self.names.person(uid) for uid in mentioned],
            replies=message.replies or 0,
            expires_at=time_of(message.exp * 1000),
            rev=message.rev,
            text_rev=message.bodyAt,
            deleted_rev=_or_none(message.deletedAt),
            pinned_rev=_or_none(message.pinnedAt),
            site=message.site,
        )

    def reaction(self, reaction: items.Reaction) -> rows.Reaction:
        """A reaction."""
        _, message, uid, emoji = reaction.sk.split("#")
        return rows.Reaction(
            room=reaction.rid,
            message=message,
            person=self.names.person(uid),
            emoji=emoji,
            on=reaction.on,
            at=time_of(ids.decode_time(reaction.onAt)),
            expires_at=time_of(reaction.exp * 1000),
            rev=reaction.onAt,
            site=reaction.site,
        )

    def file(self, file: items.File, message: str) -> rows.File:
        """A file of a message."""
        return rows.File(
            room=file.rid,
            file=file.pos,
            message=message,
            person=self.names.person(file.uid),
            name=file.name,
            bytes=file.size,
            type=file.type,
            width=_or_none(file.w),
            height=_or_none(file.h),
            thumbnail=bool(file.thumb),
            uploaded_at=time_of(ids.decode_time(file.pos)),
            expires_at=time_of(file.exp * 1000),
            site=file.site,
        )

    def _text(self, message: items.Message, mentioned: list[str]) -> str | None:
        if message.deleted or not self.text:
            return None
        return self.names.text(message.body, mentioned)


def time_of(ms: int) -> datetime:
    """A time of the chat's, in milliseconds since 1970."""
    return datetime.fromtimestamp(min(ms, LATEST) / 1000, UTC)


def _stamp(rev: str | UnsetType) -> datetime | None:
    return None if rev is UNSET else time_of(ids.decode_time(rev))


def _or_none(value: T | UnsetType) -> T | None:
    return None if value is UNSET else value
