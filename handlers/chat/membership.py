"""`room.leave` and `member.*`: who is in a room, and as what."""

from msgspec.structs import replace

from chat import audit, directory, frames, ids, items, members, pushes, rooms
from chat.context import Answer, Caller, Chat
from chat.errors import Refused
from chat.items import Member
from chat.log import Commit, read_meta
from chat.protocol import entries, pushed, replies, requests
from chat.protocol.codec import encode
from chat.protocol.fields import OVERHEAD
from chat.pushes import Push
from chat.writes import Write


async def leave(chat: Chat, caller: Caller, request: requests.RoomLeave) -> Answer:
    """End one's own membership. Asked again, one still is gone."""
    if request.rid == ids.LOBBY:
        raise Refused("denied", "Everybody is in this room.")
    room = await rooms.get(chat, request.rid)
    if room.kind == "direct":
        raise Refused("denied", "A direct room cannot be left.")
    told = await _end(chat, caller, request.rid, caller.uid, items.LEFT)
    return Answer([encode(replies.Reply(r=request.r))], told)


async def add(chat: Chat, caller: Caller, request: requests.MemberAdd) -> Answer:
    """Bring people in. Asked again, they still are."""
    room = await rooms.get(chat, request.rid)
    me = await members.require(chat, request.rid, caller.uid)
    if room.kind == "direct" or (room.kind == "private" and not me.governs):
        raise _not_allowed()
    await directory.require(chat, request.uids)
    told = await rooms.enter(chat, request.rid, *dict.fromkeys(request.uids))
    others = [uid for uid in dict.fromkeys(request.uids) if uid != caller.uid]
    welcomes = await rooms.welcome(chat, request.rid, others) if told else []
    return Answer([encode(replies.Reply(r=request.r))], [*welcomes, *told])


async def remove(chat: Chat, caller: Caller, request: requests.MemberRemove) -> Answer:
    """End somebody else's membership, or lift a ban. Asked again, it stays so."""
    if request.uid == caller.uid:
        raise Refused("invalid", "To go, leave the room.")
    if request.rid == ids.LOBBY and not request.ban:
        raise Refused("denied", "Everybody is in this room.")
    role = items.BANNED if request.ban else items.LEFT
    told = await _end(chat, caller, request.rid, request.uid, role)
    return Answer([encode(replies.Reply(r=request.r))], told)


async def set_role(chat: Chat, caller: Caller, request: requests.MemberRole) -> Answer:
    """Give a member a role. Asked again, it stays so."""
    changed: list[Member] = []

    async def build(commit: Commit) -> list[Write]:
        changed.clear()
        me = await members.require(chat, request.rid, caller.uid)
        if me.role != "owner":
            raise _not_allowed()
        member = await members.find(chat, request.rid, request.uid)
        if member is None or not member.active:
            raise Refused("notfound", "This person is not a member of the room.")
        if member.role == request.role:
            return []
        if member.role == "owner":
            await _keep_an_owner(chat, request.rid, request.uid)
        placed = members.place(chat, commit, request.uid, request.role)
        changed.append(replace(placed, since=member.since))
        act = audit.record(
            chat,
            commit.stamp(),
            caller.uid,
            f"role {request.role}",
            whom=request.uid,
            rid=request.rid,
        )
        return [Write("Put", items.dump(changed[0])), act]

    commit = Commit(chat, await read_meta(chat, request.rid))
    await commit.run(build)
    told = []
    if changed:
        to = await members.of(chat, request.rid, commit.mv)
        told = [Push(pushes.log(request.rid, commit.meta.head, changed), to)]
    return Answer([encode(replies.Reply(r=request.r))], told)


async def listing(chat: Chat, caller: Caller, request: requests.MemberList) -> Answer:
    """A page of the members, by uid."""
    await members.require(chat, request.rid, caller.uid)
    people = [
        entries.Person(uid=member.uid, role=member.role, since=member.since)
        for member in await members.everybody(chat, request.rid)
        if member.uid > (request.after or "")
    ]
    page = frames.fit(people, OVERHEAD)
    more = len(page) < len(people)
    return Answer([encode(replies.MemberList(r=request.r, members=page, more=more))])


async def _end(chat: Chat, caller: Caller, rid: str, uid: str, role: str) -> list[Push]:
    """End a membership; what those who stay, and who does not, are told."""
    changed: list[Member] = []

    async def build(commit: Commit) -> list[Write]:
        changed.clear()
        member = await members.find(chat, rid, uid)
        if uid != caller.uid:
            _may_remove(await members.require(chat, rid, caller.uid), member)
        before = member.role if member else items.LEFT
        if before == role or (uid == caller.uid and before in items.GONE):
            return []
        if before == "owner":
            await _keep_an_owner(chat, rid, uid)
        gone, writes = members.dismiss(chat, commit, uid, role)
        changed.append(gone)
        if uid != caller.uid:
            act = "ban" if role == items.BANNED else "remove"
            stamp = commit.stamp()
            writes.append(audit.record(chat, stamp, caller.uid, act, whom=uid, rid=rid))
        return writes

    commit = Commit(chat, await read_meta(chat, rid))
    await commit.run(build)
    if not changed:
        return []
    staying = await members.of(chat, rid, commit.mv)
    return [
        pushes.own(uid, pushed.Left(rid=rid), skip=caller.connection),
        Push(pushes.log(rid, commit.meta.head, changed), to=staying),
    ]


def _may_remove(me: Member, member: Member | None) -> None:
    if not me.governs or (member is not None and member.role == "owner" and me.role != "owner"):
        raise _not_allowed()


async def _keep_an_owner(chat: Chat, rid: str, uid: str) -> None:
    """Raises `Refused` if nobody else owns the room."""
    others = [member for member in await members.everybody(chat, rid) if member.uid != uid]
    if others and all(member.role != "owner" for member in others):
        raise Refused("conflict", "Make somebody else an owner first.")


def _not_allowed() -> Refused:
    return Refused("denied", "Your role in this room does not allow that.")
