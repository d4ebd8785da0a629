"""What others are told, as frames (pure)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from msgspec import UNSET, UnsetType

from chat import frames, ids, items
from chat.protocol import entries, pushed
from chat.protocol.codec import encode


@dataclass(frozen=True)
class Push:
    """Frames for some users, or for everybody.

    `skip` is a socket that does not get them; with `room`, only sockets that look at it do.
    """

    frames: list[bytes]
    to: frozenset[str] | None = None
    skip: str = ""
    room: str = ""


def entry(item: items.Message | items.Member | items.Room) -> entries.AnyItem:
    """A stored item as its room's log shows it."""
    match item:
        case items.Message():
            return message(item)
        case items.Member():
            return entries.Member(
                rid=item.rid, rev=item.rev, uid=item.uid, role=item.role, since=item.since
            )
        case items.Room():
            return entries.Room(
                rid=item.rid,
                rev=item.rev,
                name=item.name,
                kind=item.kind,
                by=item.by,
                since=item.since,
                topic=item.topic or UNSET,
                days=item.days or UNSET,
                closed=item.closed or UNSET,
                uids=item.uids,
            )


def message(item: items.Message) -> entries.Message:
    """A stored message as clients see it."""
    return entries.Message(
        rid=item.rid,
        rev=item.rev,
        id=item.id,
        uid=item.uid,
        pos=item.pos,
        n=item.n,
        body=item.body,
        at=item.at,
        edited=_time(item.bodyAt if item.bodyAt[: ids.TIME] != item.pos[: ids.TIME] else UNSET),
        deleted=item.deleted or UNSET,
        pinned=_time(item.pinnedAt if item.pinned else UNSET),
        th=item.th,
        q=item.q,
        ment=item.ment or UNSET,
        rx=item.rx or UNSET,
        replies=item.replies or UNSET,
        att=item.att or UNSET,
    )


def log(
    rid: str, p: str, changed: Sequence[items.Message | items.Member | items.Room]
) -> list[bytes]:
    """`log` pushes of consecutive entries after `p`."""
    result = []
    for run in _runs(rid, changed):
        result.append(encode(pushed.Log(rid=rid, p=p, items=run)))
        p = run[-1].rev
    return result


def again(rid: str, known: Sequence[items.Message]) -> list[bytes]:
    """`log` pushes of what lies somewhere behind in the log, others' entries between it.

    Each frame has `p` at its own end: a client that stands further on drops it, and one that misses
    it sees a gap. With the end of the frame before as `p`, a client standing there would skip what
    lies between the two.
    """
    return [
        encode(pushed.Log(rid=rid, p=run[-1].rev, items=run))
        for run in _runs(rid, sorted(known, key=lambda message: message.rev))
    ]


def own(uid: str, told: pushed.AnyPush, *, skip: str = "") -> Push:
    """Something for one user's sockets."""
    return Push([encode(told)], to=frozenset({uid}), skip=skip)


def _runs(
    rid: str, changed: Iterable[items.Message | items.Member | items.Room]
) -> list[list[entries.AnyItem]]:
    overhead = len(encode(pushed.Log(rid=rid, p="0" * 11, items=[])))
    return frames.split([entry(item) for item in changed], overhead)


def _time(stamp: str | UnsetType) -> int | UnsetType:
    return UNSET if stamp is UNSET else ids.decode_time(stamp)
