"""`room.set`: what a room is called and keeps. `room.level`: what of it notifies a user."""

from msgspec.structs import replace

from chat import audit, errors, items, members, pushes, rooms
from chat.context import Answer, Caller, Chat
from chat.errors import Refused
from chat.items import Room
from chat.log import Commit, read_meta
from chat.protocol import pushed, replies, requests
from chat.protocol.codec import encode
from chat.table import Lost
from chat.writes import Write, where


async def change(chat: Chat, caller: Caller, request: requests.RoomSet) -> Answer:
    """New settings for a room, by an owner or admin. Asked again, they stay so."""
    name = None if request.name is None else rooms.named(request.name)
    changed: list[Room] = []

    async def build(commit: Commit) -> list[Write]:
        changed.clear()
        me = await members.require(chat, request.rid, caller.uid)
        if not me.governs:
            raise Refused("denied", "Your role in this room does not allow that.")
        room = await rooms.get(chat, request.rid)
        after = _altered(room, request, name, commit.rev())
        if replace(after, rev=room.rev) == room:
            return []
        changed.append(replace(after, site=chat.site))
        commit.settings = {"closed": bool(after.closed), "days": after.days or 0}
        act = audit.record(chat, commit.stamp(), caller.uid, "room.set", rid=request.rid)
        return [Write("Put", items.dump(changed[0])), act, *_renamed(chat, room, after)]

    commit = Commit(chat, await read_meta(chat, request.rid))
    await commit.run(build)
    told = []
    if changed:
        to = await members.of(chat, request.rid, commit.mv)
        told = [pushes.Push(pushes.log(request.rid, commit.meta.head, changed), to)]
    return await rooms.joined(chat, caller, request, told)


async def level(chat: Chat, caller: Caller, request: requests.RoomLevel) -> Answer:
    """What notifies this user; the other devices are told."""
    key = (items.user_pk(caller.uid), items.ROOM_OF_USER + request.rid)
    try:
        await chat.table.update(key, {"level": request.level}, where("attribute_exists(pk)"))
    except Lost:
        raise errors.not_a_member() from None
    told = pushed.Level(rid=request.rid, level=request.level)
    own = pushes.own(caller.uid, told, skip=caller.connection)
    return Answer([encode(replies.RoomLevel(r=request.r, level=request.level))], [own])


def _altered(room: Room, request: requests.RoomSet, name: str | None, rev: str) -> Room:
    """The room with what differs, each with its stamp."""
    after = replace(room, rev=rev)
    if name is not None and name != room.name:
        if room.kind == "direct":
            raise Refused("invalid", "A direct room has no name.")
        after = replace(after, name=name, nameAt=rev)
    topic = None if request.topic is None else rooms.tidy(request.topic)
    if topic is not None and topic != (room.topic or ""):
        after = replace(after, topic=topic, topicAt=rev)
    if request.days is not None and request.days != (room.days or 0):
        after = replace(after, days=request.days, daysAt=rev)
    if request.closed is not None and request.closed != bool(room.closed):
        after = replace(after, closed=request.closed, closedAt=rev)
    return after


def _renamed(chat: Chat, room: Room, after: Room) -> list[Write]:
    """A public name is given back when another is taken."""
    if room.kind != "public" or rooms.fold(room.name) == rooms.fold(after.name):
        return []
    old = {"pk": items.ROOMS, "sk": items.PUBLIC + rooms.fold(room.name)}
    return [Write("Delete", dict(old)), rooms.reserve(chat.site, after.rid, after.name)]
