"""uvicorn's WebSocket, brought to API Gateway's behaviour where ASGI cannot express it."""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import PayloadTooBig
from websockets.extensions.base import Extension
from websockets.extensions.permessage_deflate import (
    PerMessageDeflate,
    ServerPerMessageDeflateFactory,
)
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol
from websockets.typing import ExtensionParameter


MAX_MESSAGE = 128 * 1024
"""Bytes of a message; developer guide, "Quotas for WebSocket APIs"."""

MAX_FRAME = 32 * 1024
"""Bytes of one frame; the same page."""

CLOSE_WITHIN = 10.0
"""Seconds that a client has to take in what waits for it and to answer a close frame."""

ABORT = "emulator.abort"
"""The ASGI extension that ends a connection whose client does not read: its `after` takes the
seconds to wait."""


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """WebSocket with API Gateway's limits, and with what is left of ASGI's blind spots.

    It tells a lost connection (1006) from a close frame without a code (1005), stops reading from
    a client that does not read, and can be aborted.
    """

    conn: ServerProtocol
    _abort_timer: asyncio.TimerHandle | None = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.conn = _Frames(
            extensions=[_Deflate()], max_size=(MAX_MESSAGE, MAX_FRAME), logger=self.logger
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """Report 1006 when no close frame was exchanged."""
        if self._abort_timer is not None:
            self._abort_timer.cancel()
        closing = self.conn.close_rcvd is not None or self.conn.close_sent is not None
        if self.handshake_complete and not closing:
            self.queue.put_nowait({"type": "websocket.disconnect", "code": 1006, "reason": ""})
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client does not read; then it is not listened to either, lest its pings pile up."""
        super().pause_writing()
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Parse. A client must not speak before it is let in (RFC 6455, section 4.1)."""
        if self.handshake_initiated and not self.handshake_complete:
            self.transport.abort()
            return
        super().data_received(data)
        if not self.handshake_initiated:
            # An HTTP request to the parser before this one, but not to this one.
            self.transport.write(self.conn.reject(400, "").serialize())
            self.transport.close()

    def handle_connect(self, event: Request) -> None:
        """Begin the upgrade, and offer the extension `ABORT`."""
        super().handle_connect(event)
        if not self.handshake_complete:
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[ABORT] = {"after": self._abort_after}

    async def send(self, message: ASGISendEvent) -> None:
        """Send. A refusal is an end of the handshake too, which uvicorn would call a fault."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True

    def send_receive_event_to_app(self) -> None:
        """Hand over a message. Reading goes on meanwhile: the gateway takes each at once."""
        data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        if self.close_sent:
            return
        if self.curr_msg_data_type == "bytes":
            self.queue.put_nowait({"type": "websocket.receive", "bytes": bytes(data)})
            return
        try:
            text = str(data, "utf-8")
        except UnicodeDecodeError:
            self.conn.fail(1007)
            self.handle_parser_exception()
        else:
            self.queue.put_nowait({"type": "websocket.receive", "text": text})

    def handle_parser_exception(self) -> None:
        """Close on what may not be sent; the application is told when it was too much."""
        closed = self.conn.close_sent
        code = closed.code if closed is not None else 1006
        too_big = isinstance(self.conn.parser_exc, PayloadTooBig)
        event = {"type": "websocket.disconnect", "code": code, "reason": "", "too_big": too_big}
        self.queue.put_nowait(event)  # type: ignore[arg-type]
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.close()

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """All is said; a client that does not take it in is not waited for."""
        super().on_task_complete(task)
        if not self.disconnected:
            self._abort_after(CLOSE_WITHIN)

    def _abort_after(self, seconds: float) -> None:
        if self._abort_timer is not None:
            self._abort_timer.cancel()
        self._abort_timer = self.loop.call_later(seconds, self.transport.abort)


class _Frames(ServerProtocol):
    """The frames of one connection. What it tells a client names nothing of how it is made."""

    def fail(self, code: int, reason: str = "") -> None:
        """Fail the connection without the parser's own words."""
        super().fail(code)

    def reject(self, status: int, text: str) -> Response:
        """Refuse a faulty upgrade with AWS's kind of document."""
        phrase = HTTPStatus(status).phrase
        response = super().reject(status, f'{{"message":"{phrase}"}}')
        del response.headers["Content-Type"]
        response.headers["Content-Type"] = "application/json"
        return response

    def send_frame(self, frame: Frame) -> None:
        """Send a message above 32 KB in several frames: AWS's quota holds for posts too."""
        opcode, data = frame.opcode, frame.data
        while len(data) > MAX_FRAME:
            super().send_frame(Frame(opcode, data[:MAX_FRAME], fin=False))
            opcode, data = Opcode.CONT, data[MAX_FRAME:]
        super().send_frame(Frame(opcode, data, frame.fin))


class _Deflate(ServerPerMessageDeflateFactory):
    """permessage-deflate, answered as AWS does: without a word on the client's window.

    https://github.com/python-websockets/websockets/issues/1065 shows such an answer.
    """

    def process_request_params(
        self, params: Sequence[ExtensionParameter], accepted_extensions: Sequence[Extension]
    ) -> tuple[list[ExtensionParameter], PerMessageDeflate]:
        """Compress with a small window, which every client can read, for the memory's sake."""
        asked = [each for each in params if each[0] != "client_max_window_bits"]
        answer, agreed = super().process_request_params(asked, accepted_extensions)
        return answer, PerMessageDeflate(
            agreed.remote_no_context_takeover,
            agreed.local_no_context_takeover,
            agreed.remote_max_window_bits,
            min(agreed.local_max_window_bits, 12),
            {"memLevel": 5},
        )
