"""Stored items from the rows of an export (pure): the inverse of `from_items`.

What the chat keeps twice is made again: a message's id, words, pin and reactions, a room's name in
the directory, its members' markers.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from chat import files, items, rooms, search, shapes
from chat.items import Plain
from chat.protocol import entries
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from deploy.data import rows


T = TypeVar("T")


class Unfit(Exception):
    """A row that cannot be imported; the text says why."""


@dataclass(slots=True)
class Builder:
    """Makes items of the rows of one export, given in the order of `rows.IMPORTED`."""

    _logs: dict[str, items.Meta] = field(default_factory=dict)
    """The state of each room's log; it grows with what stands in the log."""
    _seen: set[items.Key] = field(default_factory=set)
    _files: dict[tuple[str, str], list[entries.File]] = field(default_factory=dict)
    _reactions: dict[tuple[str, str], list[rows.Reaction]] = field(default_factory=dict)

    def build(self, row: rows.Row) -> list[Plain]:
        """What is stored for a row; raises `Unfit`."""
        made = [items.dump(item) for item in self._made(row)]
        for plain in made:
            try:
                shapes.check_new(plain)
            except shapes.Unsound as unsound:
                raise Unfit(unsound.why) from None
            key = shapes.key_of(plain)
            if key in self._seen:
                raise Unfit("an earlier row stands in the same place")
        self._seen.update(map(shapes.key_of, made))
        return made

    def rest(self) -> list[Plain]:
        """What is stored when all rows are in: the states of the logs."""
        made = [items.dump(meta) for meta in self._logs.values()]
        for plain in made:
            shapes.check_new(plain)
        return made

    def _made(self, row: rows.Row) -> Iterable[Struct]:
        match row:
            case rows.Person():
                return self._person(row)
            case rows.Room():
                return self._room(row)
            case rows.Member():
                return self._member(row)
            case rows.Reaction():
                return self._reaction(row)
            case rows.File():
                return self._file(row)
            case rows.Message():
                return self._message(row)
            case _:
                raise TypeError(type(row).__name__)

    def _person(self, row: rows.Person) -> Iterable[Struct]:
        yield items.Profile(
            pk=items.USERS,
            sk=items.MEMBER + row.person,
            site=row.site,
            name=row.name,
            nameAt=row.name_rev,
            since=_ms(row.joined_at),
            status=_unset(row.status),
            statusAt=_unset(row.status_rev),
            uncounted=UNSET if row.counted else True,
        )

    def _room(self, row: rows.Room) -> Iterable[Struct]:
        self._logs[row.room] = items.Meta(
            pk=items.room_pk(row.room),
            sk=items.META,
            site=row.site,
            head=row.head,
            n=row.messages,
            mv=row.members_rev,
            closed=row.closed,
            days=row.retention_days,
        )
        yield items.Room(
            pk=items.room_pk(row.room),
            sk=items.ROOM,
            site=row.site,
            rev=row.rev,
            name=row.name,
            nameAt=row.name_rev,
            kind=row.kind,
            by=row.created_by,
            since=_ms(row.created_at),
            topic=_unset(row.topic),
            topicAt=_unset(row.topic_rev),
            days=row.retention_days or UNSET,
            daysAt=_unset(row.days_rev),
            closed=row.closed or UNSET,
            closedAt=_unset(row.closed_rev),
            uids=_unset(row.people),
        )
        if row.kind == "public":
            sk = items.PUBLIC + rooms.fold(row.name)
            yield items.Name(pk=items.ROOMS, sk=sk, site=row.site, rid=row.room, name=row.name)
        if row.kind == "direct":
            sk = items.DIRECT + "#".join(sorted(row.people or []))
            yield items.Direct(pk=items.ROOMS, sk=sk, site=row.site, rid=row.room)

    def _member(self, row: rows.Member) -> Iterable[Struct]:
        self._follow(row.room, row.rev)
        yield items.Member(
            pk=items.room_pk(row.room),
            sk=items.MEMBER + row.person,
            site=row.site,
            rev=row.rev,
            role=row.role,
            since=_ms(row.since),
        )
        if row.read is not None:
            yield items.Marker(
                pk=items.user_pk(row.person),
                sk=items.ROOM_OF_USER + row.room,
                site=row.site,
                readN=row.read,
                ment=row.mentioned,
                level=row.level,
            )

    def _reaction(self, row: rows.Reaction) -> Iterable[Struct]:
        self._log(row.room)
        if row.on:
            self._reactions.setdefault((row.room, row.message), []).append(row)
        yield items.Reaction(
            pk=items.room_pk(row.room),
            sk=f"{items.REACTION}{row.message}#{row.person}#{row.emoji}",
            site=row.site,
            on=row.on,
            onAt=row.rev,
            exp=_ms(row.expires_at) // 1000,
        )

    def _file(self, row: rows.File) -> Iterable[Struct]:
        self._log(row.room)
        file = items.File(
            pk=items.room_pk(row.room),
            sk=items.FILE + row.file,
            site=row.site,
            uid=row.person,
            name=row.name,
            size=row.bytes,
            type=row.type,
            exp=_ms(row.expires_at) // 1000,
            w=_unset(row.width),
            h=_unset(row.height),
            thumb=row.thumbnail or UNSET,
            id=row.message,
        )
        self._files.setdefault((row.room, row.message), []).append(files.shown(file))
        yield file

    def _message(self, row: rows.Message) -> Iterable[Struct]:
        self._follow(row.room, row.rev, row.n)
        if row.text is None and row.deleted_rev is None:
            raise Unfit("it has no text: it was exported with --without-text")
        message = self._stored(row)
        yield message
        pk, exp = message.pk, message.exp
        yield items.Identity(
            pk=pk,
            sk=items.IDENTITY + row.id,
            site=row.site,
            uid=row.person,
            pos=row.place,
            exp=exp,
        )
        if not message.deleted:
            yield items.load(items.Words, search.index(message).target)
        if row.pinned:
            sk = items.PINNED + row.place
            yield items.Pinned(pk=pk, sk=sk, site=row.site, id=row.id, exp=exp)

    def _stored(self, row: rows.Message) -> items.Message:
        return items.Message(
            pk=items.room_pk(row.room),
            sk=items.MESSAGE + row.place,
            site=row.site,
            rev=row.rev,
            id=row.id,
            uid=row.person,
            n=row.n,
            body=row.text or "",
            bodyAt=row.text_rev,
            exp=_ms(row.expires_at) // 1000,
            deletedAt=_unset(row.deleted_rev),
            pinned=row.pinned if row.pinned_rev else UNSET,
            pinnedAt=_unset(row.pinned_rev),
            th=_unset(row.thread),
            g1pk=items.thread_pk(row.room, row.thread) if row.thread else UNSET,
            g1sk=row.place if row.thread else UNSET,
            q=_unset(row.quotes),
            ment=row.mentions or UNSET,
            rx=UNSET if row.deleted_rev else self._by_emoji(row) or UNSET,
            replies=row.replies or UNSET,
            att=self._files.get((row.room, row.id), UNSET),
        )

    def _by_emoji(self, row: rows.Message) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for reaction in sorted(self._reactions.get((row.room, row.id), []), key=lambda it: it.rev):
            found.setdefault(reaction.emoji, []).append(reaction.person)
        return found

    def _log(self, rid: str) -> items.Meta:
        if rid not in self._logs:
            raise Unfit(f"there is no room {rid} in rooms")
        return self._logs[rid]

    def _follow(self, rid: str, rev: str, n: int = 0) -> None:
        """The log's state is never behind what stands in it."""
        meta = self._log(rid)
        if rev > meta.head or n > meta.n:
            self._logs[rid] = replace(meta, head=max(meta.head, rev), n=max(meta.n, n))


def _ms(time: datetime) -> int:
    # Not `timestamp() * 1000`, which may be off by one.
    return round(time.timestamp() * 1000)


def _unset(value: T | None) -> T | UnsetType:
    return UNSET if value is None else value
