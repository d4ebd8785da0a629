"""Hints on what AWS does otherwise: when they come, that they come once, and that they help."""

import contextlib
from typing import Any

import pytest
from botocore.exceptions import ClientError
from websockets.exceptions import InvalidStatus

from tests.conformance.websocket.world import World, allow, closed, guarded, ok
from tests.emulator.gateway.apis import route
from tests.fakes import failure


def hints(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was told."""
    return [each.getMessage() for each in caplog.records if each.name == "emulator.gateway.hints"]


async def connect_twice(world: World) -> None:
    """Two clients, which may be refused."""
    for _ in range(2):
        with contextlib.suppress(InvalidStatus):
            async with world.connect():
                pass


async def send_twice(world: World) -> None:
    """Two messages, and what comes back of each."""
    async with world.connect() as client:
        for _ in range(2):
            await client.send('{"to":"send"}')
            await client.send('{"to":"marker"}')
            while await client.recv() != "marker":
                pass


@pytest.mark.parametrize(
    ("result", "says"),
    [
        ({"statusCode": 200, "body": "dropped"}, "RouteResponseSelectionExpression"),
        ({"statusCode": 200, "extra": 1, "other": 2}, "the keys extra, other are none of body,"),
        ({"body": "x"}, "statusCode is missing"),
        ({"statusCode": "200"}, "statusCode is missing, or is no number"),
        ({"statusCode": 200, "body": {"a": 1}}, "body is an object. Return text; use json.dumps"),
        (None, "nothing (null). Return an object with a statusCode"),
        ([1], "a list. Return an object"),
    ],
)
async def test_results_of_messages(
    world: World, caplog: pytest.LogCaptureFixture, result: Any, says: str
) -> None:
    """Each fault is told once, with its function and the way out."""
    world.serve(
        route("send", "f"),
        route("marker", "m", two_way=True),
        f=lambda event: result,
        m=ok(body="marker"),
    )
    await send_twice(world)
    (hint,) = hints(caplog)
    assert says in hint
    assert hint.startswith(("f returned", "API Gateway refuses what f returned: "))


async def test_what_is_right_is_not_told(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Two-way bodies, texts in the context, a failure, a policy that denies: no hint."""
    deny = {"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": "*"}
    verdicts = [
        allow(context={"a": "text"}),
        {"principalId": "me", "policyDocument": {"Statement": deny}},
    ]
    world.serve(
        guarded(),
        route("send", "f"),
        route("marker", "m", two_way=True),
        auth=lambda event: verdicts.pop(0) if len(verdicts) > 1 else verdicts[0],
        connect=ok(body="as AWS's own samples do"),
        f=lambda event: failure("boom"),
        m=ok(body="marker"),
    )
    await send_twice(world)
    await connect_twice(world)
    assert len(world.seen("auth")) == 3
    assert hints(caplog) == []


@pytest.mark.parametrize(
    ("verdict", "says"),
    [
        (allow(context={"n": 1}), "a number as n in its context: functions read it as text"),
        (allow(context={"b": True}), "a boolean as b in its context: functions read it as text"),
        (allow(context={"o": {}}), "an object as o in its context: the client is refused"),
        (
            allow("arn:aws:execute-api:*:*:*/prod/GET/x"),
            "prod/GET/x, but not arn:aws:execute-api:us-east-1:123456789012:abcd1234ef/prod/$connect",
        ),
    ],
)
async def test_authorizers(
    world: World, caplog: pytest.LogCaptureFixture, verdict: Any, says: str
) -> None:
    """What of an authorizer's result does not count is told once."""
    world.serve(guarded(), auth=lambda event: verdict, connect=ok())
    await connect_twice(world)
    (hint,) = hints(caplog)
    assert says in hint


@pytest.mark.parametrize("verdict", [{"principalId": 1}, {**allow(), "policyDocument": "text"}])
async def test_an_authorizer_that_returns_too_little(
    world: World, caplog: pytest.LogCaptureFixture, verdict: Any
) -> None:
    """Its 500 is explained."""
    world.serve(guarded(), auth=lambda event: verdict, connect=ok())
    await connect_twice(world)
    (hint,) = hints(caplog)
    assert "needs a principalId, which is text, and a policyDocument" in hint


@pytest.mark.parametrize(
    ("result", "says"),
    [
        ({"status": 200}, "the keys status are none of"),
        ({"statusCode": 101}, "is no number from 200 to 599"),
        (
            {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "\n"}},
            "its Sec-WebSocket-Protocol cannot stand in an HTTP header",
        ),
    ],
)
async def test_connect_results(
    world: World, caplog: pytest.LogCaptureFixture, result: Any, says: str
) -> None:
    """A refused result of `$connect` says why."""
    world.serve(route("$connect", "connect"), connect=lambda event: result)
    await connect_twice(world)
    (hint,) = hints(caplog)
    assert says in hint


@pytest.mark.parametrize(
    ("data", "says"),
    [(b"binary", "closes the socket with 1003"), ("x" * 32769, "a frame above 32 KB")],
)
async def test_frames(
    world: World, caplog: pytest.LogCaptureFixture, data: bytes | str, says: str
) -> None:
    """What closes a client's socket is told once for the API."""
    world.serve(route("$default", "f"), f=ok())
    for _ in range(2):
        async with world.connect() as client:
            await client.send(data)
            await closed(client)
    (hint,) = hints(caplog)
    assert says in hint


async def test_a_client_s_own_1009_is_no_large_frame(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """A client may close with the same code."""
    world.serve(route("$disconnect", "bye"), bye=ok())
    async with world.connect() as client:
        await client.close(1009)
    await world.event("bye")
    assert hints(caplog) == []


async def test_a_post_during_connect(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """The 410 is explained, once."""
    world.serve(route("$connect", "connect"), connect=ok())
    gate = world.hold("connect")
    opening = world.opening()
    connection_id = (await world.context("connect"))["connectionId"]
    for _ in range(2):
        with pytest.raises(ClientError):
            await world.call("post_to_connection", connection_id, Data=b"x")
    gate.set()
    await opening
    (hint,) = hints(caplog)
    assert "before its $connect had ended" in hint
