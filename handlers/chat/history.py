"""`hist`, `thread` and `pins`: the timeline. `sync`: the log, going forward."""

from collections.abc import Iterable

from chat import errors, frames, items, members, pushes
from chat.context import Answer, Caller, Chat
from chat.items import Identity, Member, Message, Pinned, Plain, Room
from chat.log import read_meta
from chat.protocol import entries, replies, requests
from chat.protocol.codec import encode
from chat.protocol.fields import FRAME, OVERHEAD
from chat.writes import where


ULID = 26


async def hist(chat: Chat, caller: Caller, request: requests.Hist) -> Answer:
    """The messages at a place, as many as fit; oldest first."""
    await members.require(chat, request.rid, caller.uid)
    if request.around is not None:
        return await _around(chat, request, request.around)
    if request.after is not None:
        page, newer = await _after(chat, request.rid, request.after, request.limit)
        fitting = frames.fit(page, OVERHEAD)
        newer = newer or len(fitting) < len(page)
        reply = replies.Hist(r=request.r, items=fitting, more=True, newer=newer)
        return Answer([encode(reply)])
    page, more = await _before(chat, request.rid, request.before, request.limit)
    fitting = frames.fit(page, OVERHEAD)
    more = more or len(fitting) < len(page)
    return Answer([encode(replies.Hist(r=request.r, items=fitting[::-1], more=more))])


async def thread(chat: Chat, caller: Caller, request: requests.Thread) -> Answer:
    """A message and the replies to it; a global index gives them, so the latest may lack."""
    await members.require(chat, request.rid, caller.uid)
    root = pushes.message(await find(chat, request.rid, request.id))
    end = request.before or "~"
    back = where("g1pk = :pk AND g1sk < :end", pk=items.thread_pk(request.rid, request.id), end=end)
    plain, more = await chat.table.page(back, limit=request.limit, index="gsi1", newest_first=True)
    page = [pushes.message(each) for each in _kept(chat, plain)]
    fitting = frames.fit(page, OVERHEAD + len(encode(root)))
    more = more or len(fitting) < len(page)
    reply = replies.Thread(r=request.r, root=root, items=fitting[::-1], more=more)
    return Answer([encode(reply)])


async def pins(chat: Chat, caller: Caller, request: requests.Pins) -> Answer:
    """What is pinned in a room."""
    await members.require(chat, request.rid, caller.uid)
    pk = items.room_pk(request.rid)
    pinned = where("pk = :pk AND begins_with(sk, :sk)", pk=pk, sk=items.PINNED)
    rows = [items.load(Pinned, plain) for plain in await chat.table.every(pinned)]
    keys = [(pk, items.MESSAGE + row.sk[len(items.PINNED) :]) for row in rows]
    found = _kept(chat, (await chat.table.get_many(keys)).values())
    found.sort(key=lambda message: str(message.pinnedAt), reverse=True)
    page = frames.fit([pushes.message(message) for message in found], OVERHEAD)
    return Answer([encode(replies.Pins(r=request.r, items=page))])


async def sync(chat: Chat, caller: Caller, request: requests.Sync) -> Answer:
    """What changed after a rev, as much as fits, in the order of commit."""
    await members.require(chat, request.rid, caller.uid)
    # Read before the log, so that all up to this head are in the log when it is read.
    meta = await read_meta(chat, request.rid)
    pk = items.room_pk(request.rid)
    since = where("pk = :pk AND rev > :rev", pk=pk, rev=request.after or "0")
    plain, more = await chat.table.page(since, index="rev", limit=request.limit + 1)
    rows = plain[: request.limit]
    found = [entry for row in rows if (entry := _entry(row))]
    page = frames.fit(found, OVERHEAD)
    if len(page) < len(found):
        cur, more = page[-1].rev, True
    elif more or len(plain) > len(rows):
        cur, more = str(rows[-1]["rev"]), True
    else:
        # Not the last item's rev: what stood at the head may have reached the end of its
        # retention, and a client that cannot reach the head would ask for ever.
        cur, more = max(meta.head, request.after), False
    return Answer([encode(replies.Sync(r=request.r, items=page, cur=cur, more=more))])


async def find(chat: Chat, rid: str, id_: str) -> Message:
    """A message by its id, as of now; raises `Refused`."""
    plain = await chat.table.get((items.room_pk(rid), items.IDENTITY + id_))
    if plain is not None:
        pos = items.load(Identity, plain).pos
        plain = await chat.table.get((items.room_pk(rid), items.MESSAGE + pos))
    if plain is None:
        raise errors.no_such_message()
    return items.load(Message, plain)


async def _around(chat: Chat, request: requests.Hist, place: str) -> Answer:
    if len(place) == ULID:
        place = (await find(chat, request.rid, place)).pos
    half = request.limit // 2
    # The message itself is the newest of the older half.
    older, more = await _page(chat, request.rid, "", place, request.limit - half, back=True)
    newer, newest = await _after(chat, request.rid, place, half)
    before = frames.fit(older, OVERHEAD, FRAME // 2) or older[:1]
    after = frames.fit(newer, OVERHEAD + len(encode(before)))
    reply = replies.Hist(
        r=request.r,
        items=[*before[::-1], *after],
        more=more or len(before) < len(older),
        newer=newest or len(after) < len(newer),
    )
    return Answer([encode(reply)])


async def _before(
    chat: Chat, rid: str, pos: str | None, limit: int
) -> tuple[list[entries.Message], bool]:
    page, more = await _page(chat, rid, "", pos or "~", limit + 1, back=True)
    found = [message for message in page if message.pos != pos]
    return found[:limit], more or len(found) > limit


async def _after(chat: Chat, rid: str, pos: str, limit: int) -> tuple[list[entries.Message], bool]:
    page, more = await _page(chat, rid, pos, "~", limit + 1, back=False)
    found = [message for message in page if message.pos != pos]
    return found[:limit], more or len(found) > limit


async def _page(
    chat: Chat, rid: str, first: str, last: str, limit: int, *, back: bool
) -> tuple[list[entries.Message], bool]:
    """At most `limit` messages from `first` to `last`, both included, from either end."""
    span = where(
        "pk = :pk AND sk BETWEEN :a AND :z",
        pk=items.room_pk(rid),
        a=items.MESSAGE + first,
        z=items.MESSAGE + last,
    )
    # One more tells whether there are more.
    plain, more = await chat.table.page(span, limit=limit + 1, newest_first=back)
    more = more or len(plain) > limit
    return [pushes.message(message) for message in _kept(chat, plain[:limit])], more


def _kept(chat: Chat, plain: Iterable[Plain]) -> list[Message]:
    """Without those past their retention, which DynamoDB removes within a few days."""
    now = chat.clock.now() // 1000
    found = (items.load(Message, each) for each in plain)
    return [message for message in found if message.exp > now]


def _entry(plain: Plain) -> entries.AnyItem | None:
    """The entry, or nothing if it is of a kind that this version does not know."""
    sk = str(plain["sk"])
    if sk.startswith(items.MESSAGE):
        return pushes.entry(items.load(Message, plain))
    if sk.startswith(items.MEMBER):
        return pushes.entry(items.load(Member, plain))
    if sk == items.ROOM:
        return pushes.entry(items.load(Room, plain))
    return None
