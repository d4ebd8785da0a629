"""`hist`: the timeline, going back. `sync`: the log, going forward."""

from chat import frames, items, members, protocol, pushes
from chat.context import Answer, Caller, Chat
from chat.items import Member, Message, Plain, Room
from chat.log import read_meta
from chat.writes import where


async def hist(chat: Chat, caller: Caller, request: protocol.Hist) -> Answer:
    """The messages directly before a place, as many as fit; oldest first."""
    await members.require(chat, request.rid, caller.uid)
    # `$` is the character after `#`. BETWEEN includes `before` itself: one more is asked for, and
    # another one tells whether there are more.
    end = items.MESSAGE + request.before if request.before else "M$"
    back = where(
        "pk = :pk AND sk BETWEEN :a AND :z", pk=items.room_pk(request.rid), a=items.MESSAGE, z=end
    )
    plain, more = await chat.table.page(back, limit=request.limit + 2, newest_first=True)
    found = [items.load(Message, each) for each in plain if each["sk"] != end]
    wanted = [pushes.entry(message) for message in found[: request.limit]]
    page = frames.fit(wanted, protocol.OVERHEAD)
    more = more or len(page) < len(found)
    return Answer([protocol.reply(request.r, items=page[::-1], more=more)])


async def sync(chat: Chat, caller: Caller, request: protocol.Sync) -> Answer:
    """What changed after a rev, as much as fits, in the order of commit."""
    await members.require(chat, request.rid, caller.uid)
    # Read before the log, so that all up to this head are in the log when it is read.
    meta = await read_meta(chat, request.rid)
    pk = items.room_pk(request.rid)
    since = where("pk = :pk AND rev > :rev", pk=pk, rev=request.after or "0")
    plain, more = await chat.table.page(since, index="rev", limit=request.limit + 1)
    rows = plain[: request.limit]
    entries = [entry for row in rows if (entry := _entry(row))]
    page = frames.fit(entries, protocol.OVERHEAD)
    if len(page) < len(entries):
        cur, more = page[-1].rev, True
    elif more or len(plain) > len(rows):
        cur, more = str(rows[-1]["rev"]), True
    else:
        # Not the last item's rev: what stood at the head may have reached the end of its
        # retention, and a client that cannot reach the head would ask for ever.
        cur, more = max(meta.head, request.after), False
    return Answer([protocol.reply(request.r, items=page, cur=cur, more=more)])


def _entry(plain: Plain) -> protocol.AnyItem | None:
    """The entry, or nothing if it is of a kind that this version does not know."""
    sk = str(plain["sk"])
    if sk.startswith(items.MESSAGE):
        return pushes.entry(items.load(Message, plain))
    if sk.startswith(items.MEMBER):
        return pushes.entry(items.load(Member, plain))
    if sk == items.ROOM:
        return pushes.entry(items.load(Room, plain))
    return None
