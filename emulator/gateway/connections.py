"""The live connections, each with a bound on what may wait for its client."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from emulator.clock import Clock
from emulator.errors import AwsError
from emulator.gateway.hints import Hints
from emulator.gateway.monitoring import Monitor
from emulator.gateway.parity import early_post
from emulator.gateway.protocol import CLOSE_WITHIN, Socket
from emulator.gateway.session import Session, State


MAX_WAITING = 1024 * 1024
"""Bytes that may wait for a client that reads slowly; AWS names no figure."""


class GoneError(AwsError):
    """The connection is unknown, closed, or not established yet."""

    status = 410
    code = "GoneException"


class LimitExceededError(AwsError):
    """The client does not read as fast as is written to it."""

    status = 429
    code = "LimitExceededException"


AsgiSend = Callable[[dict[str, Any]], Awaitable[None]]

_PENDING = frozenset({State.AUTHORIZING, State.CONNECTING})

IDLE = 10 * 60.0
"""Seconds without a message in either direction; then AWS closes."""

LIFETIME = 2 * 3600.0
"""Seconds after which AWS closes whatever the traffic; developer guide, "Quotas for WebSocket
APIs", as for `IDLE`."""


@dataclass(eq=False, slots=True)
class Connection:
    """One socket. Messages leave in the order in which they were posted."""

    session: Session
    send: AsgiSend
    socket: Socket
    clock: Clock
    monitor: Monitor | None = None
    last_active_ms: int = 0
    _opened: float = 0.0
    _active: float = 0.0
    _timer: asyncio.TimerHandle | None = None
    _closing: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.touch()
        self._opened = self._active

    @property
    def open(self) -> bool:
        """Whether messages can be posted to it."""
        return self.session.state is State.OPEN and self._closing is None

    def post(self, text: str) -> None:
        """Send a text message; after a `close` it is dropped.

        Raises `LimitExceededError` if too much waits already; the reader is then cut off, since
        what it missed cannot be made up for.
        """
        if self._closing is not None:
            return
        if self.socket.waiting + len(text) > MAX_WAITING:
            self.close(1008, "")
            raise LimitExceededError("The client's buffer is full.")
        self.touch()
        if self.monitor is not None:
            self.monitor.sent()
        self.socket.write(text)

    def close(self, code: int, reason: str) -> None:
        """Close the socket after what was posted. Closing again changes nothing."""
        if self._closing is not None:
            return
        message = {"type": "websocket.close", "code": code, "reason": reason}
        self._closing = asyncio.get_running_loop().create_task(self._close(message))
        self.socket.abort_after(CLOSE_WITHIN)

    def touch(self) -> None:
        """A message has come or gone."""
        self.last_active_ms = self.clock.now_ms()
        self._active = self.clock.monotonic()

    def watch(self) -> None:
        """Close when it has been idle, or has lived, for as long as AWS lets it."""
        idle_at = self._active + self.clock.duration(IDLE)
        due_at = min(idle_at, self._opened + self.clock.duration(LIFETIME))
        remaining = due_at - self.clock.monotonic()
        if remaining > 0:
            self._timer = self.clock.call_later(remaining, self.watch)
        else:
            self.close(1001, "Going away")

    def ended(self) -> None:
        """The socket is gone."""
        if self._timer is not None:
            self._timer.cancel()

    async def _close(self, message: dict[str, Any]) -> None:
        # The socket may be gone by then; its receiving side reports that.
        with contextlib.suppress(OSError, RuntimeError):
            await self.send(message)


class Connections:
    """All connections by their id."""

    def __init__(self) -> None:
        self._by_id: dict[str, Connection] = {}
        self._hints = Hints()

    def add(self, connection: Connection) -> None:
        """Register a connection while its upgrade is pending."""
        self._by_id[connection.session.upgrade.connection_id] = connection

    def remove(self, connection: Connection) -> None:
        """Forget a connection that is gone."""
        connection.ended()
        self._by_id.pop(connection.session.upgrade.connection_id, None)

    def find(self, api_id: str, stage: str, connection_id: str) -> Connection:
        """An open connection of one API and stage. Raises `GoneError` if there is none."""
        connection = self._by_id.get(connection_id)
        if connection is not None and connection.session.state in _PENDING:
            self._hints.tell(early_post(connection.session.upgrade.api.name))
        if connection is None or not connection.open:
            raise GoneError
        upgrade = connection.session.upgrade
        if upgrade.api.id != api_id or upgrade.stage.name != stage:
            raise GoneError
        return connection
