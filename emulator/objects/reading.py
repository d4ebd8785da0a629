"""GetObject and HeadObject."""

import asyncio
from email.utils import formatdate
from typing import BinaryIO

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from emulator.objects.call import Call, header_value
from emulator.objects.errors import access_denied, no_such_key
from emulator.objects.index import Stored
from emulator.objects.preconditions import is_unchanged
from emulator.objects.ranges import span
from emulator.objects.store import ObjectStore


_PIECE = 256 * 1024

_SAFE = {
    # A stored page must not act as anybody: no scripts, no framing, no guessing of types.
    "content-security-policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
}

_OVERRIDES = (
    *("cache-control", "content-disposition", "content-encoding", "content-language"),
    *("content-type", "expires"),
)


async def get(store: ObjectStore, call: Call) -> Response:
    """The object, or a part of it. HEAD is answered in the same way, without the body."""
    if call.request.method == "HEAD":
        stored = await store.find(call.bucket.name, call.key)
        return _answer(call, stored, None)
    found = await store.open_file(call.bucket.name, call.key)
    stored, file = found if found else (None, None)
    try:
        response = _answer(call, stored, file)
    except BaseException:
        if file is not None:
            await asyncio.to_thread(file.close)
        raise
    return response


def _answer(call: Call, stored: Stored | None, file: BinaryIO | None) -> Response:
    if stored is None:
        raise no_such_key(call.key) if call.may_know else access_denied()
    headers = _headers(call, stored)
    if is_unchanged(call.headers, stored.etag, stored.modified):
        return _Unsent(304, headers, file)
    part = span(_range(call, stored), stored.size)
    first, last = part or (0, stored.size - 1)
    headers["content-length"] = str(last + 1 - first)
    if part:
        headers["content-range"] = f"bytes {first}-{last}/{stored.size}"
    status = 206 if part else 200
    if file is None:
        return _Unsent(status, headers, None)
    return _Sent(status, headers, file, first, last + 1 - first)


def _range(call: Call, stored: Stored) -> str | None:
    """The range that is asked for, if it is one of this very object (RFC 9110, If-Range)."""
    condition = call.headers.get("if-range")
    known = (f'"{stored.etag}"', formatdate(stored.modified, usegmt=True))
    return call.headers.get("range") if condition is None or condition in known else None


def _headers(call: Call, stored: Stored) -> dict[str, str]:
    asked = {name: call.query.get(f"response-{name}") for name in _OVERRIDES}
    overrides = {name: header_value(name, value) for name, value in asked.items() if value}
    return {
        **stored.headers,
        **overrides,
        **_SAFE,
        "accept-ranges": "bytes",
        "etag": f'"{stored.etag}"',
        "last-modified": formatdate(stored.modified, usegmt=True),
    }


class _Unsent(Response):
    """Headers of an object, without its bytes."""

    def __init__(self, status: int, headers: dict[str, str], file: BinaryIO | None) -> None:
        super().__init__(None, status, headers)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._file is not None:
            await asyncio.to_thread(self._file.close)
        await super().__call__(scope, receive, send)


class _Sent(Response):
    """Some bytes of an open file, a piece at a time: the next is read when the last is under way."""

    def __init__(
        self, status: int, headers: dict[str, str], file: BinaryIO, first: int, length: int
    ) -> None:
        super().__init__(None, status, headers)
        self._file = file
        self._first = first
        self._left = length

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            start = {"type": "http.response.start", "status": self.status_code}
            await send({**start, "headers": self.raw_headers})
            await asyncio.to_thread(self._file.seek, self._first)
            while self._left:
                piece = await asyncio.to_thread(self._file.read, min(_PIECE, self._left))
                if not piece:
                    raise OSError("a stored file is shorter than it was")
                self._left -= len(piece)
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await asyncio.to_thread(self._file.close)
