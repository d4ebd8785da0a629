"""`edit`, `del`, `react`, `pin`: changes of a message that is there."""

import dataclasses
from collections.abc import Callable

from msgspec import UNSET
from msgspec.structs import replace

from chat import audit, connections, errors, files, history, items, members, pushes, search, sending
from chat.context import Answer, Caller, Chat
from chat.errors import Refused
from chat.items import Member, Message, Pinned, Plain, Reaction
from chat.log import Commit, read_meta
from chat.protocol import replies, requests
from chat.protocol.codec import encode
from chat.protocol.fields import REACTIONS
from chat.writes import Write


AnyChange = requests.Edit | requests.Delete | requests.React | requests.Pin
# The changed message and what else is written; nothing when it is as wanted already.
Changed = tuple[Message, list[Write]] | None
Alter = Callable[[Commit, Member, Message], Changed]


async def edit(chat: Chat, caller: Caller, request: requests.Edit) -> Answer:
    """A new text, and other mentions if they are given, by the author."""
    passed_over: set[str] = set()

    def alter(commit: Commit, me: Member, message: Message) -> Changed:
        if refused := sending.refuse_text(request.body, files=bool(message.att)):
            raise refused
        if message.uid != me.uid:
            raise Refused("denied", "Only its author can edit a message.")
        before = message.ment or []
        ment = before if request.ment is None else request.ment
        if (message.body, before) == (request.body, ment):
            return None
        rev = commit.rev()
        edited = replace(message, rev=rev, body=request.body, bodyAt=rev, ment=ment or UNSET)
        mentions = [
            sending.mention(message.rid, uid, message.n, passed_over)
            for uid in sorted({*ment} - {*before, me.uid} - passed_over)
        ]
        return edited, [search.index(edited), *mentions]

    return await _change(chat, caller, request, alter)


async def delete(chat: Chat, caller: Caller, request: requests.Delete) -> Answer:
    """Nothing is left but the place and who was there."""
    site_admin = await connections.is_admin(chat, caller)
    removes: list[str] = []

    def alter(commit: Commit, me: Member, message: Message) -> Changed:
        if message.uid != me.uid and not (me.governs or site_admin):
            raise Refused("denied", "Only its author or the room's admins can delete it.")
        gone = emptied(message, commit.rev())
        removes[:] = files.keys_of(message)
        writes = [search.forget(message), *files.forget(message)]
        if message.pinned:
            writes.append(Write("Delete", _pin_key(message)))
        if message.uid != me.uid:
            stamp = commit.stamp()
            writes.append(
                audit.record(chat, stamp, me.uid, "del", whom=message.uid, rid=message.rid)
            )
        return gone, writes

    answer = await _change(chat, caller, request, alter)
    return dataclasses.replace(answer, removes=removes)


def emptied(message: Message, rev: str) -> Message:
    """What is left of a message that is deleted: its place, and who was there."""
    return replace(
        message,
        rev=rev,
        body="",
        deletedAt=rev,
        pinned=UNSET if message.pinned is UNSET else False,
        ment=UNSET,
        q=UNSET,
        rx=UNSET,
        att=UNSET,
    )


async def react(chat: Chat, caller: Caller, request: requests.React) -> Answer:
    """One user's emoji on a message, on or off."""

    def alter(commit: Commit, me: Member, message: Message) -> Changed:
        before = message.rx or {}
        uids = before.get(request.emoji, [])
        if (me.uid in uids) == request.on:
            return None
        uids = [*uids, me.uid] if request.on else [uid for uid in uids if uid != me.uid]
        rx = {emoji: found for emoji, found in (before | {request.emoji: uids}).items() if found}
        if request.on and len(encode(rx)) > REACTIONS:
            raise Refused("toobig", "This message has as many reactions as it can hold.")
        rev = commit.rev()
        reaction = Reaction(
            pk=message.pk,
            sk=f"{items.REACTION}{message.id}#{me.uid}#{request.emoji}",
            site=chat.site,
            on=request.on,
            onAt=rev,
            exp=message.exp,
        )
        return replace(message, rev=rev, rx=rx or UNSET), [Write("Put", items.dump(reaction))]

    return await _change(chat, caller, request, alter)


async def pin(chat: Chat, caller: Caller, request: requests.Pin) -> Answer:
    """Pinned for everybody in the room; any member may."""

    def alter(commit: Commit, _me: Member, message: Message) -> Changed:
        if bool(message.pinned) == request.on:
            return None
        rev = commit.rev()
        write = Write("Delete", _pin_key(message))
        if request.on:
            pinned = Pinned(
                pk=message.pk,
                sk=items.PINNED + message.pos,
                site=chat.site,
                id=message.id,
                exp=message.exp,
            )
            write = Write("Put", items.dump(pinned))
        return replace(message, rev=rev, pinned=request.on, pinnedAt=rev), [write]

    return await _change(chat, caller, request, alter)


async def _change(chat: Chat, caller: Caller, request: AnyChange, alter: Alter) -> Answer:
    """Change the message, tell the members, answer with the message as it is then.

    Asked again, it changes nothing.
    """
    found: list[Message] = []
    changed: list[Message] = []

    async def build(commit: Commit) -> list[Write]:
        me = await members.require(chat, request.rid, caller.uid)
        found[:] = [await history.find(chat, request.rid, request.id)]
        changed.clear()
        (message,) = found
        if message.deleted:
            if isinstance(request, requests.Delete):
                return []
            raise Refused("notfound", "This message was deleted.")
        if commit.meta.closed and not isinstance(request, requests.Delete):
            raise errors.closed()
        after = alter(commit, me, message)
        if after is None:
            return []
        changed[:] = [replace(after[0], site=chat.site)]
        return [Write("Put", items.dump(changed[0])), *after[1]]

    commit = Commit(chat, await read_meta(chat, request.rid))
    await commit.run(build)
    now = pushes.message((changed or found)[0])
    told = []
    if changed:
        frames = pushes.log(request.rid, commit.meta.head, changed)
        told = [pushes.Push(frames, await members.of(chat, request.rid, commit.mv))]
    return Answer([encode(replies.Changed(r=request.r, item=now))], told)


def _pin_key(message: Message) -> Plain:
    return {"pk": message.pk, "sk": items.PINNED + message.pos}
