"""The Runtime API as bytes in and bytes out, and the pure rules of environments."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import given, strategies as st

from emulator.runtime.environment import (
    MAX_PAYLOAD,
    Report,
    environments_to_start,
    exited,
    out_of_memory,
    timed_out,
)
from emulator.runtime.invoker import Result
from emulator.runtime.runtime_api import Invocation, RuntimeApi


INVOCATION = Invocation("id-1", b'{"a":1}', 1700000003000, "arn:f", "Root=1-2-3")
ACCEPTED = b"HTTP/1.1 202 Accepted\r\n"


class Listener:
    """Notes what the runtime said."""

    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []
        self.hand_over: Callable[[Invocation], None] | None = None

    def runtime_waits(self, hand_over: Callable[[Invocation], None]) -> None:
        self.heard.append(("waits",))
        self.hand_over = hand_over

    def runtime_responded(self, request_id: str, result: bytes) -> None:
        self.heard.append(("responded", request_id, result))

    def runtime_failed(self, request_id: str, error_type: str, document: bytes) -> None:
        self.heard.append(("failed", request_id, error_type, document))

    def init_failed(self, error_type: str, document: bytes) -> None:
        self.heard.append(("init failed", error_type, document))


class Wire:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.out = b""
        self.closed = False

    def write(self, data: bytes) -> None:
        self.out += data

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


def talk(*pieces: bytes) -> tuple[Listener, Wire]:
    """A connection that receives the bytes piece by piece."""
    listener, wire = Listener(), Wire()
    api = RuntimeApi(listener)
    api.connection_made(cast(asyncio.BaseTransport, wire))
    for piece in pieces:
        api.data_received(piece)
    return listener, wire


def post(path: str, body: bytes = b"{}", *headers: bytes) -> bytes:
    head = [f"POST /2018-06-01/runtime/{path} HTTP/1.1".encode(), b"Host: h", *headers]
    head.append(f"Content-Length: {len(body)}".encode())
    return b"\r\n".join(head) + b"\r\n\r\n" + body


NEXT = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: h\r\n\r\n"
ERROR_TYPE = b"Lambda-Runtime-Function-Error-Type: ValueError"

REQUESTS: list[tuple[bytes, list[tuple[Any, ...]]]] = [
    (NEXT, [("waits",)]),
    (post("invocation/id-1/response", b'"x"'), [("responded", "id-1", b'"x"')]),
    (post("invocation/id-1/response", b""), [("responded", "id-1", b"")]),
    (
        post("invocation/id-1/error", b"{}", ERROR_TYPE),
        [("failed", "id-1", "ValueError", b"{}")],
    ),
    (post("invocation/id-1/error"), [("failed", "id-1", "", b"{}")]),
    (
        post("init/error", b"{}", ERROR_TYPE.replace(b"Lambda-R", b"lambda-r")),
        [("init failed", "ValueError", b"{}")],
    ),
    (
        post("invocation/id-1/response", b"1") + NEXT,
        [("responded", "id-1", b"1"), ("waits",)],
    ),
    (
        b"POST /2018-06-01/runtime/invocation/i/response HTTP/1.1\r\nHost: h\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
        [("responded", "i", b"abc")],
    ),
]


@pytest.mark.parametrize(("data", "heard"), REQUESTS, ids=lambda value: str(value)[:40])
def test_requests_split_at_every_position(data: bytes, heard: list[tuple[Any, ...]]) -> None:
    """However the network cuts a request, it is understood once and answered once."""
    whole = talk(data)[1].out
    for position in range(len(data) + 1):
        listener, wire = talk(data[:position], data[position:])
        assert listener.heard == heard
        assert wire.out == whole
    listener, _ = talk(*(data[index : index + 1] for index in range(len(data))))
    assert listener.heard == heard


def test_every_post_is_accepted() -> None:
    """Results and errors are answered with 202."""
    for data, _ in REQUESTS[1:6]:
        assert talk(data)[1].out.startswith(ACCEPTED)


def test_handing_over() -> None:
    """The event goes out in one piece, with AWS's headers."""
    listener, wire = talk(NEXT)
    assert wire.out == b""
    assert listener.hand_over is not None
    listener.hand_over(INVOCATION)
    head, _, body = wire.out.partition(b"\r\n\r\n")
    assert body == b'{"a":1}'
    assert head.decode().split("\r\n") == [
        "HTTP/1.1 200 OK",
        "Content-Type: application/json",
        "Lambda-Runtime-Aws-Request-Id: id-1",
        "Lambda-Runtime-Deadline-Ms: 1700000003000",
        "Lambda-Runtime-Invoked-Function-Arn: arn:f",
        "Lambda-Runtime-Trace-Id: Root=1-2-3",
        "Content-Length: 7",
    ]


def test_a_lost_connection_is_not_written_to() -> None:
    """Handing over to a process that is gone does nothing."""
    listener, wire = talk(NEXT)
    wire.closed = True
    assert listener.hand_over is not None
    listener.hand_over(INVOCATION)
    assert wire.out == b""


@pytest.mark.parametrize(
    "data",
    [
        post("invocation/id-1/other"),
        b"GET /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET /other HTTP/1.1\r\nHost: h\r\n\r\n",
        b"POST /2018-06-01/runtime/invocation/next HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_other_paths(data: bytes) -> None:
    """What the Runtime API does not have is 404, and nobody hears of it."""
    listener, wire = talk(data)
    assert wire.out.startswith(b"HTTP/1.1 404 ")
    assert listener.heard == []


def test_no_http_at_all() -> None:
    """A stranger's bytes are answered with 400 and the connection is closed."""
    listener, wire = talk(b"\x00\x01\x02 nonsense\r\n\r\n")
    assert wire.out.startswith(b"HTTP/1.1 400 ")
    assert wire.closed
    assert listener.heard == []


def test_expect_continue() -> None:
    """The client asks before it sends a large result, and is told to go on."""
    _, wire = talk(post("invocation/i/response", b"x", b"Expect: 100-continue"))
    assert wire.out.startswith(b"HTTP/1.1 100 Continue\r\n\r\n" + ACCEPTED)


def test_results_that_are_too_large() -> None:
    """Six megabytes pass; one byte more is 413 and fails the event."""
    listener, _ = talk(post("invocation/i/response", b"x" * MAX_PAYLOAD))
    assert listener.heard[0][0] == "responded"
    listener, wire = talk(post("invocation/i/response", b"x" * (MAX_PAYLOAD + 1)))
    assert wire.out.startswith(b"HTTP/1.1 413 ")
    (failed,) = listener.heard
    assert failed[:3] == ("failed", "i", "Function.ResponseSizeTooLarge")
    assert json.loads(failed[3])["errorType"] == "Function.ResponseSizeTooLarge"


@given(
    st.integers(0, 50),
    st.integers(0, 20),
    st.integers(0, 20),
    st.integers(1, 20),
    st.integers(1, 8),
)
def test_environments_to_start(
    waiting: int, starting: int, alive: int, limit: int, at_once: int
) -> None:
    """Never more than the limits, never more than events wait, and none too few."""
    alive = max(alive, starting)
    count = environments_to_start(
        waiting=waiting, starting=starting, alive=alive, limit=limit, at_once=at_once
    )
    assert 0 <= count <= max(0, waiting - starting)
    assert count == 0 or (alive + count <= limit and starting + count <= at_once)
    assert alive + count >= limit or starting + count >= min(waiting, at_once)


def test_the_report_line() -> None:
    """Figures, tabs and rounding as on AWS."""
    report = Report("id", 15.741, 128, 56, 130.491)
    assert report.line() == (
        "REPORT RequestId: id\tDuration: 15.74 ms\tBilled Duration: 16 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 56 MB\tInit Duration: 130.49 ms\t\n"
    )
    assert Report("id", 16.0, 128, 56).line().count("Billed Duration: 16 ms") == 1
    assert "Init" not in Report("id", 1, 128, 56).line()


def test_error_documents() -> None:
    """They read as AWS's do."""
    assert json.loads(timed_out("id", 3)) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "RequestId: id Error: Task timed out after 3.00 seconds",
    }
    assert json.loads(exited("id", "exit status 1"))["errorMessage"] == (
        "RequestId: id Error: Runtime exited with error: exit status 1"
    )
    assert json.loads(out_of_memory("id"))["errorType"] == "Runtime.OutOfMemory"


def test_documents_of_results() -> None:
    """What is not JSON, or nested too deep, reads as nothing."""
    assert Result(b'{"a": 1}').document() == {"a": 1}
    for payload in (b"", b"x", b"\xff", b"[" * 100_000):
        assert Result(payload).document() is None
