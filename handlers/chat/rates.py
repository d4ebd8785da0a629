"""How much one user, and one socket, may ask.

A socket's requests are counted in the memory of each execution environment, which costs nothing
and stops a client that has run wild. A user's messages are counted in the database, so that many
sockets and environments come to one sum; the count is made while the others are told, after the
acknowledgement, so it costs no time. An environment learns the sum from its own counting: a user
may exceed the limit by what is under way in other environments at that moment.
"""

from typing import TypeVar

from chat.context import Caller, Chat
from chat.errors import Refused
from chat.protocol import requests
from chat.protocol.requests import AnyRequest


T = TypeVar("T")

# A socket may ask four times as fast as its user may write, and five seconds' worth at once: what
# only reads is cheap, and a client that comes back asks for much.
READS = 4
BURST = 5
MINUTE = 60 * 1000
MEGABYTE = 1024 * 1024
REMEMBERED = 1000

# What only reads, or is about the socket itself.
FREE = (
    requests.Hello,
    requests.Auth,
    requests.Ping,
    requests.Focus,
    requests.Typing,
    requests.Hist,
    requests.Thread,
    requests.Pins,
    requests.Search,
    requests.Sync,
    requests.Read,
    requests.FileOpen,
    requests.FileList,
    requests.RoomList,
    requests.MemberList,
    requests.AdminBanned,
    requests.AdminAudit,
)


def price(request: AnyRequest) -> int:
    """What a request counts towards the limit of its user."""
    if isinstance(request, FREE):
        return 0
    match request:
        case requests.Send():
            return len(request.msgs)
        case requests.FileUpload():
            return 1 + request.size // MEGABYTE
        case _:
            return 1


def admit(chat: Chat, caller: Caller, request: AnyRequest) -> None:
    """Raises `Refused` with `rate` when it is too much."""
    now = chat.clock.now()
    _admit_socket(chat, caller.connection, chat.messages_per_minute * READS / 60, now)
    minute, spent = chat.memory.spent.get(caller.uid, (0, 0))
    if price(request) and minute == now // MINUTE and spent >= chat.messages_per_minute:
        raise _too_many(after=MINUTE - now % MINUTE)


async def charge(chat: Chat, caller: Caller, request: AnyRequest) -> None:
    """Count what was asked."""
    amount = price(request)
    if not amount:
        return
    minute = chat.clock.now() // MINUTE
    key = (f"RATE#{caller.uid}", str(minute))
    spent = await chat.connections.add(key, amount, exp=minute * 60 + 3600)
    _remember(chat.memory.spent, caller.uid, (minute, spent))


def _admit_socket(chat: Chat, connection: str, per_second: float, now: int) -> None:
    """A bucket of `BURST` seconds' requests, which fills again."""
    full = BURST * per_second
    left, at = chat.memory.allowance.get(connection, (full, now))
    left = min(full, left + (now - at) * per_second / 1000)
    if left < 1:
        _remember(chat.memory.allowance, connection, (left, now))
        raise _too_many(after=1000)
    _remember(chat.memory.allowance, connection, (left - 1, now))


def _remember(memory: dict[str, T], key: str, value: T) -> None:
    if key not in memory and len(memory) >= REMEMBERED:
        memory.pop(next(iter(memory)))
    memory[key] = value


def _too_many(after: int) -> Refused:
    return Refused("rate", "That was too much at once. Trying again soon.", after)
