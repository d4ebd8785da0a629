"""uvicorn's protocols, brought to API Gateway's behaviour where ASGI cannot express it."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol


MAX_MESSAGE = 128 * 1024
"""Bytes of a message; developer guide, "Quotas for WebSocket APIs"."""


class HttpProtocol(HttpToolsProtocol):
    """HTTP/1.1 whose upgrade keeps the header names as the client spelled them."""

    _spelled: list[tuple[bytes, bytes]]

    def on_message_begin(self) -> None:
        """Start a new request."""
        self._spelled = []
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep the spelling beside what ASGI needs, which is lower case."""
        self._spelled.append((name, value))
        super().on_header(name, value)

    def handle_websocket_upgrade(self) -> None:
        """Hand over to the WebSocket protocol, which takes the names as they come."""
        self.scope["headers"] = self._spelled
        super().handle_websocket_upgrade()


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """WebSocket that tells a lost connection (1006) from a close frame without a code (1005)."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Report 1006 when no close frame was exchanged."""
        closing = self.conn.close_rcvd is not None or self.conn.close_sent is not None
        if self.handshake_complete and not closing:
            self.queue.put_nowait({"type": "websocket.disconnect", "code": 1006, "reason": ""})
        super().connection_lost(exc)
