"""uvicorn's WebSocket, brought to API Gateway's behaviour where ASGI cannot express it."""

import asyncio
import zlib
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Protocol

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import PayloadTooBig
from websockets.extensions.base import Extension
from websockets.extensions.permessage_deflate import (
    PerMessageDeflate,
    ServerPerMessageDeflateFactory,
)
from websockets.frames import CTRL_OPCODES, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import ExtensionParameter


MAX_MESSAGE = 128 * 1024
"""Bytes of a message; developer guide, "Quotas for WebSocket APIs"."""

MAX_FRAME = 32 * 1024
"""Bytes of one frame; the same page."""

CLOSE_WITHIN = 10.0
"""Seconds that a client has to take in what waits for it and to answer a close frame."""

SOCKET = "emulator.socket"
"""The ASGI extension that gives an application the `Socket` itself."""

COMPRESSED_FROM = 1024
"""Bytes of a message that is worth compressing; a shorter one is sent as it is."""


class Socket(Protocol):
    """What ASGI has no words for."""

    @property
    def waiting(self) -> int:
        """Bytes that the client has not taken in yet."""
        ...

    def write(self, text: str) -> None:
        """Send a text message now, after all that waits; to a client that has left it is lost."""
        ...

    def abort_after(self, seconds: float) -> None:
        """End the connection after some seconds, whatever still waits."""
        ...


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """WebSocket with API Gateway's limits, and with what is left of ASGI's blind spots.

    It tells a lost connection (1006) from a close frame without a code (1005), stops reading from
    a client that does not read, and is a `Socket`.
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
        """Begin the upgrade, and offer the extension `SOCKET`."""
        super().handle_connect(event)
        if not self.handshake_complete:
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[SOCKET] = self

    @property
    def waiting(self) -> int:
        """See `Socket`."""
        return self.transport.get_write_buffer_size()

    def write(self, text: str) -> None:
        """See `Socket`."""
        if self.conn.state is State.OPEN and not self.transport.is_closing():
            self.conn.send_text(text.encode())
            self.transport.write(b"".join(self.conn.data_to_send()))

    def abort_after(self, seconds: float) -> None:
        """See `Socket`."""
        if self._abort_timer is not None:
            self._abort_timer.cancel()
        self._abort_timer = self.loop.call_later(seconds, self.transport.abort)

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
            self.abort_after(CLOSE_WITHIN)


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
        return answer, _LeanDeflate(
            agreed.remote_no_context_takeover, agreed.remote_max_window_bits
        )


class _LeanDeflate(PerMessageDeflate):
    """Keeps nothing of what it compressed: an idle connection costs no memory for it.

    A server may begin each message anew, and send any message uncompressed, without having said so
    (RFC 7692, sections 6 and 7.1.1).
    """

    def __init__(self, remote_no_context_takeover: bool, remote_max_window_bits: int) -> None:
        # The base class makes a decoder at once unless none is to be kept.
        super().__init__(True, True, remote_max_window_bits, 12, {"memLevel": 5})
        self.remote_no_context_takeover = remote_no_context_takeover
        self._decodes = False
        self._encodes = False

    def decode(self, frame: Frame, *, max_size: int | None = None) -> Frame:
        """Decompress; the first message that needs it makes the decoder."""
        if frame.rsv1 and not self._decodes and not self.remote_no_context_takeover:
            self.decoder = zlib.decompressobj(wbits=-self.remote_max_window_bits)
            self._decodes = True
        return super().decode(frame, max_size=max_size)

    def encode(self, frame: Frame) -> Frame:
        """Compress a message that is long enough to gain by it."""
        if frame.opcode in {Opcode.TEXT, Opcode.BINARY}:
            self._encodes = not frame.fin or len(frame.data) >= COMPRESSED_FROM
        if frame.opcode in CTRL_OPCODES or self._encodes:
            return super().encode(frame)
        return frame
