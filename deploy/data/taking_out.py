"""An export: the table read once, each item shown as a row."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from chat import items, shapes
from chat.items import Plain
from msgspec import Struct

from deploy.data import rows
from deploy.data.from_items import View


@dataclass(frozen=True, slots=True)
class Choice:
    """What is taken: all rooms or some, of any time or a span; one person's own, or everybody's."""

    rooms: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    person: str = ""

    def room(self, rid: str) -> bool:
        """Whether this room is meant."""
        return not self.rooms or rid in self.rooms

    def time(self, at: datetime) -> bool:
        """Whether this moment is; `until` itself is not."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)

    def of(self, uid: str) -> bool:
        """Whether what this person made is meant."""
        return self.person in ("", uid)


@dataclass(slots=True)
class TakingOut:
    """Rows of the items that it is given, as they come; `rest` gives those that need others."""

    view: View
    choice: Choice
    profiles: dict[str, items.Profile] = field(default_factory=dict)
    _rooms: dict[str, items.Room] = field(default_factory=dict)
    _logs: dict[str, items.Meta] = field(default_factory=dict)
    _members: list[items.Member] = field(default_factory=list)
    _markers: dict[tuple[str, str], items.Marker] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    """Whose messages, reactions and memberships are taken."""

    def take(self, plain: Plain) -> Iterable[rows.Row]:
        """What is to be written of an item at once."""
        item = items.load(shapes.shape_of(shapes.key_of(plain)), plain)
        if isinstance(item, items.InRoom) and not self.choice.room(item.rid):
            return
        match item:
            case items.Message():
                yield from self._message(item)
            case items.Reaction():
                yield from self._reaction(item)
            case items.File():
                yield from self._file(item)
            case _:
                self._keep(item)

    def rest(self) -> Iterator[rows.Row]:
        """What is to be written at the end."""
        for rid, room in self._rooms.items():
            if rid in self._logs and not self.choice.person:
                yield self.view.room(room, self._logs[rid])
        for member in self._members:
            if self.choice.of(member.uid):
                self._seen.add(member.uid)
                marker = self._markers.get((member.uid, member.rid))
                yield self.view.member(member, marker)
        everybody = not (self.choice.rooms or self.choice.person)
        for uid, profile in self.profiles.items():
            if everybody or uid in self._seen | {self.choice.person}:
                yield self.view.person(profile)

    def _message(self, item: items.Message) -> Iterator[rows.Row]:
        row = self.view.message(item)
        if self.choice.time(row.sent_at) and self.choice.of(item.uid):
            self._seen.add(item.uid)
            yield row

    def _reaction(self, item: items.Reaction) -> Iterator[rows.Row]:
        row, uid = self.view.reaction(item), item.sk.split("#")[2]
        if self.choice.time(row.at) and self.choice.of(uid):
            self._seen.add(uid)
            yield row

    def _file(self, item: items.File) -> Iterator[rows.Row]:
        if not item.id:
            return  # Announced, and sent with no message yet.
        row = self.view.file(item, item.id)
        if self.choice.time(row.uploaded_at) and self.choice.of(item.uid):
            yield row

    def _keep(self, item: Struct) -> None:
        match item:
            case items.Room():
                self._rooms[item.rid] = item
            case items.Meta():
                self._logs[item.rid] = item
            case items.Member():
                self._members.append(item)
            case items.Marker():
                self._markers[item.pk[len(items.MEMBER) :], item.rid] = item
            case _:
                pass  # What is made of the others, or is none of an export's business.
