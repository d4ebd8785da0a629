"""The rows of open sockets, and whether their tokens are still good."""

import contextlib

from chat import errors, items
from chat.claims import Claims
from chat.context import Caller, Chat
from chat.errors import Refused
from chat.items import Connection, Key, Plain
from chat.table import Lost, Table
from chat.writes import where


# API Gateway closes a socket after 2 h ("Quotas for WebSocket"). $disconnect is only tried, so a
# row ends by itself ten minutes later.
LIFE = 2 * 3600 + 600

# "Until execution of the integration associated with the $connect route is completed, the upgrade
# request is pending": a post meets a 410 although the socket is about to open. An integration may
# take 29 s.
OPENING = 30

LIVE = ("sk", "uid", "tokenExp", "exp", "room", "counted")


async def opened(
    table: Table, connection: str, claims: Claims, at: int, *, counted: bool = False
) -> None:
    """Remember a socket, open since `at` milliseconds."""
    row = Connection(
        sk=connection,
        uid=claims.uid,
        tokenExp=claims.exp,
        admin=claims.admin,
        counted=counted,
        exp=at // 1000 + LIFE,
    )
    await table.put(items.dump(row))


async def closed(table: Table, connection: str) -> bool:
    """Forget a socket; whether its user was counted on it."""
    stood = await table.delete((items.CONNECTIONS, connection))
    return stood is not None and stood.get("counted") is True


async def count(chat: Chat, uid: str, *, counted: bool) -> None:
    """Record what this user does from now on, or do not, on all sockets that are open."""
    known = where("attribute_exists(pk)")
    for row in await live(chat):
        if row.uid == uid:
            with contextlib.suppress(Lost):  # it has closed meanwhile
                await chat.connections.update(
                    (items.CONNECTIONS, row.sk), {"counted": counted}, known
                )


async def live(chat: Chat) -> list[Connection]:
    """All open sockets, and some that are gone."""
    every = where("pk = :pk", pk=items.CONNECTIONS)
    # Reading them is a good part of a fan-out's time, and goes by the attribute.
    rows = await chat.connections.every(every, only=LIVE)
    return [items.load(Connection, plain) for plain in rows]


def opening(row: Connection, now: int) -> bool:
    """Whether the socket may not be open yet, at `now` seconds."""
    return now < row.exp - LIFE + OPENING


async def renew(chat: Chat, caller: Caller, claims: Claims) -> None:
    """The socket has a fresh token. Should its row be gone, it is there again."""
    state: Plain = {
        "v": 1,
        "uid": claims.uid,
        "tokenExp": claims.exp,
        "admin": claims.admin,
        "exp": chat.clock.now() // 1000 + LIFE,
    }
    await chat.connections.update(_key(caller), state)


async def look_at(chat: Chat, caller: Caller, rid: str) -> None:
    """The socket looks at this room, or at none if it is empty."""
    known = where("attribute_exists(pk)")
    try:
        await chat.connections.update(_key(caller), {"room": rid}, known)
    except Lost:
        raise errors.busy() from None  # its `$connect` is not through yet


async def check(chat: Chat, caller: Caller, token_exp: int) -> None:
    """Make sure of a good token; `token_exp` is that of the one the socket was opened with."""
    now = chat.clock.now() // 1000
    if now < token_exp:
        return
    row = await _row(chat, caller)
    if row is None or row.tokenExp <= now:
        raise Refused("auth", "This session has expired.")


async def is_admin(chat: Chat, caller: Caller) -> bool:
    """Whether the socket's latest token is an administrator's."""
    row = await _row(chat, caller)
    return row is not None and row.admin


async def _row(chat: Chat, caller: Caller) -> Connection | None:
    plain = await chat.connections.get(_key(caller))
    return None if plain is None else items.load(Connection, plain)


def _key(caller: Caller) -> Key:
    return items.CONNECTIONS, caller.connection
