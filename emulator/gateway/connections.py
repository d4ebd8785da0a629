"""The live connections, each with a bounded queue of messages on their way out."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from emulator.clock import Clock
from emulator.errors import AwsError
from emulator.gateway.hints import Hints
from emulator.gateway.monitoring import Monitor
from emulator.gateway.parity import early_post
from emulator.gateway.protocol import CLOSE_WITHIN
from emulator.gateway.session import Session, State


MAX_QUEUED = 1024 * 1024
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
    clock: Clock
    abort_after: Callable[[float], None]
    """Ends the connection after some seconds, whatever still waits to be sent."""
    monitor: Monitor | None = None
    last_active_ms: int = 0
    _opened: float = 0.0
    _active: float = 0.0
    _queue: deque[dict[str, Any]] = field(default_factory=deque)
    _queued: int = 0
    _writer: asyncio.Task[None] | None = None
    _timer: asyncio.TimerHandle | None = None
    _closing: bool = False

    def __post_init__(self) -> None:
        self.touch()
        self._opened = self._active

    @property
    def open(self) -> bool:
        """Whether messages can be posted to it."""
        return self.session.state is State.OPEN and not self._closing

    def post(self, text: str) -> None:
        """Queue a text message; after a `close` it is dropped.

        Raises `LimitExceededError` if too much waits already; the reader is then cut off, since
        what it missed cannot be made up for.
        """
        if self._closing:
            return
        if self._queued + len(text) > MAX_QUEUED:
            self.close(1008, "")
            raise LimitExceededError("The client's buffer is full.")
        self._queued += len(text)
        self.touch()
        if self.monitor is not None:
            self.monitor.sent()
        self._put({"type": "websocket.send", "text": text})

    def close(self, code: int, reason: str) -> None:
        """Close the socket after what is queued. Closing again changes nothing."""
        if self._closing:
            return
        self._closing = True
        self._put({"type": "websocket.close", "code": code, "reason": reason})
        self.abort_after(CLOSE_WITHIN)

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

    def _put(self, message: dict[str, Any]) -> None:
        self._queue.append(message)
        if self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        try:
            while self._queue:
                message = self._queue.popleft()
                await self.send(message)
                self._queued -= len(message.get("text", ""))
        except (OSError, RuntimeError):
            # The socket went away under the message; its receiving side reports that.
            self._queue.clear()
        finally:
            self._writer = None


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
