"""`admin.*`: who is shut out of the whole chat, and the record of administrative acts."""

from chat import audit, connections, frames, ids, items
from chat.context import Answer, Caller, Chat
from chat.errors import Refused
from chat.items import Act, Banned
from chat.protocol import entries, replies, requests
from chat.protocol.codec import encode
from chat.protocol.fields import OVERHEAD
from chat.table import Cancelled, Table
from chat.writes import ABSENT, Write, where


KEY = ("SYS", "BANNED")
PAGE = 100

# Other environments hear of a ban within this time; the sockets are closed at once.
REMEMBERED = 30 * 1000


async def check(chat: Chat, uid: str) -> None:
    """Raises `Refused` for who is shut out."""
    now = chat.clock.now()
    if now >= chat.memory.banned_read + REMEMBERED:
        chat.memory.banned = frozenset((await read(chat.table)).uids)
        chat.memory.banned_read = now
    if uid in chat.memory.banned:
        raise Refused("denied", "An administrator has shut you out of the chat.")


async def read(table: Table) -> Banned:
    """Who is shut out, as of now."""
    plain = await table.get(KEY)
    if plain is None:
        return Banned(site="", uids=[])
    return items.load(Banned, plain)


async def ban(chat: Chat, caller: Caller, request: requests.AdminBan) -> Answer:
    """Shut somebody out, closing all their sockets, or let them in. Asked again, it stays so."""
    await _require_admin(chat, caller)
    if request.uid == caller.uid:
        raise Refused("invalid", "Nobody can shut out oneself.")
    before = await read(chat.table)
    uids = sorted({*before.uids, request.uid} if request.on else {*before.uids} - {request.uid})
    if uids != before.uids:
        await _write(chat, caller, request, before, uids)
    chat.memory.banned = frozenset(uids)
    closes = []
    if request.on:
        closes = [row.sk for row in await connections.live(chat) if row.uid == request.uid]
    return Answer([encode(replies.Reply(r=request.r))], closes=closes)


async def listing(chat: Chat, caller: Caller, request: requests.AdminBanned) -> Answer:
    """A page of those who are shut out, by uid."""
    await _require_admin(chat, caller)
    uids = [uid for uid in (await read(chat.table)).uids if uid > (request.after or "")]
    page = frames.fit(uids, OVERHEAD)
    more = len(page) < len(uids)
    return Answer([encode(replies.AdminBanned(r=request.r, uids=page, more=more))])


async def acts(chat: Chat, caller: Caller, request: requests.AdminAudit) -> Answer:
    """A page of the record, latest first."""
    await _require_admin(chat, caller)
    pk = audit.MONTH + request.month
    span = where("pk = :pk AND sk < :end", pk=pk, end=request.before or "~")
    plain, more = await chat.table.page(span, limit=PAGE, newest_first=True)
    found = [items.load(Act, each) for each in plain]
    listed = [
        entries.Act(pos=act.sk, at=act.at, uid=act.uid, what=act.what, whom=act.whom, rid=act.rid)
        for act in found
    ]
    page = frames.fit(listed, OVERHEAD)
    more = more or len(page) < len(listed)
    return Answer([encode(replies.AdminAudit(r=request.r, acts=page, more=more))])


async def _write(
    chat: Chat, caller: Caller, request: requests.AdminBan, before: Banned, uids: list[str]
) -> None:
    after = Banned(site=chat.site, uids=uids)
    same = where("uids = :uids", uids=before.uids) if before.site else ABSENT
    stamp = ids.pos(chat.clock.now(), chat.site, chat.clock.tail())
    what = "admin.ban" if request.on else "admin.unban"
    record = audit.record(chat, stamp, caller.uid, what, whom=request.uid)
    try:
        await chat.table.transact([Write("Put", items.dump(after), same), record])
    except Cancelled:
        raise Refused("busy", "Somebody else is changing this too.", 500) from None


async def _require_admin(chat: Chat, caller: Caller) -> None:
    if not await connections.is_admin(chat, caller):
        raise Refused("denied", "This is for administrators.")
