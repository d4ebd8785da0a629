"""Posts to sockets: their signature, and what may become of a connection."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from chat.clock import SystemClock
from chat.posts import Posts
from chat.signing import Signer
from chat.sockets import Gone, Unreachable
from hypothesis import given, strategies as st

from tests.fakes import until
from tests.handlers.fakes import START, FakeClock


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
GONE = b"HTTP/1.1 410 Gone\r\ncontent-length: 4\r\n\r\ngone"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
LAST = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
BUSY = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n"


class Server:
    """Answers the n-th request with the n-th answer; an empty one hangs up, None says nothing."""

    def __init__(self) -> None:
        self.answers: list[bytes | None] = []
        self.requests: list[bytes] = []
        self.connections = 0
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                self.requests.append(head + await reader.readexactly(length))
                answer = self.answers.pop(0) if self.answers else OK
                if answer == b"":
                    break
                # In two pieces: an answer need not come at once.
                writer.write((answer or b"")[:20])
                await writer.drain()
                await asyncio.sleep(0)
                writer.write((answer or b"")[20:])
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A management API of few words."""
    made = Server()
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/ws"
    yield made
    listening.close()


def signer(host: str, token: str = "") -> Signer:
    return Signer(host, "eu-central-1", "AKID", "secret", token)


def posts(server: Server) -> Posts:
    return Posts(server.url, signer("127.0.0.1"), SystemClock())


@given(
    st.binary(max_size=300),
    st.text("abcXYZ019-_=", min_size=1, max_size=20),
    st.sampled_from(["", "token/with+signs=="]),
    st.integers(0, 400 * 24 * 3600),
)
def test_signatures_are_those_of_the_sdk(
    body: bytes, connection: str, token: str, later: int
) -> None:
    """Whatever is posted to whom and when; the kept key is renewed with the day."""
    kept = signer("abc.execute-api.eu-central-1.amazonaws.com", token)
    for ms in (START, START + later * 1000):
        made = Posts(f"https://{kept.host}/ws", kept, FakeClock(ms))
        head, _, sent = made._request("POST", connection, body).partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        assert sent == body
        path = first.split(" ")[1]
        request = AWSRequest("POST", f"https://{kept.host}{path}", data=body)
        request.headers["X-Amz-Date"] = headers["X-Amz-Date"]
        request.context["timestamp"] = headers["X-Amz-Date"]
        auth = SigV4Auth(
            Credentials("AKID", "secret", token or None), "execute-api", "eu-central-1"
        )
        if token:
            request.headers["X-Amz-Security-Token"] = token
        canonical = auth.canonical_request(request)
        expected = auth.signature(auth.string_to_sign(request, canonical), request)
        assert headers["Authorization"].endswith(f"Signature={expected}")


async def test_a_connection_is_used_again(server: Server) -> None:
    """Post after post, also after an error of one socket."""
    made = posts(server)
    server.answers = [OK, GONE, BUSY, OK]
    await made.post("one=", b"1")
    with pytest.raises(Gone):
        await made.post("two=", b"2")
    with pytest.raises(Unreachable):
        await made.post("three=", b"3")
    await made.close("four=")
    assert server.connections == 1
    assert [request.split(b" HTTP")[0] for request in server.requests] == [
        b"POST /ws/@connections/one%3D",
        b"POST /ws/@connections/two%3D",
        b"POST /ws/@connections/three%3D",
        b"DELETE /ws/@connections/four%3D",
    ]


@pytest.mark.parametrize("last", [LAST, CHUNKED])
async def test_a_connection_whose_end_is_not_clear_is_left(server: Server, last: bytes) -> None:
    """The next post opens another."""
    made = posts(server)
    server.answers = [last]
    await made.post("one=", b"1")
    await made.post("two=", b"2")
    assert (server.connections, len(server.requests)) == (2, 2)


async def test_a_kept_connection_may_have_been_closed(server: Server) -> None:
    """One more attempt, on a new one; if that fails too, the socket is not reached."""
    made = posts(server)
    await made.post("one=", b"1")
    server.answers = [b""]
    await made.post("two=", b"2")
    assert (server.connections, len(server.requests)) == (2, 3)
    server.answers = [b"", b""]
    with pytest.raises(Unreachable):
        await made.post("three=", b"3")


async def test_who_is_slow_is_given_up(server: Server) -> None:
    """After two seconds; the others have long been served, on their own connections."""
    made = posts(server)
    await made.post("one=", b"0")
    server.requests.clear()
    server.answers = [None]
    slow = asyncio.create_task(made.post("slow=", b"1"))
    await until(lambda: bool(server.requests))
    await asyncio.gather(*(made.post(f"{number}=", b"2") for number in range(20)))
    assert not slow.done()
    with pytest.raises(Unreachable):
        await slow
    # Not asked again: that the answer is late says nothing about the connection.
    assert len(server.requests) == 21


async def test_nobody_there(unused_tcp_port_factory: Callable[[], int]) -> None:
    """Not reached, and no other error."""
    url = f"http://127.0.0.1:{unused_tcp_port_factory()}/ws"
    with pytest.raises(Unreachable):
        await Posts(url, signer("127.0.0.1"), SystemClock()).post("one=", b"1")
