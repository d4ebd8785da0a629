"""`hello`, `auth`, `ping` and `read`: what concerns the user and the socket."""

import asyncio
import zlib

from chat import connections, directory, errors, frames, ids, items, protocol, rooms
from chat.context import Answer, Caller, Chat
from chat.errors import Refused
from chat.items import Marker, Meta, Profile
from chat.protocol import Summary, User
from chat.pushes import Push
from chat.table import Lost
from chat.tokens import Unacceptable
from chat.writes import ABSENT, where


NAME = 80
NAMELESS = "Member"

LIMITS = {"body": protocol.BODY, "frame": protocol.FRAME, "batch": protocol.BATCH}


async def hello(chat: Chat, caller: Caller, request: protocol.Hello) -> Answer:
    """Who the user is, the rooms and the people; makes the profile and enters the lobby."""
    if request.v != protocol.VERSION:
        raise Refused("invalid", "This page is out of date. Reload it.")
    users, markers = await asyncio.gather(
        directory.users(chat), directory.markers(chat, caller.uid)
    )
    told: list[Push] = []
    if all(user.uid != caller.uid for user in users):
        me, told = await _register(chat, caller.uid, request.name)
        users.append(me)
    rids = [marker.rid for marker in markers]
    if ids.LOBBY not in rids:
        told += await rooms.enter_lobby(chat, caller.uid)
        rids.insert(0, ids.LOBBY)
    summaries = await directory.summaries(chat, caller.uid, rids)
    return Answer(_welcome(chat, caller.uid, request.r, summaries, users), told)


async def auth(chat: Chat, caller: Caller, request: protocol.Auth) -> Answer:
    """A fresh token for an open socket; it must be of the same user."""
    try:
        # The keys may have to be fetched, which blocks.
        claims = await asyncio.to_thread(chat.verifier.verify, request.jwt)
    except Unacceptable:
        claims = None
    if claims is None or claims.uid != caller.uid:
        raise Refused("auth", "Please sign in again.")
    await connections.renew(chat, caller, claims.exp)
    return Answer([protocol.reply(request.r, exp=claims.exp)])


async def ping(chat: Chat, caller: Caller, request: protocol.Ping) -> Answer:
    """The time; and the heads of the joined rooms if the client's differ."""
    now = chat.clock.now()
    if request.h is None:
        return Answer([protocol.reply(request.r, ts=now)])
    heads = await directory.heads(chat, caller.uid)
    if request.h == digest(heads):
        return Answer([protocol.reply(request.r, ts=now)])
    page = dict(frames.fit(sorted(heads.items()), protocol.OVERHEAD))
    return Answer([protocol.reply(request.r, ts=now, heads=page)])


async def read(chat: Chat, caller: Caller, request: protocol.Read) -> Answer:
    """Move the read marker, never back and never past the last message."""
    key = (items.user_pk(caller.uid), items.ROOM_OF_USER + request.rid)
    meta_key = (items.room_pk(request.rid), items.META)
    found = await chat.table.get_many([key, meta_key])
    if meta_key not in found:
        raise errors.no_such_room()
    if key not in found:
        raise errors.not_a_member()
    n = min(request.n, items.load(Meta, found[meta_key]).n)
    grown = where("attribute_exists(pk) AND #readN < :n", n=n)
    try:
        await chat.table.update(key, {"readN": n, "site": chat.site}, grown)
    except Lost as lost:
        if lost.item is None:
            raise errors.not_a_member() from lost
        stood = items.load(Marker, lost.item).readN
        return Answer([protocol.reply(request.r, readN=stood)])
    push = protocol.encode(protocol.ReadPush(rid=request.rid, readN=n))
    own = Push([push], to=frozenset({caller.uid}), skip=caller.connection)
    return Answer([protocol.reply(request.r, readN=n)], [own])


def digest(heads: dict[str, str]) -> str:
    """What a client compares to learn that it has missed something."""
    lines = "\n".join(sorted(f"{rid}:{head}" for rid, head in heads.items()))
    return str(zlib.crc32(lines.encode()))


async def _register(chat: Chat, uid: str, name: str) -> tuple[User, list[Push]]:
    """Make the profile; everybody is told, unless another device was faster."""
    now = chat.clock.now()
    user = User(uid=uid, name=rooms.tidy(name)[:NAME].strip() or NAMELESS)
    profile = Profile(
        pk=items.USERS,
        sk=items.MEMBER + uid,
        site=chat.site,
        name=user.name,
        nameAt=ids.rev(now, chat.site),
        since=now,
    )
    try:
        await chat.table.put(items.dump(profile), ABSENT)
    except Lost as lost:
        stood = profile if lost.item is None else items.load(Profile, lost.item)
        return User(uid=uid, name=stood.name), []
    return user, [Push([protocol.encode(protocol.UserPush(user=user))])]


def _welcome(
    chat: Chat, uid: str, r: str, summaries: list[Summary], users: list[User]
) -> list[bytes]:
    """As many replies as it takes; all but the last say that there is more."""
    runs = frames.split([*summaries, *users], protocol.OVERHEAD)
    replies = []
    for number, run in enumerate(runs, 1):
        fields: dict[str, object] = {
            "uid": uid,
            "ts": chat.clock.now(),
            "site": chat.site,
            "limits": LIMITS,
            "rooms": [each for each in run if isinstance(each, Summary)],
            "users": [each for each in run if isinstance(each, User)],
        }
        if number < len(runs):
            fields["more"] = True
        replies.append(protocol.reply(r, **fields))
    return replies
