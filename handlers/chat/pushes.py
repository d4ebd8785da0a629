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
    overhead = len(protocol.encode(protocol.LogPush(rid=rid, p=p or "0" * 11, items=[])))
    for run in frames.split([entry(item) for item in changed], overhead):
        result.append(protocol.encode(protocol.LogPush(rid=rid, p=p, items=run)))
        p = run[-1].rev
    return result
