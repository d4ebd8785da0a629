"""The rows of open sockets, and whether their tokens are still good."""

from chat import items
from chat.context import Caller, Chat
from chat.errors import Refused
from chat.items import Connection
from chat.table import Table
from chat.writes import where


# API Gateway closes a socket after 2 h ("Quotas for WebSocket"). $disconnect is only tried, so a
# row ends by itself ten minutes later.
LIFE = 2 * 3600 + 600

# "Until execution of the integration associated with the $connect route is completed, the upgrade
# request is pending": a post meets a 410 although the socket is about to open. An integration may
# take 29 s.
OPENING = 30


async def opened(table: Table, connection: str, uid: str, token_exp: int, at: int) -> None:
    """Remember a socket, open since `at` milliseconds."""
    row = Connection(sk=connection, uid=uid, tokenExp=token_exp, exp=at // 1000 + LIFE)
    await table.put(items.dump(row))


async def closed(table: Table, connection: str) -> None:
    """Forget a socket."""
    await table.delete((items.CONNECTIONS, connection))


async def live(chat: Chat) -> list[Connection]:
    """All open sockets, and some that are gone."""
    every = where("pk = :pk", pk=items.CONNECTIONS)
    return [items.load(Connection, plain) for plain in await chat.connections.every(every)]


def opening(row: Connection, now: int) -> bool:
    """Whether the socket may not be open yet, at `now` seconds."""
    return now < row.exp - LIFE + OPENING


async def renew(chat: Chat, caller: Caller, token_exp: int) -> None:
    """The socket has a fresh token. Should its row be gone, it is there again."""
    at = chat.clock.now()
    await opened(chat.connections, caller.connection, caller.uid, token_exp, at)


async def check(chat: Chat, caller: Caller, token_exp: int) -> None:
    """Make sure of a good token; `token_exp` is that of the one the socket was opened with."""
    now = chat.clock.now() // 1000
    if now < token_exp:
        return
    plain = await chat.connections.get((items.CONNECTIONS, caller.connection))
    if plain is None or items.load(Connection, plain).tokenExp <= now:
        raise Refused("auth", "This session has expired.")
