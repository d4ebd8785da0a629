"""What a user sees at a glance: one's rooms, the public rooms, the people."""

from collections.abc import Iterable, Sequence
from itertools import chain

from msgspec import UNSET

from chat import items
from chat.context import Chat
from chat.errors import Refused
from chat.items import Marker, Member, Meta, Name, Profile, Room
from chat.protocol.entries import Summary, User
from chat.table import Table
from chat.writes import where


PAGE = 100


async def markers(chat: Chat, uid: str) -> list[Marker]:
    """One for each room the user is a member of."""
    mine = where("pk = :pk AND begins_with(sk, :sk)", pk=items.user_pk(uid), sk=items.ROOM_OF_USER)
    return [items.load(Marker, plain) for plain in await chat.table.every(mine)]


async def summaries(chat: Chat, uid: str, rids: Sequence[str]) -> list[Summary]:
    """The user's view of these rooms; those without this member are left out."""
    me = items.MEMBER + uid
    keys = {
        rid: [
            (items.user_pk(uid), items.ROOM_OF_USER + rid),
            *((items.room_pk(rid), sk) for sk in (me, items.META, items.ROOM)),
        ]
        for rid in rids
    }
    found = await chat.table.get_many(chain.from_iterable(keys.values()))
    result = []
    for rid in rids:
        # One lacks where the user is no member, or where something is damaged.
        if not found.keys() >= set(keys[rid]):
            continue
        marker, member, state, settings = (found[key] for key in keys[rid])
        meta = items.load(Meta, state)
        room = items.load(Room, settings)
        mine = items.load(Marker, marker)
        result.append(
            Summary(
                rid=rid,
                name=room.name,
                kind=room.kind,
                role=items.load(Member, member).role,
                head=meta.head,
                n=meta.n,
                readN=mine.readN,
                ment=mine.ment or UNSET,
                level=mine.level if mine.level != "all" else UNSET,
                topic=room.topic or UNSET,
                closed=room.closed or UNSET,
                uids=room.uids,
            )
        )
    return result


async def heads(chat: Chat, uid: str) -> dict[str, str]:
    """The head of each joined room; may lag a little, which the next ping makes good."""
    keys = [(items.room_pk(each.rid), items.META) for each in await markers(chat, uid)]
    found = await chat.table.get_many(keys, consistent=False)
    metas = [items.load(Meta, plain) for plain in found.values()]
    return {meta.rid: meta.head for meta in metas}


async def users(chat: Chat) -> list[User]:
    """Everybody who ever said hello."""
    everybody = where("pk = :pk AND begins_with(sk, :sk)", pk=items.USERS, sk=items.MEMBER)
    profiles = [items.load(Profile, plain) for plain in await chat.table.every(everybody)]
    return [user(profile) for profile in profiles]


async def is_counted(table: Table, uid: str) -> bool:
    """Whether the user may be recorded; who has no profile yet has not asked not to be."""
    plain = await table.get((items.USERS, items.MEMBER + uid))
    return plain is None or plain.get("uncounted") is not True


def user(profile: Profile) -> User:
    """A profile as others see it."""
    return User(uid=profile.uid, name=profile.name, status=profile.status or UNSET)


async def require(chat: Chat, uids: Iterable[str]) -> None:
    """Raises `Refused` unless all of them are in the directory."""
    wanted = {(items.USERS, items.MEMBER + uid) for uid in uids}
    if wanted - (await chat.table.get_many(wanted)).keys():
        raise Refused("notfound", "Somebody of these is not in the directory.")


async def public_rooms(chat: Chat, after: str) -> tuple[list[Name], bool]:
    """A page of names in their folded order, and whether more follow."""
    # `$` is the character after `#`. The first name may be `after` itself: BETWEEN includes it.
    start = items.PUBLIC + after
    names = where("pk = :pk AND sk BETWEEN :a AND :z", pk=items.ROOMS, a=start, z="N$")
    plain, more = await chat.table.page(names, limit=PAGE + 1)
    found = [items.load(Name, each) for each in plain if each["sk"] != start]
    return found[:PAGE], more or len(found) > PAGE
