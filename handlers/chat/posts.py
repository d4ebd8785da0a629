"""Posting to sockets with signed requests over connections that are kept open.

What an SDK does for each request takes longer than the request: see "fan-out" in `make bench`. A
post needs no more than a path, a signature, a body, and the status of the answer.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

import asyncio
import re
import ssl
from collections import deque
from typing import cast
from urllib.parse import quote, urlsplit

from chat.clock import Clock
from chat.signing import Signer
from chat.sockets import Gone, Unreachable


# Seconds. Who cannot be reached by then repairs the gap later.
CONNECT_WITHIN = 1.0
ANSWER_WITHIN = 2.0

KEPT = 20.0  # seconds; AWS closes idle connections after a minute


_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
_LAST = re.compile(rb"\r\nconnection:\s*close", re.IGNORECASE)


class Broken(Exception):
    """The connection ended before the answer came."""


class Posts:
    """The sockets of an API, reached through its management endpoint."""

    def __init__(self, endpoint: str, signer: Signer, clock: Clock) -> None:
        parts = urlsplit(endpoint)
        self._host = parts.hostname or ""
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._port = parts.port or (443 if self._tls else 80)
        self._path = parts.path.rstrip("/") + "/@connections/"
        self._canonical_path = quote(self._path, safe="/~")
        self._signer = signer
        self._clock = clock
        self._idle: deque[Line] = deque()

    async def post(self, connection: str, frame: bytes) -> None:
        """Deliver a frame; raises `Gone` or `Unreachable`."""
        await self._call("POST", connection, frame)

    async def close(self, connection: str) -> None:
        """Close a socket; raises `Gone` or `Unreachable`."""
        await self._call("DELETE", connection, b"")

    async def _call(self, method: str, connection: str, body: bytes) -> None:
        request = self._request(method, connection, body)
        try:
            status = await self._exchange(request)
        except (OSError, TimeoutError, Broken) as error:
            raise Unreachable(type(error).__name__) from error
        if status == 410:
            raise Gone
        if not 200 <= status < 300:
            raise Unreachable(str(status))

    def _request(self, method: str, connection: str, body: bytes) -> bytes:
        name = quote(connection, safe="")
        canonical = self._canonical_path + name.replace("%", "%25")
        headers = self._signer.headers(method, canonical, body, self._clock.now() // 1000)
        lines = [
            f"{method} {self._path}{name} HTTP/1.1",
            f"Host: {self._signer.host}",
            f"Content-Length: {len(body)}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    async def _exchange(self, request: bytes) -> int:
        """The status of the answer.

        A kept connection may have been closed meanwhile, unnoticed while the environment was
        frozen; a new one is tried then. A frame that came twice does no harm.
        """
        line = self._kept()
        if line is not None:
            try:
                return await self._ask(line, request)
            except TimeoutError:
                raise
            except (OSError, Broken):
                pass
        return await self._ask(await self._open(), request)

    async def _ask(self, line: "Line", request: bytes) -> int:
        status = await line.ask(request)
        if line.usable:
            line.since = asyncio.get_running_loop().time()
            self._idle.append(line)
        return status

    def _kept(self) -> "Line | None":
        """The connection that was used last, if any is fresh enough."""
        now = asyncio.get_running_loop().time()
        while self._idle:
            line = self._idle.pop()
            if line.usable and now - line.since < KEPT:
                return line
            line.end()
        return None

    async def _open(self) -> "Line":
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT_WITHIN):
            _, line = await loop.create_connection(Line, self._host, self._port, ssl=self._tls)
        return line


class Line(asyncio.Protocol):
    """One connection, one request at a time. Only the status of an answer is wanted."""

    def __init__(self) -> None:
        self.usable = True
        self.since = 0.0
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None
        self._buffer = b""

    async def ask(self, request: bytes) -> int:
        """The status of the answer; raises `Broken`, or TimeoutError and ends the connection."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._buffer = b""
        self._transport.write(request)
        # One timer is less than `asyncio.timeout` needs, which is made anew for each post.
        timer = asyncio.get_running_loop().call_later(ANSWER_WITHIN, self._late)
        try:
            return await self._answer
        except BaseException:
            self.end()
            raise
        finally:
            timer.cancel()

    def end(self) -> None:
        """Close the connection."""
        self.usable = False
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is open."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """A part of an answer."""
        self._buffer += data
        head, end, body = self._buffer.partition(b"\r\n\r\n")
        if not end or self._answer is None or self._answer.done():
            return
        length = _LENGTH.search(head)
        if length is None or _LAST.search(head):
            # Where this answer ends is not known, or the connection ends with it.
            self.end()
        elif len(body) < int(length[1]):
            return
        self._answer.set_result(int(head[9:12]))

    def _late(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(TimeoutError())

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection ended."""
        self.usable = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Broken())
