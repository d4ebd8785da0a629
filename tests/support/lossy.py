"""A network that does harm: a proxy before a WebSocket API that loses, doubles and delays messages.

A reply that is lost is what a client sees when a post to it fails; so is a push. Messages that come
late are overtaken by others, as they are when two functions serve one client. Chance is seeded: the
n-th message of the n-th connection meets the same each time.
"""

import asyncio
import contextlib
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from websockets.asyncio.client import connect
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol


LATE = 0.3
"""Seconds by which a message comes late at most."""


@dataclass(frozen=True, slots=True)
class Faults:
    """How often a message meets what, from 0 to 1."""

    reply_lost: float = 0.3
    push_lost: float = 0.2
    doubled: float = 0.1
    late: float = 0.1
    cut: float = 0.002
    """The connection ends with it."""


@dataclass(slots=True)
class Lossy:
    """The proxy; `met` counts what it did to messages."""

    upstream: str
    seed: int
    faults: Faults = Faults()
    met: Counter[str] = field(default_factory=Counter)
    _connections: int = 0

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Serve on loopback; gives the address."""
        async with serve(
            self._serve, "127.0.0.1", 0, select_subprotocol=_first, compression=None
        ) as server:
            (socket,) = server.sockets
            yield f"ws://127.0.0.1:{socket.getsockname()[1]}"

    async def _serve(self, client: ServerConnection) -> None:
        self._connections += 1
        number = self._connections
        assert client.request is not None
        offered = client.request.headers["Sec-WebSocket-Protocol"].split(", ")
        try:
            async with (
                connect(
                    self.upstream,
                    subprotocols=[Subprotocol(each) for each in offered],
                    compression=None,
                ) as server,
                asyncio.TaskGroup() as late,
            ):
                up = random.Random(f"{self.seed}, up {number}")
                down = random.Random(f"{self.seed}, down {number}")
                ways = (
                    asyncio.create_task(self._carry(client, server, up, late, _nothing)),
                    asyncio.create_task(self._carry(server, client, down, late, self._is_lost)),
                )
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        except (OSError, TimeoutError, WebSocketException):
            self.met["refused"] += 1
        await client.close()

    async def _carry(
        self,
        source: Connection,
        target: Connection,
        chance: random.Random,
        late: asyncio.TaskGroup,
        is_lost: Callable[[str, random.Random], bool],
    ) -> None:
        """Hand messages on until either side closes, or the connection is to be cut."""
        async for message in source:
            text = str(message)
            if chance.random() < self.faults.cut:
                self.met["cut"] += 1
                return
            if is_lost(text, chance):
                continue
            copies = 1 + self._happens("doubled", self.faults.doubled, chance)
            for _ in range(copies):
                if self._happens("late", self.faults.late, chance):
                    late.create_task(_send_later(target, text, chance.uniform(0, LATE)))
                else:
                    await target.send(text)

    def _is_lost(self, text: str, chance: random.Random) -> bool:
        if "t" in json.loads(text):
            return self._happens("push lost", self.faults.push_lost, chance)
        return self._happens("reply lost", self.faults.reply_lost, chance)

    def _happens(self, what: str, rate: float, chance: random.Random) -> bool:
        happens = chance.random() < rate
        self.met[what] += happens
        return happens


def _first(_: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol:
    return offered[0]


def _nothing(_text: str, _chance: random.Random) -> bool:
    return False


async def _send_later(target: Connection, text: str, seconds: float) -> None:
    await asyncio.sleep(seconds)
    with contextlib.suppress(WebSocketException):
        await target.send(text)
