"""Who belongs to a room."""

from chat import errors, ids, items
from chat.context import Chat
from chat.items import Marker, Member, Plain
from chat.log import Commit
from chat.writes import Write, where


ROOMS_REMEMBERED = 200


def check(rid: str, uid: str) -> Write:
    """The part of a transaction that makes sure of a membership."""

    def refuse(_stood: Plain | None) -> None:
        raise errors.not_a_member()

    key: Plain = {"pk": items.room_pk(rid), "sk": items.MEMBER + uid}
    # A comparison with an absent attribute would hold, so the row itself is asked for as well.
    active = where(
        "attribute_exists(pk) AND #role <> :left AND #role <> :banned",
        left=items.LEFT,
        banned=items.BANNED,
    )
    return Write("ConditionCheck", key, active, lost=refuse)


def admit(chat: Chat, commit: Commit, uid: str, role: str) -> tuple[Member, list[Write]]:
    """The part of a transaction that makes somebody a member.

    What was said before does not count as unread.
    """
    member = place(chat, commit, uid, role)
    marker = Marker(
        pk=items.user_pk(uid),
        sk=items.ROOM_OF_USER + member.rid,
        site=chat.site,
        readN=commit.meta.n,
    )
    return member, [Write("Put", items.dump(member)), Write("Put", items.dump(marker))]


def dismiss(chat: Chat, commit: Commit, uid: str, role: str) -> tuple[Member, list[Write]]:
    """The part of a transaction that ends a membership; the role says how."""
    member = place(chat, commit, uid, role)
    marker: Plain = {"pk": items.user_pk(uid), "sk": items.ROOM_OF_USER + member.rid}
    return member, [Write("Put", items.dump(member)), Write("Delete", marker)]


def place(chat: Chat, commit: Commit, uid: str, role: str) -> Member:
    """Somebody's new place in the room."""
    rev = commit.member_rev()
    return Member(
        pk=commit.meta.pk,
        sk=items.MEMBER + uid,
        site=chat.site,
        rev=rev,
        role=role,
        since=ids.decode_time(rev),
    )


async def find(chat: Chat, rid: str, uid: str) -> Member | None:
    """Somebody's place in the room, as of now, if there ever was one."""
    plain = await chat.table.get((items.room_pk(rid), items.MEMBER + uid))
    return None if plain is None else items.load(Member, plain)


async def require(chat: Chat, rid: str, uid: str) -> Member:
    """The membership, as of now; raises `Refused`."""
    member = await find(chat, rid, uid)
    if member is None or not member.active:
        raise errors.not_a_member()
    return member


async def everybody(chat: Chat, rid: str) -> list[Member]:
    """All members, by uid."""
    rows = where("pk = :pk AND begins_with(sk, :sk)", pk=items.room_pk(rid), sk=items.MEMBER)
    found = [items.load(Member, plain) for plain in await chat.table.every(rows)]
    return [member for member in found if member.active]


async def of(chat: Chat, rid: str, mv: str) -> frozenset[str]:
    """The uids of the members, given when they last changed (`META.mv`)."""
    remembered = chat.memory.members
    known = remembered.get(rid)
    if known and known[0] == mv:
        return known[1]
    uids = frozenset(member.uid for member in await everybody(chat, rid))
    if len(remembered) >= ROOMS_REMEMBERED:
        remembered.pop(next(iter(remembered)))
    remembered[rid] = mv, uids
    return uids
