"""`hello`, `auth`, `ping`, `read` and `user.set`: what concerns the user and the socket."""

import asyncio
import zlib

from msgspec import UNSET
from msgspec.structs import replace

from chat import connections, directory, errors, frames, ids, items, presence, pushes, rooms
from chat.context import Answer, Caller, Chat
from chat.errors import Refused
from chat.items import Marker, Meta, Profile
from chat.protocol import fields, pushed, replies, requests
from chat.protocol.codec import encode
from chat.protocol.entries import Summary, User
from chat.protocol.fields import OVERHEAD
from chat.pushes import Push
from chat.table import Lost
from chat.tokens import Unacceptable
from chat.writes import ABSENT, where


NAME = 80
NAMELESS = "Member"


async def hello(chat: Chat, caller: Caller, request: requests.Hello) -> Answer:
    """Who the user is, the rooms and the people; makes the profile and enters the lobby."""
    if request.v != fields.VERSION:
        raise Refused("version", "This page is out of date. Reload it.")
    users, markers, online = await asyncio.gather(
        directory.users(chat), directory.markers(chat, caller.uid), presence.known(chat)
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
    told += await presence.news(chat)
    admin = await connections.is_admin(chat, caller)
    welcome = replies.Hello(
        r=request.r,
        uid=caller.uid,
        ts=chat.clock.now(),
        site=chat.site,
        limits=_limits(chat),
        rooms=[],
        users=[],
        online=[],
        admin=admin or UNSET,
    )
    return Answer(_in_frames(welcome, [*summaries, *users, *online]), told)


async def auth(chat: Chat, caller: Caller, request: requests.Auth) -> Answer:
    """A fresh token for an open socket; it must be of the same user."""
    try:
        # The keys may have to be fetched, which blocks.
        claims = await asyncio.to_thread(chat.verifier.verify, request.jwt)
    except Unacceptable:
        claims = None
    if claims is None or claims.uid != caller.uid:
        raise Refused("auth", "Please sign in again.")
    await connections.renew(chat, caller, claims)
    return Answer([encode(replies.Auth(r=request.r, exp=claims.exp))])


async def ping(chat: Chat, caller: Caller, request: requests.Ping) -> Answer:
    """The time; and the heads of the joined rooms if the client's differ."""
    reply = replies.Ping(r=request.r, ts=chat.clock.now())
    if request.h is not None:
        heads = await directory.heads(chat, caller.uid)
        if request.h != digest(heads):
            reply = replace(reply, heads=dict(frames.fit(sorted(heads.items()), OVERHEAD)))
    return Answer([encode(reply)], await presence.news(chat))


async def read(chat: Chat, caller: Caller, request: requests.Read) -> Answer:
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
        return Answer([encode(replies.Read(r=request.r, readN=stood))])
    own = pushes.own(caller.uid, pushed.Read(rid=request.rid, readN=n), skip=caller.connection)
    return Answer([encode(replies.Read(r=request.r, readN=n))], [own])


async def change(chat: Chat, caller: Caller, request: requests.UserSet) -> Answer:
    """One's own profile; everybody is told of what they can see."""
    key = (items.USERS, items.MEMBER + caller.uid)
    plain = await chat.table.get(key)
    if plain is None:
        raise Refused("notfound", "Say hello first.")
    before = items.load(Profile, plain)
    after = _altered(before, request, ids.rev(chat.clock.now(), chat.site))
    old = items.dump(before)
    changed = {name: value for name, value in items.dump(after).items() if old.get(name) != value}
    if changed:
        # Only these: another device may be changing another.
        await chat.table.update(key, changed | {"site": chat.site})
    if request.counted is not None:
        await connections.count(chat, caller.uid, counted=request.counted and bool(chat.usage_key))
    user = directory.user(after)
    told = []
    if user != directory.user(before):
        told = [Push([encode(pushed.User(user=user))])]
    return Answer([encode(replies.UserSet(r=request.r, user=user))], told)


def _altered(profile: Profile, request: requests.UserSet, stamp: str) -> Profile:
    """The profile with what differs, each with its stamp."""
    if request.name is not None:
        name = _display(request.name)
        if name != profile.name:
            profile = replace(profile, name=name, nameAt=stamp)
    if request.status is not None:
        status = rooms.tidy(request.status)
        if status != (profile.status or ""):
            profile = replace(profile, status=status, statusAt=stamp)
    if request.counted is not None:
        profile = replace(profile, uncounted=not request.counted)
    return profile


def _display(name: str) -> str:
    return rooms.tidy(name)[:NAME].strip() or NAMELESS


def digest(heads: dict[str, str]) -> str:
    """What a client compares to learn that it has missed something."""
    lines = "\n".join(sorted(f"{rid}:{head}" for rid, head in heads.items()))
    return str(zlib.crc32(lines.encode()))


async def _register(chat: Chat, uid: str, name: str) -> tuple[User, list[Push]]:
    """Make the profile; everybody is told, unless another device was faster."""
    now = chat.clock.now()
    user = User(uid=uid, name=_display(name))
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
        return directory.user(stood), []
    return user, [Push([encode(pushed.User(user=user))])]


def _limits(chat: Chat) -> replies.Limits:
    return replies.Limits(
        body=fields.BODY,
        frame=fields.FRAME,
        batch=fields.BATCH,
        file=chat.files.size,
        thumb=fields.THUMB,
        files=fields.FILES,
        types=list(chat.files.types),
    )


def _in_frames(welcome: replies.Hello, told: list[Summary | User | str]) -> list[bytes]:
    """As many replies as it takes; all but the last say that there is more."""
    runs = frames.split(told, OVERHEAD + len(encode(welcome.limits)))
    return [
        encode(
            replace(
                welcome,
                rooms=[each for each in run if isinstance(each, Summary)],
                users=[each for each in run if isinstance(each, User)],
                online=[each for each in run if isinstance(each, str)],
                more=True if number < len(runs) else UNSET,
            )
        )
        for number, run in enumerate(runs, 1)
    ]
