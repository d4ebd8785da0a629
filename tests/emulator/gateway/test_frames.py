"""The bytes below the gateway: what clients may send, and what becomes of those who misbehave."""

import asyncio
import json
import logging
import socket
import struct
import zlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from websockets.frames import Frame, Opcode

from emulator.clock import Clock
from emulator.gateway import connections, protocol, upgrade
from tests.conformance.websocket.raw import request
from tests.conformance.websocket.world import World, allow, guarded, ok
from tests.emulator.gateway.apis import route
from tests.fakes import failure


@pytest.fixture(autouse=True)
async def nothing_goes_wrong(caplog: pytest.LogCaptureFixture) -> AsyncIterator[None]:
    """Whatever a client does, nothing is logged as an error and no exception escapes."""
    escaped: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, what: escaped.append(what))
    yield
    records = caplog.get_records("call")
    assert [each for each in records if each.levelno >= logging.ERROR] == []
    assert escaped == []


def whole(world: World) -> None:
    """An API with a function for everything."""
    world.serve(
        route("$connect", "connect"),
        route("$default", "default", two_way=True),
        route("$disconnect", "disconnect"),
        connect=ok(),
        default=ok(body="reply"),
        disconnect=ok(),
    )


async def answer_to(world: World, data: bytes) -> bytes:
    """All that the server sends back to these bytes until it closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", world.port)
    writer.write(data)
    received = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return received


# --- the request ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "broken",
    [
        request().replace(b"DM+9PqsQtaZrN+IMZbWTzg==", b"short"),
        request().replace(b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Version: 8"),
        request().replace(b"Sec-WebSocket-Key", b"X-Key"),
        request(headers=[("Sec-WebSocket-Extensions", ";;")]),
        request(headers=[(f"X-{number}", "1") for number in range(130)]),
        request(headers=[("X-Long", "x" * 9000)]),
        request("/prod?q=\xe9"),
    ],
    ids=["key", "version", "no key", "extensions", "many headers", "long header", "path"],
)
async def test_a_faulty_upgrade_is_refused_at_once(world: World, broken: bytes) -> None:
    """400 in plain words, without those of a library; no function runs."""
    whole(world)
    answer = await answer_to(world, broken)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request")
    assert body in {b"", b'{"message":"Bad Request"}'}
    assert world.ran() == []


async def test_a_url_above_4096_characters(world: World) -> None:
    """414; one of 4096 is let in."""
    whole(world)
    longest = "/prod?q=" + "x" * (4096 - len("/prod?q="))
    assert (await world.upgrade(longest)).status == 101
    refused = await world.upgrade(longest + "x")
    assert (refused.status, json.loads(refused.body)) == (414, {"message": "URI Too Long"})


DENIED = {"Effect": "Deny", "Action": "*", "Resource": "*"}


@pytest.mark.parametrize(
    ("verdict", "result", "status", "message", "error_type"),
    [
        (failure("Unauthorized"), {}, 401, "Unauthorized", "UnauthorizedException"),
        (
            {**allow(), "policyDocument": {"Statement": DENIED}},
            {},
            403,
            "User is not authorized to access this resource",
            "ForbiddenException",
        ),
        (failure("boom"), {}, 500, "Internal server error", "InternalServerErrorException"),
        (allow(), failure("boom"), 502, "Internal server error", "InternalServerErrorException"),
        (allow(), None, 504, "Endpoint request timed out", "InternalServerErrorException"),
    ],
    ids=["401", "403", "500", "502", "504"],
)
async def test_refusals(
    world: World, verdict: Any, result: Any, status: int, message: str, error_type: str
) -> None:
    """Each status of the gateway's own comes with its document, ids and kind, spelled as on AWS."""
    world.serve(
        guarded(), clock=Clock(290), auth=lambda event: verdict, connect=lambda event: result
    )
    if status == 504:
        world.hold("connect")
    refused = await world.upgrade()
    context = await world.context("auth" if status < 502 else "connect")
    document = json.loads(refused.body)
    assert (refused.status, document["message"]) == (status, message)
    assert document["connectionId"] == context["connectionId"]
    headers = dict(refused.headers)
    assert headers["Content-Type"] == "application/json"
    assert headers["x-amzn-ErrorType"] == error_type
    assert headers["x-amzn-RequestId"] == document["requestId"]
    assert "x-amz-apigw-id" in headers


async def test_half_a_request_does_not_stay(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A head that does not come to its end is refused with 408, on a used connection too."""
    monkeypatch.setattr(upgrade, "HEAD_WITHIN", 0.2)
    whole(world)
    assert (await answer_to(world, request()[:-4])).startswith(b"HTTP/1.1 408 ")
    assert await answer_to(world, b"") == b"", "there is nothing to answer"
    plain = b"GET /prod HTTP/1.1\r\nHost: h\r\n\r\n"
    received = await answer_to(world, plain + b"GET /prod HTTP/1.1\r\n")
    assert b" 426 " in received
    assert b" 408 " in received


async def test_a_socket_outlives_the_limit_on_its_request(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is on the request's head alone."""
    monkeypatch.setattr(upgrade, "HEAD_WITHIN", 0.2)
    whole(world)
    async with world.connect() as client:
        await asyncio.sleep(0.4)
        await client.send("x")
        assert await client.recv() == "reply"


async def test_an_endless_head(world: World) -> None:
    """431 instead of memory without bounds."""
    whole(world)
    endless = request()[:-2] + b"X: " + b"x" * upgrade.MAX_HEAD
    assert (await answer_to(world, endless)).startswith(b"HTTP/1.1 431 ")


async def test_a_client_that_speaks_too_early(world: World) -> None:
    """Frames before the 101 end the connection; `$disconnect` takes down what `$connect` made."""
    whole(world)
    gate = world.hold("connect")
    reader, writer = await asyncio.open_connection("127.0.0.1", world.port)
    writer.write(request())
    await world.event("connect")
    writer.write(Frame(Opcode.PING, b"").serialize(mask=True))
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await asyncio.wait_for(reader.readexactly(1), 10)
    gate.set()
    assert (await world.context("disconnect"))["disconnectStatusCode"] == 1006
    writer.close()


# --- frames --------------------------------------------------------------------------------------

COMPRESSED = [("Sec-WebSocket-Extensions", "permessage-deflate")]


def deflated(data: bytes) -> bytes:
    """A compressed text frame."""
    compressor = zlib.compressobj(wbits=-15)
    body = (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]
    return with_bit(Frame(Opcode.TEXT, body).serialize(mask=True), 0x40)


def with_bit(frame: bytes, bit: int) -> bytes:
    """The frame with one of the bits that extensions may use."""
    return bytes([frame[0] | bit]) + frame[1:]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (Frame(Opcode.TEXT, b"\xff").serialize(mask=True), 1007),
        (Frame(Opcode.TEXT, b"x").serialize(mask=False), 1002),
        (b"\x83\x80\0\0\0\0", 1002),
        (Frame(Opcode.CONT, b"x").serialize(mask=True), 1002),
        (with_bit(Frame(Opcode.TEXT, b"x").serialize(mask=True), 0x20), 1002),
        (b"\x89\xfe\x00\x7e" + b"\0" * 130, 1002),
        (Frame(Opcode.CLOSE, b"\x00\x01").serialize(mask=True), 1002),
        (b"\x81\xff" + struct.pack("!Q", 2**62) + b"\0\0\0\0", 1009),
        (Frame(Opcode.TEXT, b"x" * 32769).serialize(mask=True), 1009),
        (deflated(b"x" * 32769), 1009),
        (Frame(Opcode.BINARY, b"x").serialize(mask=True), 1003),
    ],
    ids=[
        *("utf-8", "unmasked", "opcode", "continuation", "reserved", "long ping", "close code"),
        *("length", "large", "inflates", "binary"),
    ],
)
async def test_what_may_not_be_sent(world: World, data: bytes, code: int) -> None:
    """It closes with RFC 6455's code and no words of a library; `$disconnect` reports the code."""
    whole(world)
    client = await world.upgrade(headers=COMPRESSED)
    client.writer.write(data)
    answer = await client.frame()
    assert (answer.opcode, bytes(answer.data)) == (Opcode.CLOSE, struct.pack("!H", code))
    assert (await world.context("disconnect"))["disconnectStatusCode"] == code
    assert world.seen("default") == []


async def test_compressed_messages(world: World) -> None:
    """Both directions, in one frame and in several."""
    whole(world)
    long = "0123456789" * 10_000
    world.invoker.functions["default"] = lambda event: {
        "statusCode": 200,
        "body": event["body"] * 4,
    }
    async with world.connect(compression="deflate") as client:
        for text in ("x", "grüße" * 100, long[:30_000]):
            await client.send(text)
            assert await client.recv() == text * 4
        await client.send(iter([long[:30_000], long[30_000:50_000]]))
        assert await client.recv() == long[:50_000] * 4


async def test_frames_in_one_packet_and_byte_by_byte(world: World) -> None:
    """How TCP cuts the stream makes no difference."""
    whole(world)
    client = await world.upgrade()
    message = Frame(Opcode.TEXT, b"x").serialize(mask=True)
    client.writer.write(message * 3)
    for number in range(len(message)):
        client.writer.write(message[number : number + 1])
        await asyncio.sleep(0)
    assert [bytes((await client.frame()).data) for _ in range(4)] == [b"reply"] * 4


async def test_control_frames_between_fragments(world: World) -> None:
    """A ping within a message is answered at once and leaves the message whole."""
    whole(world)
    client = await world.upgrade()
    client.send(Opcode.TEXT, b"a", fin=False)
    client.send(Opcode.PING, b"p")
    assert (await client.frame()).opcode == Opcode.PONG
    client.send(Opcode.CONT, b"b")
    assert (await client.frame()).data == b"reply"
    assert (await world.event("default"))["body"] == "ab"


# --- those who do not read, or do not leave ------------------------------------------------------


def deaf(world: World) -> socket.socket:
    """A client that has been let in and reads no more."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect(("127.0.0.1", world.port))
    raw.sendall(request())
    assert raw.recv(12) == b"HTTP/1.1 101"
    return raw


async def test_a_client_that_never_reads_is_cut_off(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Posts are refused when its buffer is full, and its connection ends without its doing."""
    monkeypatch.setattr(connections, "CLOSE_WITHIN", 0.3)
    whole(world)
    client = await asyncio.to_thread(deaf, world)
    with client:
        connection_id = (await world.context("connect"))["connectionId"]
        codes: list[str] = []
        while not codes:
            try:
                await world.call("post_to_connection", connection_id, Data=b"x" * 131072)
            except ClientError as error:
                codes.append(error.response["Error"]["Code"])
        assert codes == ["LimitExceededException"]
        await world.event("disconnect")
        with pytest.raises(ClientError) as gone:
            await world.call("post_to_connection", connection_id, Data=b"x")
        assert gone.value.response["Error"]["Code"] == "GoneException"


async def test_an_idle_client_that_never_reads_is_cut_off(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DELETE ends it, although the close frame can never be sent."""
    monkeypatch.setattr(connections, "CLOSE_WITHIN", 0.3)
    whole(world)
    client = await asyncio.to_thread(deaf, world)
    with client:
        connection_id = (await world.context("connect"))["connectionId"]
        for _ in range(8):
            await world.call("post_to_connection", connection_id, Data=b"x" * 131072)
        await world.call("delete_connection", connection_id)
        await world.event("disconnect")


async def test_pings_that_nobody_reads_the_answers_of(world: World) -> None:
    """The server stops listening instead of piling up pongs; it goes on when they are read."""
    whole(world)
    client = await asyncio.to_thread(deaf, world)
    ping = Frame(Opcode.PING, b"p" * 125).serialize(mask=True) * 1000

    def flood() -> int:
        client.settimeout(1)
        sent = 0
        try:
            while sent < 64 * 2**20:
                sent += client.send(ping)
        except TimeoutError:
            return sent
        return sent

    with client:
        assert await asyncio.to_thread(flood) < 32 * 2**20
        assert await asyncio.to_thread(client.recv, 4096)


async def test_a_client_that_does_not_answer_the_close(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection is ended for it."""
    monkeypatch.setattr(protocol, "CLOSE_WITHIN", 0.2)
    whole(world)
    client = await world.upgrade()
    connection_id = (await world.context("connect"))["connectionId"]
    await world.call("delete_connection", connection_id)
    assert (await client.frame()).opcode == Opcode.CLOSE
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await asyncio.wait_for(client.reader.readexactly(1), 8)
