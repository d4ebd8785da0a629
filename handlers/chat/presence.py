"""Who is online, and who is writing: told, and forgotten."""

from chat import connections, errors, frames, items, members
from chat.context import Answer, Caller, Chat
from chat.items import Meta, Presence
from chat.protocol import pushed, replies, requests
from chat.protocol.codec import encode
from chat.protocol.fields import OVERHEAD
from chat.pushes import Push
from chat.quarantine import Damaged
from chat.table import Lost
from chat.writes import ABSENT, where


# Between two pushes of who is online: a hundred people who all reconnect make one push, not a
# hundred.
PAUSE = 20 * 1000

KEY = ("PRESENCE", "NOW")


async def news(chat: Chat) -> list[Push]:
    """Who is online, if that changed and it is time to tell; at most one environment does."""
    now = chat.clock.now()
    if now < chat.memory.presence_read + PAUSE:
        return []
    chat.memory.presence_read = now
    try:
        plain = await chat.connections.get(KEY)
    except Damaged:
        return []  # A hello must not fail for it.
    before = None if plain is None else items.load(Presence, plain)
    if before is not None and now < before.at + PAUSE:
        return []
    alive = {row.uid for row in await connections.live(chat) if now // 1000 < row.tokenExp}
    uids = frames.fit(sorted(alive - chat.memory.banned), OVERHEAD)
    seen = ABSENT if before is None else where("#at = :at", at=before.at)
    try:
        await chat.connections.put(items.dump(Presence(at=now, uids=uids)), seen)
    except Lost:
        return []
    if before is not None and before.uids == uids:
        return []
    return [Push([encode(pushed.Presence(uids=uids))])]


async def known(chat: Chat) -> list[str]:
    """Who was online when everybody was last told."""
    try:
        plain = await chat.connections.get(KEY)
    except Damaged:
        return []
    return [] if plain is None else items.load(Presence, plain).uids


async def focus(chat: Chat, caller: Caller, request: requests.Focus) -> Answer:
    """The room that this socket looks at."""
    await connections.look_at(chat, caller, request.rid or "")
    return Answer([encode(replies.Reply(r=request.r))])


async def typing(chat: Chat, caller: Caller, request: requests.Typing) -> Answer:
    """The others who look at the room see that somebody writes; there is no reply."""
    plain = await chat.table.get((items.room_pk(request.rid), items.META))
    if plain is None:
        raise errors.no_such_room()
    everybody = await members.of(chat, request.rid, items.load(Meta, plain).mv)
    if caller.uid not in everybody:
        raise errors.not_a_member()
    told = encode(pushed.Typing(rid=request.rid, uid=caller.uid))
    return Answer([], [Push([told], to=everybody - {caller.uid}, room=request.rid)])
