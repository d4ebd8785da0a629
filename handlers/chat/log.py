"""A room's log: how every change of a room is committed.

Each commit moves `META.head` on, on condition that it still is what was read. So commit order is
rev order, whatever the clocks of the hosts say (docs/protocol.md, guarantee 4).
"""

from collections.abc import Awaitable, Callable, Sequence

from msgspec.structs import replace

from chat import errors, ids, items
from chat.context import Chat
from chat.items import Meta, Plain
from chat.table import Cancelled, Overloaded
from chat.writes import ABSENT, Write, where


# A lost race costs about 10 ms; the client's own timer starts at 2 s and the function's ends at 10.
ATTEMPTS = 60
PATIENCE_MS = 4000


async def read_meta(chat: Chat, rid: str) -> Meta:
    """The state of the log, as of now."""
    plain = await chat.table.get((items.room_pk(rid), items.META))
    if plain is None:
        raise errors.no_such_room()
    return items.load(Meta, plain)


def unborn(chat: Chat, rid: str) -> Meta:
    """The state of a log that nobody has started."""
    return Meta(pk=items.room_pk(rid), sk=items.META, site=chat.site, head="", n=0, mv="")


class Commit:
    """One change of a room.

    `meta` is what it follows, renewed after each lost race. The builder of the change takes its
    revs and ordinals from here. What it reads of the room after `meta` was read is as of `meta`:
    had it changed since, the head would have moved on, and the commit fails. So a builder may
    decide on what it reads, such as somebody's role, and write whole items back.
    """

    def __init__(self, chat: Chat, meta: Meta) -> None:
        self.meta = meta
        self.head, self.n, self.mv = meta.head, meta.n, meta.mv
        self.settings: Plain = {}
        self._now = 0
        self._chat = chat

    def rev(self) -> str:
        """The next rev; every entry of a log has its own."""
        self.head = ids.rev(ids.next_time(self._now, self.head), self._chat.site)
        return self.head

    def member_rev(self) -> str:
        """The next rev, for a change of who is a member."""
        self.mv = self.rev()
        return self.mv

    def stamp(self) -> str:
        """A place for what belongs to this commit but not to the room's log."""
        return ids.pos(
            max(self._now, ids.decode_time(self.head)), self._chat.site, self._chat.clock.tail()
        )

    def ordinal(self) -> int:
        """The next message's number."""
        self.n += 1
        return self.n

    @property
    def after(self) -> Meta:
        """The state of the log after the commit."""
        return replace(self.meta, head=self.head, n=self.n, mv=self.mv)

    async def run(self, build: Callable[["Commit"], Awaitable[Sequence[Write]]]) -> None:
        """Commit what `build` makes; it is asked again for each attempt.

        When it makes nothing, there is nothing left to do. Raises `Refused` with `busy` when the
        room or the database does not come to rest in time, and whatever a write's `lost` raises.
        """
        clock = self._chat.clock
        deadline = clock.now() + PATIENCE_MS
        for attempt in range(ATTEMPTS):
            self._restart()
            writes = await build(self)
            if not writes:
                return
            try:
                await self._chat.table.transact([self._advance(), *writes])
            except Cancelled as cancelled:
                for write, stood in cancelled.lost:
                    if write.lost is None:
                        raise
                    write.lost(stood)
            except Overloaded:
                pass
            else:
                return
            if clock.now() > deadline:
                break
            await clock.pause(attempt)
        raise errors.busy()

    def _restart(self) -> None:
        self._now = self._chat.clock.now()
        self.head, self.n, self.mv = self.meta.head, self.meta.n, self.meta.mv
        self.settings = {}

    def _advance(self) -> Write:
        state: Plain = {
            "head": self.head,
            "n": self.n,
            "mv": self.mv,
            "site": self._chat.site,
            **self.settings,
        }
        if not self.meta.head:
            return Write("Put", items.dump(self.meta) | state, ABSENT, lost=self._overtaken)
        key: Plain = {"pk": self.meta.pk, "sk": self.meta.sk}
        return Write(
            "Update", key, where("head = :seen", seen=self.meta.head), state, self._overtaken
        )

    def _overtaken(self, stood: Plain | None) -> None:
        """Somebody else committed first; the database said where the log is now."""
        if stood is None:
            raise errors.no_such_room()
        self.meta = items.load(Meta, stood)
