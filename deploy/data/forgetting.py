"""What one person has left in a room, taken out by changes of the room's log (pure).

The changes are those that the chat makes itself when somebody deletes, takes back and leaves, so
that every client hears of them. `deploy/data/commits.py` commits them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate, takewhile

from chat import files, ids, items, search
from chat.changes import emptied
from chat.items import Key, Plain
from chat.writes import Write
from msgspec import UNSET
from msgspec.structs import replace


PLACEHOLDER = "Former member"

WRITES = 98
"""A transaction holds 100 (DynamoDB quotas); one is the log's state."""


@dataclass(slots=True)
class Trace:
    """A message that the person wrote, or reacts to; `emojis` are those of the person."""

    key: Key
    own: bool
    emojis: list[str] = field(default_factory=list)
    files: int = 0

    @property
    def writes(self) -> int:
        """How many it takes: the message, its words and its pin, each file and each reaction."""
        return 1 + self.own * (2 + self.files) + len(self.emojis)


@dataclass(slots=True)
class Traces:
    """What a person has left in one room."""

    rid: str
    uid: str
    member: bool = False
    found: list[Trace] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How much there is to do."""
        return len(self.found) + self.member


def first(found: list[Trace], most: int) -> list[Trace]:
    """The first few, that fit a transaction."""
    sums = accumulate(trace.writes for trace in found)
    fitting = sum(1 for _ in takewhile(lambda writes: writes <= WRITES, sums))
    return found[: min(most, max(1, fitting))]


def traces(rid: str, uid: str, partition: Iterable[Plain]) -> Traces:
    """What the items of a room hold of a person."""
    result = Traces(rid, uid)
    messages: dict[str, items.Message] = {}
    reacted: dict[str, list[str]] = {}
    for plain in partition:
        sk = str(plain["sk"])
        if sk == items.MEMBER + uid:
            result.member = plain["role"] not in items.GONE
        elif sk.startswith(items.MESSAGE):
            messages[str(plain["id"])] = items.load(items.Message, plain)
        elif sk.startswith(items.REACTION) and plain["on"]:
            _, id_, by, emoji = sk.split("#")
            if by == uid:
                reacted.setdefault(id_, []).append(emoji)
    for id_, message in messages.items():
        own = message.uid == uid and not message.deleted
        if own or id_ in reacted:
            key = items.room_pk(rid), message.sk
            trace = Trace(key, own, reacted.get(id_, []), len(message.att or []))
            result.found.append(trace)
    return result


@dataclass(slots=True)
class Change:
    """A change of a room's log: its writes, and where they leave the log."""

    meta: items.Meta
    now: int
    """Milliseconds."""
    site: str
    writes: list[Write] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)
    """Keys of what the messages have in the bucket; to be removed when it is committed."""

    def rev(self) -> str:
        """The next place in the log."""
        head = ids.rev(ids.next_time(self.now, self.meta.head), self.site)
        self.meta = replace(self.meta, head=head, site=self.site)
        return head

    def take_out(self, trace: Trace, uid: str, message: items.Message) -> None:
        """Of a message nothing but its place, or of the person nothing in it."""
        rev = self.rev()
        changed = emptied(message, rev) if trace.own else _without(message, uid)
        self._put(replace(changed, rev=rev, site=self.site))
        if trace.own:
            self.writes.append(search.forget(message))
            pin: Plain = {"pk": message.pk, "sk": items.PINNED + message.pos}
            self.writes += [Write("Delete", pin), *files.forget(message)]
            self.objects += files.keys_of(message)
        for emoji in trace.emojis:
            sk = f"{items.REACTION}{message.id}#{uid}#{emoji}"
            self._put(
                items.Reaction(
                    pk=message.pk, sk=sk, site=self.site, on=False, onAt=rev, exp=message.exp
                )
            )

    def leave(self, member: items.Member) -> None:
        """The person belongs to the room no more."""
        rev = self.rev()
        self.meta = replace(self.meta, mv=rev)
        self._put(
            replace(member, rev=rev, role=items.LEFT, since=ids.decode_time(rev), site=self.site)
        )
        uid = member.uid
        marker: Plain = {"pk": items.user_pk(uid), "sk": items.ROOM_OF_USER + member.rid}
        self.writes.append(Write("Delete", marker))

    def _put(self, item: items.Stored) -> None:
        self.writes.append(Write("Put", items.dump(item)))


def forgotten(profile: items.Profile, rev: str) -> items.Profile:
    """The profile of somebody who is gone."""
    return replace(
        profile,
        name=PLACEHOLDER,
        nameAt=rev,
        status=UNSET,
        statusAt=UNSET if profile.status is UNSET else rev,
        site=rev[-1],
    )


def _without(message: items.Message, uid: str) -> items.Message:
    """The message without this person's reactions."""
    rx = {
        emoji: [each for each in uids if each != uid] for emoji, uids in (message.rx or {}).items()
    }
    return replace(message, rx={emoji: uids for emoji, uids in rx.items() if uids} or UNSET)
