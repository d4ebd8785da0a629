"""`room.create`, `room.direct`, `room.join`, `room.list`; the lobby that everybody is in."""

import unicodedata
from collections.abc import Sequence

from msgspec import UNSET

from chat import directory, errors, frames, ids, items, members, pushes
from chat.context import Answer, Caller, Chat
from chat.errors import Refused
from chat.items import Direct, Member, Name, Plain, Room
from chat.log import Commit, read_meta, unborn
from chat.protocol import entries, pushed, replies, requests
from chat.protocol.codec import encode
from chat.protocol.fields import NAME, OVERHEAD, Kind
from chat.pushes import Push
from chat.quarantine import Damaged
from chat.writes import ABSENT, Write


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


def named(name: str) -> str:
    """A room's name, tidied; raises `Refused`."""
    name = tidy(name)
    if not 1 <= len(name) <= NAME:
        raise Refused("invalid", f"A room's name has 1 to {NAME} characters.")
    return name


async def create(chat: Chat, caller: Caller, request: requests.RoomCreate) -> Answer:
    """A new room, owned by who asks. Asked again, it is the same room."""
    name = named(request.name)
    if request.rid == ids.LOBBY or (request.kind == "public" and fold(name) == LOBBY_NAME):
        raise name_taken()
    new = Plan(request.rid, request.kind, name, caller.uid, {caller.uid: "owner"})
    if not await found(chat, new):
        room = await get(chat, request.rid)
        if room.by != caller.uid:
            raise Refused("conflict", "This room belongs to somebody else.")
    return await joined(chat, caller, request, [])


async def direct(chat: Chat, caller: Caller, request: requests.RoomDirect) -> Answer:
    """The one room of these people; who makes it tells the others."""
    if request.rid == ids.LOBBY:
        raise Refused("invalid", "This rid is the lobby's.")
    uids = sorted({caller.uid, *request.uids})
    key = (items.ROOMS, items.DIRECT + "#".join(uids))
    plain = await chat.table.get(key)
    rid = request.rid if plain is None else items.load(Direct, plain).rid
    told: list[Push] = []
    if plain is None:
        await directory.require(chat, uids)
        plan = Plan(rid, "direct", "", caller.uid, dict.fromkeys(uids, "member"))
        if not await found(chat, plan):
            room = await get(chat, rid)
            if room.uids != uids:
                raise Refused("conflict", "This rid is that of another room.")
        told = await welcome(chat, rid, [uid for uid in uids if uid != caller.uid])
    return await joined(chat, caller, request, told, rid)


async def join(chat: Chat, caller: Caller, request: requests.RoomJoin) -> Answer:
    """Become a member of a public room. Asked again, one still is."""
    room = await get(chat, request.rid)
    if room.kind != "public":
        raise Refused("denied", "This room is by invitation.")
    return await joined(chat, caller, request, await enter(chat, request.rid, caller.uid))


async def browse(chat: Chat, caller: Caller, request: requests.RoomList) -> Answer:
    """A page of the public rooms, by name."""
    after = fold(request.after or "")
    names, more = await directory.public_rooms(chat, after)
    mine = {marker.rid for marker in await directory.markers(chat, caller.uid)}
    metas = await chat.table.get_many((items.room_pk(name.rid), items.META) for name in names)
    listed = [
        entries.Listed(
            rid=name.rid,
            name=name.name,
            n=items.load(items.Meta, metas[items.room_pk(name.rid), items.META]).n,
            joined=name.rid in mine,
        )
        for name in names
        if (items.room_pk(name.rid), items.META) in metas
    ]
    page = frames.fit(listed, OVERHEAD)
    reply = replies.RoomList(r=request.r, rooms=page)
    if more or len(page) < len(listed):
        reply = replies.RoomList(r=request.r, rooms=page, more=True, next=page[-1].name)
    return Answer([encode(reply)])


async def enter_lobby(chat: Chat, uid: str) -> list[Push]:
    """Make sure of the lobby and of this user in it; what its members are told."""
    try:
        return await enter(chat, ids.LOBBY, uid)
    except Refused as refused:
        if refused.code != "notfound":
            raise
    await found(chat, Plan(ids.LOBBY, "public", LOBBY_NAME, NOBODY, {}))
    return await enter(chat, ids.LOBBY, uid)


class Plan:
    """A room to be made, with its first members and their roles."""

    def __init__(self, rid: str, kind: Kind, name: str, by: str, roles: dict[str, str]) -> None:
        self.rid = rid
        self.kind = kind
        self.name = name
        self.by = by
        self.roles = roles

    def room(self, site: str, rev: str) -> Room:
        """The room's settings."""
        return Room(
            pk=items.room_pk(self.rid),
            sk=items.ROOM,
            site=site,
            rev=rev,
            name=self.name,
            nameAt=rev,
            kind=self.kind,
            by=self.by,
            since=ids.decode_time(rev),
            uids=sorted(self.roles) if self.kind == "direct" else UNSET,
        )

    def reservations(self, site: str) -> list[Write]:
        """What makes the room findable, and one of its kind."""
        if self.kind == "public":
            return [reserve(site, self.rid, self.name)]
        if self.kind == "direct":
            sk = items.DIRECT + "#".join(sorted(self.roles))
            entry = Direct(pk=items.ROOMS, sk=sk, site=site, rid=self.rid)
            return [Write("Put", items.dump(entry), ABSENT, lost=_made_meanwhile)]
        return []


def reserve(site: str, rid: str, name: str) -> Write:
    """The part of a transaction that takes a public name."""

    def unless_own(stood: Plain | None) -> None:
        if stood is None or stood["rid"] != rid:
            raise name_taken()

    entry = Name(pk=items.ROOMS, sk=items.PUBLIC + fold(name), site=site, rid=rid, name=name)
    return Write("Put", items.dump(entry), ABSENT, lost=unless_own)


async def found(chat: Chat, plan: Plan) -> bool:
    """Make a room, with its members; False when the rid is taken already."""

    async def build(commit: Commit) -> list[Write]:
        if commit.meta.head:
            return []
        writes = [Write("Put", items.dump(plan.room(chat.site, commit.rev())))]
        writes += plan.reservations(chat.site)
        for uid, role in plan.roles.items():
            writes += members.admit(chat, commit, uid, role)[1]
        return writes

    commit = Commit(chat, unborn(chat, plan.rid))
    await commit.run(build)
    return not commit.meta.head


async def enter(chat: Chat, rid: str, *uids: str) -> list[Push]:
    """Become members; what the members are told, which is nothing of those who were already."""
    entered: list[Member] = []

    async def build(commit: Commit) -> list[Write]:
        entered.clear()
        writes = []
        for uid in uids:
            before = await members.find(chat, rid, uid)
            if before is not None and before.role == items.BANNED:
                raise Refused("denied", "The room's admins have shut this person out.")
            if before is None or not before.active:
                member, more = members.admit(chat, commit, uid, "member")
                entered.append(member)
                writes += more
        return writes

    commit = Commit(chat, await read_meta(chat, rid))
    await commit.run(build)
    if not entered:
        return []
    told = pushes.log(rid, commit.meta.head, entered)
    return [Push(told, to=await members.of(chat, rid, commit.mv))]


async def get(chat: Chat, rid: str) -> Room:
    """A room's settings, as of now; raises `Refused`."""
    plain = await chat.table.get((items.room_pk(rid), items.ROOM))
    if plain is None:
        raise errors.no_such_room()
    return items.load(Room, plain)


async def joined(
    chat: Chat,
    caller: Caller,
    request: requests.RoomCreate | requests.RoomDirect | requests.RoomJoin | requests.RoomSet,
    told: list[Push],
    rid: str = "",
) -> Answer:
    """The room for who asked and for that user's other devices, then the log for its members."""
    summaries = await directory.summaries(chat, caller.uid, [rid or request.rid])
    if not summaries:
        raise Damaged
    (room,) = summaries
    others = pushes.own(caller.uid, pushed.Joined(room=room), skip=caller.connection)
    return Answer([encode(replies.OneRoom(r=request.r, room=room))], [others, *told])


async def welcome(chat: Chat, rid: str, uids: Sequence[str]) -> list[Push]:
    """Tell people that they are in a room now, each with the room as they see it."""
    return [
        pushes.own(uid, pushed.Joined(room=room))
        for uid in uids
        for room in await directory.summaries(chat, uid, [rid])
    ]


def name_taken() -> Refused:
    """Public rooms have names of their own."""
    return Refused("conflict", "There is a room of this name already.")


def _made_meanwhile(_stood: Plain | None) -> None:
    # Asked again, the room that was faster is found.
    raise errors.busy(after=100)
