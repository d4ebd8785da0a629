"""`room.create`, `room.join` and `room.list`; the lobby that everybody is in."""

import unicodedata

from chat import directory, errors, frames, ids, items, members, protocol, pushes
from chat.context import Answer, Caller, Chat
from chat.errors import Refused
from chat.items import Member, Name, Plain, Room
from chat.log import Commit, read_meta, unborn
from chat.pushes import Push
from chat.writes import ABSENT, Write


NAME = 64
KEY = 1000  # a sort key has at most 1024 bytes (DynamoDB quotas), and a letter may fold to many
LOBBY_NAME = "general"
NOBODY = ""  # who made the lobby


def tidy(name: str) -> str:
    """A name as it is shown: no control characters, single spaces."""
    shown = "".join(" " if unicodedata.category(each) == "Cc" else each for each in name)
    return " ".join(shown.split())


def fold(name: str) -> str:
    """The form in which names are compared and sorted; raises `Refused` when it makes no key."""
    folded = unicodedata.normalize("NFKC", tidy(name)).casefold()
    if len(folded.encode()) > KEY:
        raise Refused("invalid", "This name is too long.")
    return folded


async def create(chat: Chat, caller: Caller, request: protocol.RoomCreate) -> Answer:
    """A new public room, owned by who asks. Asked again, it is the same room."""
    name = tidy(request.name)
    if not 1 <= len(name) <= NAME:
        raise Refused("invalid", f"A room's name has 1 to {NAME} characters.")
    if request.rid == ids.LOBBY or fold(name) == LOBBY_NAME:
        raise _name_taken()
    if not await found(chat, request.rid, name, caller.uid):
        room = await _room(chat, request.rid)
        if room.by != caller.uid:
            raise Refused("conflict", "This room belongs to somebody else.")
    return await _joined(chat, caller, request, [])


async def join(chat: Chat, caller: Caller, request: protocol.RoomJoin) -> Answer:
    """Become a member of a public room. Asked again, one still is."""
    room = await _room(chat, request.rid)
    if room.kind != "public":
        raise Refused("denied", "This room is by invitation.")
    return await _joined(chat, caller, request, await enter(chat, request.rid, caller.uid))


async def browse(chat: Chat, caller: Caller, request: protocol.RoomList) -> Answer:
    """A page of the public rooms, by name."""
    after = fold(request.after or "")
    names, more = await directory.public_rooms(chat, after)
    mine = {marker.rid for marker in await directory.markers(chat, caller.uid)}
    metas = await chat.table.get_many((items.room_pk(name.rid), items.META) for name in names)
    listed = [
        protocol.Listed(
            rid=name.rid,
            name=name.name,
            n=items.load(items.Meta, metas[items.room_pk(name.rid), items.META]).n,
            joined=name.rid in mine,
        )
        for name in names
        if (items.room_pk(name.rid), items.META) in metas
    ]
    page = frames.fit(listed, protocol.OVERHEAD)
    if more or len(page) < len(listed):
        reply = protocol.reply(request.r, rooms=page, more=True, next=page[-1].name)
    else:
        reply = protocol.reply(request.r, rooms=page)
    return Answer([reply])


async def enter_lobby(chat: Chat, uid: str) -> list[Push]:
    """Make sure of the lobby and of this user in it; what its members are told."""
    try:
        return await enter(chat, ids.LOBBY, uid)
    except Refused as refused:
        if refused.code != "notfound":
            raise
    await found(chat, ids.LOBBY, LOBBY_NAME, NOBODY)
    return await enter(chat, ids.LOBBY, uid)


async def found(chat: Chat, rid: str, name: str, by: str) -> bool:
    """Make a public room, with its owner; False when the rid is taken already."""

    def build(commit: Commit) -> list[Write]:
        if commit.meta.head:
            return []
        rev = commit.rev()
        room = Room(
            pk=items.room_pk(rid),
            sk=items.ROOM,
            site=chat.site,
            rev=rev,
            name=name,
            nameAt=rev,
            kind="public",
            by=by,
            since=ids.decode_time(rev),
        )
        entry = Name(
            pk=items.ROOMS, sk=items.PUBLIC + fold(name), site=chat.site, rid=rid, name=name
        )
        writes = [
            Write("Put", items.dump(room)),
            Write("Put", items.dump(entry), ABSENT, lost=unless_own),
        ]
        if by != NOBODY:
            writes += members.admit(chat, commit, by, "owner")[1]
        return writes

    def unless_own(stood: Plain | None) -> None:
        if stood is None or stood["rid"] != rid:
            raise _name_taken()

    commit = Commit(chat, unborn(chat, rid))
    await commit.run(build)
    return not commit.meta.head


async def enter(chat: Chat, rid: str, uid: str) -> list[Push]:
    """Become a member; what the members are told, which is nothing when one was already."""
    before: list[Plain | None] = []
    entered: list[Member] = []

    def build(commit: Commit) -> list[Write]:
        if before:
            return []
        member, writes = members.admit(chat, commit, uid, "member", lost=before.append)
        entered[:] = [member]
        return writes

    commit = Commit(chat, await read_meta(chat, rid))
    await commit.run(build)
    if before:
        return []
    frames_ = pushes.log(rid, commit.meta.head, entered)
    return [Push(frames_, to=await members.of(chat, rid, commit.mv))]


async def _room(chat: Chat, rid: str) -> Room:
    plain = await chat.table.get((items.room_pk(rid), items.ROOM))
    if plain is None:
        raise errors.no_such_room()
    return items.load(Room, plain)


async def _joined(
    chat: Chat, caller: Caller, request: protocol.RoomCreate | protocol.RoomJoin, told: list[Push]
) -> Answer:
    """The room for who asked and for that user's other devices, then the log for its members."""
    (room,) = await directory.summaries(chat, caller.uid, [request.rid])
    others = Push(
        [protocol.encode(protocol.JoinedPush(room=room))],
        to=frozenset({caller.uid}),
        skip=caller.connection,
    )
    return Answer([protocol.reply(request.r, room=room)], [others, *told])


def _name_taken() -> Refused:
    return Refused("conflict", "There is a room of this name already.")
