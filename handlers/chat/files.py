"""`file.*`: what is uploaded beside messages.

A file goes from the browser straight to the bucket, first under `new/`, whence the bucket removes it
after a day. The message that names it moves it to `rooms/`: so nothing is kept that was not sent,
nothing is sent that has not arrived, and what was sent can no longer be replaced. Whose it is, and
what it was announced as, stands in the room's partition from the start.
"""

import asyncio
import logging
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

from msgspec import UNSET
from msgspec.structs import replace

from chat import errors, frames, ids, items, members
from chat.context import Answer, Caller, Chat
from chat.errors import Refused
from chat.items import File, Message, Plain
from chat.objects import Content
from chat.protocol import entries, replies, requests
from chat.protocol.codec import encode
from chat.protocol.fields import ATTACHMENTS, OVERHEAD
from chat.protocol.requests import Draft
from chat.table import Lost
from chat.writes import ABSENT, Write, where


log = logging.getLogger(__name__)

NEW = "new/"
KEPT = "rooms/"
THUMB = ".thumb"

DAY = 24 * 3600


async def upload(chat: Chat, caller: Caller, request: requests.FileUpload) -> Answer:
    """Note what will come, and sign the form for it. Asked again, it is another file."""
    await members.require(chat, request.rid, caller.uid)
    content = Content(request.size, request.type.lower(), request.sha256)
    _check(chat, content)
    now = chat.clock.now()
    id_ = ids.pos(now, chat.site, chat.clock.tail())
    file = File(
        pk=items.room_pk(request.rid),
        sk=items.FILE + id_,
        site=chat.site,
        uid=caller.uid,
        name=_tidy(request.name),
        size=request.size,
        type=content.type,
        exp=now // 1000 + DAY,
        w=request.w or UNSET,
        h=request.h or UNSET,
        thumb=request.thumb is not None or UNSET,
    )
    try:
        await chat.table.put(items.dump(file), ABSENT)
    except Lost:
        raise errors.busy(after=100) from None
    key = NEW + _place(file)
    reply = replies.FileUpload(r=request.r, id=id_, form=await _form(chat, key, content))
    if request.thumb is not None:
        small = Content(request.thumb.size, request.thumb.type)
        reply = replace(reply, thumb=await _form(chat, key + THUMB, small))
    return Answer([encode(reply)])


async def open_(chat: Chat, caller: Caller, request: requests.FileOpen) -> Answer:
    """Signed URLs of files that came with messages."""
    await members.require(chat, request.rid, caller.uid)
    found = [file for file in await _find(chat, request.rid, request.ids) if file.id]
    if request.thumb:
        found = [file for file in found if file.thumb]
    if not found:
        raise errors.no_such_file()
    end = THUMB if request.thumb else ""
    urls = [
        (file.pos, await chat.objects.url(KEPT + _place(file) + end, file.name)) for file in found
    ]
    # Each has the credentials' token in it.
    return Answer([encode(replies.FileOpen(r=request.r, urls=dict(frames.fit(urls, OVERHEAD))))])


async def listing(chat: Chat, caller: Caller, request: requests.FileList) -> Answer:
    """A page of what came with messages."""
    await members.require(chat, request.rid, caller.uid)
    pk = items.room_pk(request.rid)
    span = where(
        "pk = :pk AND sk BETWEEN :a AND :z",
        pk=pk,
        a=items.FILE,
        z=items.FILE + (request.before or "~"),
    )
    # One more for `before` itself.
    plain, more = await chat.table.page(span, limit=request.limit + 1, newest_first=True)
    rows = [items.load(File, each) for each in plain]
    now = chat.clock.now() // 1000
    listed = [
        entries.RoomFile(file=shown(row), uid=row.uid, msg=row.id)
        for row in rows
        if row.id and row.exp > now and row.pos != request.before
    ]
    page = frames.fit(listed, OVERHEAD)
    next_ = rows[-1].pos if more else ""
    if len(page) < len(listed):
        next_ = page[-1].file.id
    return Answer([encode(replies.FileList(r=request.r, files=page, next=next_))])


async def take(chat: Chat, uid: str, rid: str, draft: Draft) -> list[File]:
    """The files that a message names, each once, moved to where they stay; raises `Refused`.

    Asked again for a message that is stored, it is what it was.
    """
    wanted = list(dict.fromkeys(draft.att))
    found = await _find(chat, rid, wanted)
    usable = [file for file in found if file.uid == uid and file.id in {UNSET, draft.id}]
    if len(usable) < len(wanted):
        raise errors.no_such_file()
    if len(encode([shown(file) for file in usable])) > ATTACHMENTS:
        raise Refused("toobig", "The names of these files are too long to be sent together.")
    keys = [key for file in usable if not file.id for key in _keys(file)]
    copies = [chat.objects.copy(NEW + key, KEPT + key) for key in keys]
    if not all(await asyncio.gather(*copies)):
        raise Refused("notfound", "This file has not arrived. Upload it again.")
    return usable


def claim(file: File, message: Message, lost: Callable[[Plain | None], None]) -> Write:
    """The part of a transaction that makes the file this message's, for as long as that stays."""
    key: Plain = {"pk": file.pk, "sk": file.sk}
    free = where("attribute_exists(pk) AND (attribute_not_exists(id) OR id = :id)", id=message.id)
    assign: Plain = {"id": message.id, "exp": message.exp, "site": message.site}
    return Write("Update", key, free, assign, lost)


def forget(message: Message) -> list[Write]:
    """The part of a transaction by which a message's files are known no more."""
    pk = items.room_pk(message.rid)
    return [Write("Delete", {"pk": pk, "sk": items.FILE + file.id}) for file in message.att or []]


def keys_of(message: Message) -> list[str]:
    """All that the message has in the bucket."""
    rid = message.rid
    return [f"{KEPT}{rid}/{file.id}{end}" for file in message.att or [] for end in _ends(file)]


async def remove(chat: Chat, keys: Sequence[str]) -> None:
    """Remove these objects. Nobody is told where they are any more, so one that stays does no harm.

    It ends with the bucket's own retention.
    """
    done = await asyncio.gather(*map(chat.objects.delete, keys), return_exceptions=True)
    for failed in done:
        if failed is not None:
            log.warning("an object was not removed: %s", type(failed).__name__)


def shown(file: File) -> entries.File:
    """A file as clients see it."""
    return entries.File(
        id=file.pos,
        name=file.name,
        size=file.size,
        type=file.type,
        w=file.w,
        h=file.h,
        thumb=file.thumb,
    )


def _check(chat: Chat, content: Content) -> None:
    """Raises `Refused` for what is not taken."""
    if content.size > chat.files.size:
        raise Refused("toobig", f"A file may have {chat.files.size} bytes.")
    if content.type not in chat.files.types:
        raise Refused("invalid", "Files of this type are not taken.")


def _tidy(name: str) -> str:
    """A name without folders, and without what shows it as something else than it is."""
    last = re.split(r"[/\\]", name)[-1]
    # Format characters turn `gpj.exe` round on the screen.
    plain = "".join(each for each in last if unicodedata.category(each) not in {"Cc", "Cf"})
    tidy = " ".join(plain.split())
    if not tidy.strip("."):
        raise Refused("invalid", "A file needs a name.")
    return tidy


async def _form(chat: Chat, key: str, content: Content) -> replies.Form:
    form = await chat.objects.form(key, content)
    return replies.Form(url=form.url, fields=form.fields)


async def _find(chat: Chat, rid: str, wanted: Iterable[str]) -> list[File]:
    """Those of the files that are there, in this order."""
    pk = items.room_pk(rid)
    keys = [(pk, items.FILE + id_) for id_ in wanted]
    found = await chat.table.get_many(keys)
    now = chat.clock.now() // 1000
    files = [items.load(File, found[key]) for key in keys if key in found]
    return [file for file in files if file.exp > now]


def _place(file: File) -> str:
    return f"{file.rid}/{file.pos}"


def _keys(file: File) -> list[str]:
    return [_place(file) + end for end in _ends(file)]


def _ends(file: File | entries.File) -> list[str]:
    return ["", THUMB] if file.thumb else [""]
