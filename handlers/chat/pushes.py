"""What others are told, as frames (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass

from chat import frames, items, protocol


@dataclass(frozen=True)
class Push:
    """Frames for some users, or for everybody; `skip` is a socket that does not get them."""

    frames: list[bytes]
    to: frozenset[str] | None = None
    skip: str = ""


def entry(item: items.Message | items.Member | items.Room) -> protocol.AnyItem:
    """A stored item as its room's log shows it."""
    match item:
        case items.Message():
            return protocol.Message(
                rid=item.rid,
                rev=item.rev,
                id=item.id,
                uid=item.uid,
                pos=item.pos,
                n=item.n,
                body=item.body,
                at=item.at,
            )
        case items.Member():
            return protocol.Member(
                rid=item.rid, rev=item.rev, uid=item.uid, role=item.role, since=item.since
            )
        case items.Room():
            return protocol.Room(
                rid=item.rid,
                rev=item.rev,
                name=item.name,
                kind=item.kind,
                by=item.by,
                since=item.since,
            )


def log(
    rid: str, p: str, changed: Sequence[items.Message | items.Member | items.Room]
) -> list[bytes]:
    """`log` pushes of consecutive entries after `p`."""
    result = []
    for run in _runs(rid, changed):
        result.append(protocol.encode(protocol.LogPush(rid=rid, p=p, items=run)))
        p = run[-1].rev
    return result


def again(rid: str, known: Sequence[items.Message]) -> list[bytes]:
    """`log` pushes of what lies somewhere behind in the log, others' entries between it.

    Each frame has `p` at its own end: a client that stands further on drops it, and one that misses
    it sees a gap. With the end of the frame before as `p`, a client standing there would skip what
    lies between the two.
    """
    return [
        protocol.encode(protocol.LogPush(rid=rid, p=run[-1].rev, items=run))
        for run in _runs(rid, sorted(known, key=lambda message: message.rev))
    ]


def _runs(
    rid: str, changed: Sequence[items.Message | items.Member | items.Room]
) -> list[list[protocol.AnyItem]]:
    overhead = len(protocol.encode(protocol.LogPush(rid=rid, p="0" * 11, items=[])))
    return frames.split([entry(item) for item in changed], overhead)
