"""The Lambda Runtime API: how a runtime process gets its events and hands in its results.

One listener per execution environment, since the runtime client keeps only a host and a port.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

import httptools

from emulator.runtime.environment import MAX_PAYLOAD


PREFIX = "/2018-06-01/runtime"
_NEXT = f"{PREFIX}/invocation/next"
_INIT_ERROR = f"{PREFIX}/init/error"
_INVOCATION = f"{PREFIX}/invocation/"

_ACCEPTED = (
    b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n"
    b'Content-Length: 16\r\n\r\n{"status":"OK"}\n'
)


@dataclass(frozen=True, slots=True)
class Invocation:
    """One event on its way into a function."""

    request_id: str
    event: bytes
    deadline_ms: int
    function_arn: str
    trace_id: str

    def response(self) -> bytes:
        """The whole answer to `next`, in one piece: two packets would wait for each other."""
        head = (
            "HTTP/1.1 200 OK\r\n"
            "Content-Type: application/json\r\n"
            f"Lambda-Runtime-Aws-Request-Id: {self.request_id}\r\n"
            f"Lambda-Runtime-Deadline-Ms: {self.deadline_ms}\r\n"
            f"Lambda-Runtime-Invoked-Function-Arn: {self.function_arn}\r\n"
            f"Lambda-Runtime-Trace-Id: {self.trace_id}\r\n"
            f"Content-Length: {len(self.event)}\r\n\r\n"
        )
        return head.encode() + self.event


class RuntimeListener(Protocol):
    """What the execution environment learns from its runtime process."""

    def runtime_waits(self, hand_over: Callable[[Invocation], None]) -> None:
        """The runtime asked for the next event; `hand_over` sends it one."""

    def runtime_responded(self, request_id: str, result: bytes) -> None:
        """The handler returned."""

    def runtime_failed(self, request_id: str, error_type: str, document: bytes) -> None:
        """The handler raised."""

    def init_failed(self, error_type: str, document: bytes) -> None:
        """The handler module could not be loaded."""


class RuntimeApi(asyncio.Protocol):
    """One connection of a runtime process."""

    def __init__(self, listener: RuntimeListener) -> None:
        self._listener = listener
        self._parser = httptools.HttpRequestParser(self)
        self._url = b""
        self._body = bytearray()
        self._error_type = ""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not derive from asyncio's classes.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._answer(_refusal(400, "InvalidRequest", "not an HTTP request"))
            self._close()

    # httptools calls the methods below while it parses.

    def on_message_begin(self) -> None:
        self._url = b""
        self._body.clear()
        self._error_type = ""

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        lowered = name.lower()
        if lowered == b"lambda-runtime-function-error-type":
            self._error_type = value.decode("latin-1")
        elif lowered == b"expect":
            self._answer(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        # One byte past the limit tells that the result is too large; the rest is not kept.
        self._body += body[: MAX_PAYLOAD + 1 - len(self._body)]

    def on_message_complete(self) -> None:
        path = self._url.decode("latin-1")
        method = self._parser.get_method()
        request_id, _, verb = path.removeprefix(_INVOCATION).partition("/")
        if method == b"GET" and path == _NEXT:
            self._listener.runtime_waits(self._hand_over)
        elif method == b"POST" and path == _INIT_ERROR:
            self._answer(_ACCEPTED)
            self._listener.init_failed(self._error_type, bytes(self._body))
        elif method == b"POST" and path.startswith(_INVOCATION) and verb == "response":
            self._respond(request_id)
        elif method == b"POST" and path.startswith(_INVOCATION) and verb == "error":
            self._answer(_ACCEPTED)
            self._listener.runtime_failed(request_id, self._error_type, bytes(self._body))
        else:
            self._answer(_refusal(404, "InvalidRequest", "no such path"))

    def _respond(self, request_id: str) -> None:
        if len(self._body) > MAX_PAYLOAD:
            message = f"Response payload size exceeded maximum allowed payload size ({MAX_PAYLOAD} bytes)."
            refusal = _refusal(413, "Function.ResponseSizeTooLarge", message)
            self._answer(refusal)
            document = refusal.partition(b"\r\n\r\n")[2]
            self._listener.runtime_failed(request_id, "Function.ResponseSizeTooLarge", document)
        else:
            self._answer(_ACCEPTED)
            self._listener.runtime_responded(request_id, bytes(self._body))

    def _hand_over(self, invocation: Invocation) -> None:
        self._answer(invocation.response())

    def _answer(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _refusal(status: int, error_type: str, message: str) -> bytes:
    body = f'{{"errorType":"{error_type}","errorMessage":"{message}"}}'.encode()
    head = f"HTTP/1.1 {status} Refused\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body
