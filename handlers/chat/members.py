"""Who belongs to a room."""

from collections.abc import Callable

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
    active = where("attribute_exists(pk) AND #role <> :left", left=items.LEFT)
    return Write("ConditionCheck", key, active, lost=refuse)


def admit(
    chat: Chat,
    commit: Commit,
    uid: str,
    role: str,
    lost: Callable[[Plain | None], None] | None = None,
) -> tuple[Member, list[Write]]:
    """The part of a transaction that makes somebody a member; `lost` is called when one is already.

    What was said before does not count as unread.
    """
    rev = commit.member_rev()
    member = Member(
        pk=commit.meta.pk,
        sk=items.MEMBER + uid,
        site=chat.site,
        rev=rev,
        role=role,
        since=ids.decode_time(rev),
    )
    marker = Marker(
        pk=items.user_pk(uid),
        sk=items.ROOM_OF_USER + member.rid,
        site=chat.site,
        readN=commit.meta.n,
    )
    new = where("attribute_not_exists(pk) OR #role = :left", left=items.LEFT) if lost else None
    return member, [
        Write("Put", items.dump(member), new, lost=lost),
        Write("Put", items.dump(marker)),
    ]


async def require(chat: Chat, rid: str, uid: str) -> Member:
    """The membership, as of now; raises `Refused`."""
    plain = await chat.table.get((items.room_pk(rid), items.MEMBER + uid))
    if plain is None or plain["role"] == items.LEFT:
        raise errors.not_a_member()
    return items.load(Member, plain)


async def of(chat: Chat, rid: str, mv: str) -> frozenset[str]:
    """The uids of the members, given when they last changed (`META.mv`)."""
    known = chat.members.get(rid)
    if known and known[0] == mv:
        return known[1]
    everybody = where("pk = :pk AND begins_with(sk, :sk)", pk=items.room_pk(rid), sk=items.MEMBER)
    rows = [items.load(Member, plain) for plain in await chat.table.every(everybody)]
    uids = frozenset(row.uid for row in rows if row.role != items.LEFT)
    if len(chat.members) >= ROOMS_REMEMBERED:
        chat.members.pop(next(iter(chat.members)))
    chat.members[rid] = mv, uids
    return uids
