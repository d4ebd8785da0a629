"""uvicorn's HTTP, which keeps the spelling of headers and does not wait for ever for them."""

import asyncio

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol


MAX_HEAD = 64 * 1024
"""Bytes of a request line with its headers. AWS names 10,240 for REST APIs and none for these."""

HEAD_WITHIN = 20.0
"""Seconds that a client may take to send them, so that half a request does not stay for ever."""


class HttpProtocol(HttpToolsProtocol):
    """HTTP/1.1 whose upgrade keeps the header names as the client spelled them."""

    _spelled: list[tuple[bytes, bytes]]
    _head_size = 0
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The head of the first request has to come."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is expected any more."""
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, and refuse a head that has grown too long without an end."""
        super().data_received(data)
        if self._head_timer is not None:
            self._head_size += len(data)
            if self._head_size > MAX_HEAD:
                self._refuse(431)

    def on_message_begin(self) -> None:
        """Start a new request."""
        self._spelled = []
        self._expect_head()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep the spelling beside what ASGI needs, which is lower case."""
        self._spelled.append((name, value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head has come in time."""
        self._head_came()
        super().on_headers_complete()

    def handle_websocket_upgrade(self) -> None:
        """Hand over to the WebSocket protocol, which takes the names as they come."""
        if not self.url.isascii():
            self._refuse(400)
            return
        self.scope["headers"] = self._spelled
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self._refuse(400)

    def _expect_head(self) -> None:
        self._head_came()
        self._head_size = 0
        self._head_timer = self.loop.call_later(HEAD_WITHIN, self._head_is_late)

    def _head_is_late(self) -> None:
        if self._head_size:
            self._refuse(408)
        else:
            # Browsers open connections ahead of need; there is no request to answer.
            self.transport.close()

    def _head_came(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, status: int) -> None:
        self._head_came()
        head = b"content-length: 0\r\nconnection: close\r\n\r\n"
        self.transport.write(STATUS_LINE[status] + head)
        self.transport.close()
