"""`@connections`, through boto3 and through requests signed by hand."""

import asyncio
import json
import re
import urllib.error
import urllib.request
from email.message import Message
from typing import Any

import pytest
from botocore.exceptions import ClientError
from websockets.frames import Opcode

from emulator.template.model import DomainName
from tests.conformance.websocket.world import World, closed, ok
from tests.emulator.gateway.apis import route


pytestmark = pytest.mark.asyncio(loop_scope="session")

NOBODY = "TXzPWdnOjoECGjA="


def connectable(world: World) -> None:
    """An API whose `$connect` tells the connection's id."""
    world.serve(route("$connect", "connect"), connect=ok())


async def id_of(world: World) -> str:
    """The id of the one connection, as its `$connect` read it."""
    return str((await world.context("connect"))["connectionId"])


async def refused(world: World, operation: str, connection_id: str, **more: Any) -> dict[str, Any]:
    """What boto3 makes of a refusal."""
    with pytest.raises(ClientError) as caught:
        await world.call(operation, connection_id, **more)
    return dict(caught.value.response)


async def by_hand(
    world: World, method: str, path: str, data: bytes = b"", domain: str = ""
) -> tuple[int, Message, bytes]:
    """Status, headers and body of the answer to a request signed by hand."""
    signed = world.signed(method, path, data, domain)
    request = urllib.request.Request(
        str(signed.url), data or None, dict(signed.headers.items()), method=method
    )

    def ask() -> tuple[int, Message, bytes]:
        try:
            answer = urllib.request.urlopen(request)
        except urllib.error.HTTPError as refusal:
            answer = refusal
        with answer:
            return answer.status, answer.headers, answer.read()

    return await asyncio.to_thread(ask)


async def test_080_post(world: World) -> None:
    """200 with nothing in it; the client reads text."""
    connectable(world)
    async with world.connect() as client:
        path = f"/prod/@connections/{await id_of(world)}"
        status, _, body = await by_hand(world, "POST", path, "grüße".encode())
        assert (status, body) == (200, b"")
        assert await client.recv() == "grüße"


async def test_081_get(world: World) -> None:
    """Two times with milliseconds and `Z`, and who it is."""
    connectable(world)
    async with world.connect(user_agent_header="Agent"):
        path = f"/prod/@connections/{await id_of(world)}"
        status, _, body = await by_hand(world, "GET", path)
    assert status == 200
    answer = json.loads(body)
    assert answer.keys() == {"connectedAt", "lastActiveAt", "identity"}
    for each in ("connectedAt", "lastActiveAt"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", answer[each])
    assert answer["identity"] == {"sourceIp": "127.0.0.1", "userAgent": "Agent"}


async def test_082_get_without_user_agent(world: World) -> None:
    """Null, not left out."""
    connectable(world)
    async with world.connect(user_agent_header=None):
        path = f"/prod/@connections/{await id_of(world)}"
        _, _, body = await by_hand(world, "GET", path)
    assert json.loads(body)["identity"] == {"sourceIp": "127.0.0.1", "userAgent": None}


async def test_083_delete(world: World) -> None:
    """204, and close code 1000."""
    connectable(world)
    async with world.connect() as client:
        answer = await world.call("delete_connection", await id_of(world))
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
        assert (await closed(client))[0] == 1000


async def test_084_gone(world: World) -> None:
    """The header says it; the body is empty."""
    connectable(world)
    for method in ("GET", "POST"):
        status, headers, body = await by_hand(world, method, f"/prod/@connections/{NOBODY}")
        assert (status, headers["x-amzn-ErrorType"], body) == (410, "GoneException", b"")


async def test_085_gone_in_boto3(world: World) -> None:
    """Its own exception for each operation, with nothing to read."""
    connectable(world)
    posting = world.call("post_to_connection", NOBODY, Data=b"x")
    asking = world.call("get_connection", NOBODY)
    for call in (posting, asking, world.call("delete_connection", NOBODY)):
        with pytest.raises(world.management.exceptions.GoneException) as caught:
            await call
        assert caught.value.response["Error"]["Message"] == ""


@pytest.mark.parametrize("malformed", ["short", "TXzPWdnOjoECGjA", "TXzPWdnOjoE/GjA="])
async def test_086_a_malformed_id(world: World, malformed: str) -> None:
    """400."""
    connectable(world)
    answer = await refused(world, "post_to_connection", malformed, Data=b"x")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert answer["Error"]["Code"] == "BadRequestException"


async def test_087_posting_during_connect(world: World) -> None:
    """410 before the socket is there, 200 after."""
    connectable(world)
    gate = world.hold("connect")
    opening = world.opening()
    connection_id = await id_of(world)
    answer = await refused(world, "post_to_connection", connection_id, Data=b"early")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 410
    gate.set()
    client = await opening
    await world.call("post_to_connection", connection_id, Data=b"now")
    assert (await client.frame()).data == b"now"


async def test_088_spellings_of_the_path(world: World) -> None:
    """Encoded or not, it is the same path."""
    connectable(world)
    async with world.connect() as client:
        connection_id = await id_of(world)
        for at in ("@", "%40"):
            for encoded in (connection_id, connection_id.replace("=", "%3D")):
                path = f"/prod/{at}connections/{encoded}"
                assert (await by_hand(world, "POST", path, path.encode()))[0] == 200
                assert await client.recv() == path


async def test_089_without_the_stage(world: World) -> None:
    """403 Forbidden, on the API's own host and without one; so is an unknown stage."""
    connectable(world)
    async with world.connect():
        at = f"@connections/{await id_of(world)}"
        for path in (f"/{at}", f"/other/{at}"):
            for domain in ("", "abcd1234ef.execute-api.us-east-1.amazonaws.com"):
                status, headers, body = await by_hand(world, "POST", path, b"x", domain)
                assert (status, body) == (403, b'{"message":"Forbidden"}')
                assert headers["x-amzn-ErrorType"] == "ForbiddenException"


async def test_090_on_a_custom_domain(world: World) -> None:
    """The mapping key stands where the stage would; the stage there is unknown."""
    mapped = DomainName("ws.lab.example", {"v1": ("abcd1234ef", "prod")})
    world.serve(route("$connect", "connect"), connect=ok(), domains=[mapped])
    async with world.connect() as client:
        at = f"@connections/{await id_of(world)}"
        assert (await by_hand(world, "POST", f"/v1/{at}", b"x", mapped.name))[0] == 200
        assert await client.recv() == "x"
        assert (await by_hand(world, "POST", f"/prod/{at}", b"x", mapped.name))[0] == 403


async def test_091_the_largest_post(world: World) -> None:
    """131072 bytes pass, one more does not."""
    connectable(world)
    async with world.connect() as client:
        connection_id = await id_of(world)
        await world.call("post_to_connection", connection_id, Data=b"x" * 131072)
        assert await client.recv() == "x" * 131072
        answer = await refused(world, "post_to_connection", connection_id, Data=b"x" * 131073)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 413
    assert answer["Error"]["Code"] == "PayloadTooLargeException"


async def test_092_a_large_post_in_frames(world: World) -> None:
    """100 KB are one message of four frames."""
    connectable(world)
    client = await world.upgrade()
    data = b"0123456789" * 10240
    await world.call("post_to_connection", await id_of(world), Data=data)
    frames = [await client.frame()]
    while not frames[-1].fin:
        frames.append(await client.frame())
    assert [each.opcode for each in frames] == [Opcode.TEXT] + [Opcode.CONT] * 3
    assert max(len(each.data) for each in frames) == 32768
    assert b"".join(bytes(each.data) for each in frames) == data
