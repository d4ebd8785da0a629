"""Telling the others."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from chat import connections
from chat.context import Chat
from chat.items import Connection
from chat.pushes import Push
from chat.sockets import Gone, Sockets, Unreachable


log = logging.getLogger(__name__)

# What the function may spend on posts; who is not reached by then repairs the gap later.
PATIENCE = 4.0

# Posts under way at a time, each on a connection of its own.
AT_ONCE = 32

# A client learns that its token has expired from the answer to its next ping, which a hidden tab
# sends every 4 minutes. Until then it shall miss nothing.
GRACE = 5 * 60


@dataclass(frozen=True)
class Told:
    """Who was told: sockets, how many of them were not reached; those that are counted."""

    sockets: int = 0
    lost: int = 0
    counted: frozenset[str] = frozenset()


async def deliver(chat: Chat, sockets: Sockets, pushes: Sequence[Push]) -> Told:
    """Post every push to all sockets it is meant for: in order to each, at once to all."""
    if not any(push.frames for push in pushes):
        return Told()
    rows = await connections.live(chat)
    now = chat.clock.now() // 1000
    wanted = []
    for row in rows:
        frames = [frame for push in pushes if _reaches(push, row) for frame in push.frames]
        if frames and now < row.tokenExp + GRACE and row.uid not in chat.memory.banned:
            wanted.append((row, frames))
    reached = 0
    left = iter(wanted)

    async def work() -> None:
        nonlocal reached
        for row, frames in left:
            forget = not connections.opening(row, now)
            if await give(chat, sockets, row.sk, frames, forget=forget):
                reached += 1

    try:
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(work() for _ in range(min(AT_ONCE, len(wanted)))))
    except TimeoutError:
        log.warning("fan-out to %d sockets not done in %.0f s", len(wanted), PATIENCE)
    counted = frozenset(row.sk for row in rows if row.counted)
    return Told(len(wanted), len(wanted) - reached, counted)


async def give(
    chat: Chat, sockets: Sockets, connection: str, frames: Sequence[bytes], *, forget: bool = True
) -> bool:
    """Post to one socket; False if it could not be reached. A closed one is forgotten."""
    try:
        for frame in frames:
            await sockets.post(connection, frame)
    except Gone:
        if forget:
            await _forget(chat, connection)
    except Unreachable:
        return False
    return True


async def close(chat: Chat, sockets: Sockets, connections_: Sequence[str]) -> None:
    """Close these sockets; they are forgotten first, so that they get nothing more."""
    for connection in connections_:
        await _forget(chat, connection)
        try:
            await sockets.close(connection)
        except (Gone, Unreachable) as error:
            log.warning("a socket was not closed: %s", type(error).__name__)


async def _forget(chat: Chat, connection: str) -> None:
    try:
        await connections.closed(chat.connections, connection)
    except Exception:
        # The next post meets the 410 again. Nobody else's frames may be lost over it.
        log.exception("a closed socket could not be forgotten")


def _reaches(push: Push, row: Connection) -> bool:
    if row.sk == push.skip or (push.room and row.room != push.room):
        return False
    return push.to is None or row.uid in push.to
