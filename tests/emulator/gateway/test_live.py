"""The gateway on a real socket: upgrade, messages, `@connections` through boto3, closing."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from emulator.clock import Clock, Entropy
from emulator.dispatch import Dispatch
from emulator.edge import plain_requests
from emulator.gateway.connections import Connections
from emulator.gateway.deployments import Deployments
from emulator.gateway.management import ManagementApi
from emulator.gateway.orphans import Orphans
from emulator.gateway.protocol import MAX_MESSAGE
from emulator.gateway.websocket import WebSocketGateway
from emulator.iam.credentials import KeyRing
from emulator.iam.sigv4 import Verifier
from emulator.listeners import bind, port_of, serving
from emulator.runtime.invoker import Result
from emulator.template.model import Authorizer
from tests.emulator.gateway.apis import api, route
from tests.fakes import FakeInvoker, failure, until


ROLES: dict[str, tuple[dict[str, Any], ...]] = {}
KEYS = KeyRing(b"secret", "000000000000", ROLES)


@dataclass
class Live:
    """A running gateway with functions of the test's own."""

    port: int
    invoker: FakeInvoker
    gateway: WebSocketGateway

    def connect(self, path: str = "/prod", **more: Any) -> connect:
        return connect(f"ws://127.0.0.1:{self.port}{path}", proxy=None, **more)

    def on(self, function: str, run: Callable[[dict[str, Any]], Any]) -> None:
        self.invoker.functions[function] = run

    def client(self, stage: str = "prod", keys: Any = KEYS.operator) -> Any:
        return boto3.client(
            "apigatewaymanagementapi",
            endpoint_url=f"http://127.0.0.1:{self.port}/{stage}",
            region_name="us-east-1",
            aws_access_key_id=keys.access_key_id,
            aws_secret_access_key=keys.secret_access_key,
            aws_session_token=keys.session_token or None,
            config=Config(retries={"total_max_attempts": 1}),
        )

    async def call(self, operation: str, connection_id: str, **more: Any) -> dict[str, Any]:
        """One management call; boto3 blocks, so it has a thread."""
        run = getattr(self.client(), operation)
        answer: dict[str, Any] = await asyncio.to_thread(run, ConnectionId=connection_id, **more)
        return answer

    async def disconnected(self) -> dict[str, Any]:
        """The context of the `$disconnect` event."""
        await until(lambda: bool(self.invoker.of("disconnect")))
        (event,) = self.invoker.of("disconnect")
        context: dict[str, Any] = event["requestContext"]
        return context


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    """An API with an authorizer, all lifecycle routes, a two-way route, and a bare one."""
    deployments = Deployments(
        [
            api(
                route("$connect", "connect", authorizer=Authorizer("auth")),
                route("$disconnect", "disconnect"),
                route("$default", "default"),
                route("echo", "echo", two_way=True),
                route("slow", "slow", two_way=True, timeout=0.1),
            ),
            api(stage="bare", id="bare567890"),
        ]
    )
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = {"principalId": "me", "policyDocument": {"Statement": [statement]}}
    invoker = FakeInvoker(
        auth=lambda event: policy,
        connect=lambda event: {"statusCode": 200},
        disconnect=lambda event: {"statusCode": 200},
        default=lambda event: {"statusCode": 200, "body": event["requestContext"]["connectionId"]},
        echo=lambda event: {"statusCode": 200, "body": event["body"]},
        slow=lambda event: {"statusCode": 200},
    )
    clock, entropy, connections = Clock(), Entropy(), Connections()
    orphans = Orphans(tmp_path)
    gateway = WebSocketGateway(deployments, connections, invoker, clock, entropy, orphans)
    management = ManagementApi(deployments, connections, Verifier(KEYS, clock), clock, entropy)
    app = Dispatch(gateway, Starlette(routes=[*plain_requests(deployments)]), management)
    with contextlib.ExitStack() as unused:
        sockets = bind("127.0.0.1", 0)
        for each in (sockets.aws, sockets.objects):
            unused.callback(each.close)
        async with serving(app, sockets.edge):
            yield Live(port_of(sockets.edge), invoker, gateway)
    await gateway.drain()


async def id_of(live: Live, client: ClientConnection) -> str:
    """The connection's id, as its `$connect` function saw it."""
    return str(live.invoker.of("connect")[-1]["requestContext"]["connectionId"])


async def test_the_whole_life(live: Live) -> None:
    """Authorizer, `$connect`, a message, the reply, `$disconnect`: one id through all of them."""
    async with live.connect("/prod?a=1") as client:
        await client.send('{"action":"echo","n":1}')
        assert await client.recv() == '{"action":"echo","n":1}'
        await client.close(4000, "bye")
    context = await live.disconnected()
    assert (context["disconnectStatusCode"], context["disconnectReason"]) == (4000, "bye")
    functions = [function for function, _ in live.invoker.events]
    assert functions == ["auth", "connect", "echo", "disconnect"]
    contexts = [event["requestContext"] for _, event in live.invoker.events]
    assert len({context["connectionId"] for context in contexts}) == 1
    assert len({context["connectedAt"] for context in contexts}) == 1
    assert len({context["requestId"] for context in contexts}) == 4


async def test_headers_keep_their_spelling(live: Live) -> None:
    """Functions look headers up in the client's spelling, as on AWS."""
    async with live.connect(additional_headers={"X-MiXed-Case": "1"}, user_agent_header="Agent"):
        pass
    for function in ("auth", "connect"):
        (event,) = live.invoker.of(function)
        assert event["headers"]["X-MiXed-Case"] == "1"
        assert event["headers"]["Host"] == f"127.0.0.1:{live.port}"
        assert event["requestContext"]["identity"] == {
            "userAgent": "Agent",
            "sourceIp": "127.0.0.1",
        }


@pytest.mark.parametrize("path", ["/prod", "/prod/", "/prod/?a=b", "/prod?a=b"])
async def test_paths_of_a_stage(live: Live, path: str) -> None:
    """A slash after the stage and a query make no difference."""
    async with live.connect(path):
        pass


@pytest.mark.parametrize("path", ["/", "/other", "/prod/more", "/Prod"])
async def test_unknown_stages(live: Live, path: str) -> None:
    """Every other path is 403 Forbidden."""
    with pytest.raises(InvalidStatus) as caught:
        await live.connect(path)
    response = caught.value.response
    assert response.status_code == 403
    assert json.loads(response.body) == {"message": "Forbidden"}
    assert response.headers["x-amzn-errortype"] == "ForbiddenException"


@pytest.mark.parametrize(
    ("result", "status"),
    [
        ({"statusCode": 401, "body": "no"}, 401),
        ({"statusCode": 301}, 301),
        ({"statusCode": 520, "body": "an unusual one"}, 520),
        ({"statusCode": 403, "body": "\ud800"}, 403),
        ({"statusCode": 101}, 502),
        ({"statusCode": 0}, 502),
        ({"statusCode": 1000}, 502),
        ({"statusCode": 200, "multiValueHeaders": {"X": 5}}, 101),
        ({"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "a\r\nX: 1"}}, 502),
        ({"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "é"}}, 502),
        (None, 502),
        (failure("boom"), 502),
        (Result(b"[" * 100_000), 502),
    ],
)
async def test_every_result_of_connect_is_answered(live: Live, result: Any, status: int) -> None:
    """Whatever `$connect` returns, the client gets an answer at once."""
    live.on("connect", lambda event: result)
    try:
        async with live.connect(open_timeout=2):
            reached = 101
    except InvalidStatus as error:
        reached = error.response.status_code
    assert reached == status


async def test_subprotocols(live: Live) -> None:
    """The function chooses; nothing else that it returns reaches the client."""
    live.on(
        "connect",
        lambda event: {
            "statusCode": 200,
            "headers": {"Sec-WebSocket-Protocol": "two", "X-Other": "1"},
            "body": "dropped",
        },
    )
    async with live.connect(subprotocols=["one", "two"]) as client:
        assert client.subprotocol == "two"
        assert client.response is not None
        assert "X-Other" not in client.response.headers
    (event,) = live.invoker.of("connect")
    assert event["headers"]["Sec-WebSocket-Protocol"].replace(" ", "") == "one,two"


async def test_a_refusal_by_the_authorizer(live: Live) -> None:
    """401 with the gateway's own document, and no `$connect`."""
    live.on("auth", lambda event: failure("Unauthorized"))
    with pytest.raises(InvalidStatus) as caught:
        await live.connect()
    response = caught.value.response
    assert response.status_code == 401
    assert json.loads(response.body)["message"] == "Unauthorized"
    assert response.headers["x-amzn-errortype"] == "UnauthorizedException"
    assert not live.invoker.of("connect")


async def test_a_plain_request_to_a_stage(live: Live) -> None:
    """Without an upgrade the answer is 426."""
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"http://127.0.0.1:{live.port}/prod") as answer,
    ):
        assert answer.status == 426


async def test_slow_functions_do_not_hold_up_others(live: Live) -> None:
    """Messages of one connection run side by side; an overrun sends the timeout frame."""
    live.invoker.gates["slow"] = asyncio.Event()
    async with live.connect() as client:
        await client.send('{"action":"slow"}')
        await client.send('{"action":"echo"}')
        assert await client.recv() == '{"action":"echo"}'
        late = json.loads(await client.recv())
        assert late["message"] == "Endpoint request timed out"
    live.invoker.gates["slow"].set()


async def test_deep_json_costs_nobody_the_connection(live: Live) -> None:
    """A message that is nested too deep goes to `$default`, and the socket stays open."""
    async with live.connect() as client:
        await client.send("[" * 20_000)
        await client.send('{"action":"echo"}')
        assert await client.recv() == '{"action":"echo"}'


async def test_half_a_surrogate_in_a_reply(live: Live) -> None:
    """A body that UTF-8 cannot hold is replaced, and later replies still come."""
    live.on("echo", lambda event: {"statusCode": 200, "body": "a\ud800b"})
    async with live.connect() as client:
        for _ in range(2):
            await client.send('{"action":"echo"}')
            assert await client.recv() == "a?b"


async def test_forbidden_without_a_route(live: Live) -> None:
    """An API without `$default` answers with its frame."""
    async with live.connect("/bare") as client:
        await client.send("x")
        assert json.loads(await client.recv())["message"] == "Forbidden"


async def test_binary_messages(live: Live) -> None:
    """A binary frame closes with 1003 and runs no route; `$disconnect` reports it."""
    async with live.connect() as client:
        await client.send(b"x")
        with pytest.raises(ConnectionClosed) as caught:
            await client.recv()
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1003
    assert (await live.disconnected())["disconnectStatusCode"] == 1003
    assert not live.invoker.of("default")


async def test_too_large_a_message(live: Live) -> None:
    """More than 128 KB closes with 1009, and no function sees it."""
    async with live.connect(max_size=None) as client:
        await client.send("x" * (MAX_MESSAGE + 1))
        with pytest.raises(ConnectionClosed) as caught:
            await client.recv()
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1009
    assert (await live.disconnected())["disconnectStatusCode"] == 1009
    assert not live.invoker.of("default")


async def test_fragments_make_one_event(live: Live) -> None:
    """A message in several frames arrives as one."""
    async with live.connect() as client:
        await client.send(iter(['{"action":', '"echo"}']))
        assert await client.recv() == '{"action":"echo"}'


async def test_pings_are_answered_and_run_nothing(live: Live) -> None:
    """A client's ping gets its pong; no function hears of it."""
    async with live.connect() as client:
        await asyncio.wait_for(await client.ping(), 2)
    assert [function for function, _ in live.invoker.events][:2] == ["auth", "connect"]
    await live.disconnected()
    assert not live.invoker.of("default")


@pytest.mark.parametrize(
    ("how", "code", "reason"),
    [
        ("codeless", 1005, "Client-side close frame status not set"),
        ("lost", 1006, ""),
    ],
)
async def test_how_a_connection_ends(live: Live, how: str, code: int, reason: str) -> None:
    """A close frame without a code and a lost connection are told apart."""
    async with live.connect() as client:
        if how == "lost":
            client.transport.abort()
        else:
            client.transport.write(b"\x88\x80\0\0\0\0")
        context = await live.disconnected()
    assert (context["disconnectStatusCode"], context["disconnectReason"]) == (code, reason)


async def test_a_client_that_leaves_while_it_is_let_in(live: Live) -> None:
    """The client goes during `$connect`, which then succeeds: `$disconnect` cleans up."""
    live.invoker.gates["connect"] = asyncio.Event()
    reader, writer = await asyncio.open_connection("127.0.0.1", live.port)
    writer.write(
        b"GET /prod HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Key: DM+9PqsQtaZrN+IMZbWTzg==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    await until(lambda: bool(live.invoker.of("connect")))
    writer.transport.abort()
    await asyncio.sleep(0.05)
    live.invoker.gates["connect"].set()
    assert (await live.disconnected())["disconnectStatusCode"] == 1006
    del reader


async def test_posting(live: Live) -> None:
    """What is posted arrives as a text message, also with text that needs more than ASCII."""
    async with live.connect() as client:
        connection = await id_of(live, client)
        answer = await live.call("post_to_connection", connection, Data="grüße 🎉".encode())
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
        assert await client.recv() == "grüße 🎉"
        await live.call("post_to_connection", connection, Data=b"x" * MAX_MESSAGE)
        assert await client.recv() == "x" * MAX_MESSAGE


async def test_asking(live: Live) -> None:
    """GET tells when and who; the user agent is null when there is none."""
    async with live.connect(user_agent_header=None) as client:
        connection = await id_of(live, client)
        answer = await live.call("get_connection", connection)
        assert answer["Identity"]["SourceIp"] == "127.0.0.1"
        assert answer["ConnectedAt"] <= answer["LastActiveAt"]
        assert answer["ConnectedAt"].tzinfo is not None
        await client.send("x")
        await until(lambda: bool(live.invoker.of("default")))
        later = await live.call("get_connection", connection)
        assert later["LastActiveAt"] > answer["ConnectedAt"]


async def test_deleting(live: Live) -> None:
    """DELETE closes with 1000; `$disconnect` says so; afterwards the connection is gone."""
    async with live.connect() as client:
        connection = await id_of(live, client)
        answer = await live.call("delete_connection", connection)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
        with pytest.raises(ConnectionClosed) as caught:
            await client.recv()
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1000
    context = await live.disconnected()
    assert context["disconnectStatusCode"] == 1000
    assert context["disconnectReason"] == "Connection Closed Normally"
    with pytest.raises(ClientError) as gone:
        await live.call("post_to_connection", connection, Data=b"x")
    assert gone.value.response["Error"]["Code"] == "GoneException"


@pytest.mark.parametrize(
    ("operation", "connection", "data", "status", "code"),
    [
        ("post_to_connection", "TXzPWdnOjoECGjA=", b"x", 410, "GoneException"),
        ("get_connection", "TXzPWdnOjoECGjA=", None, 410, "GoneException"),
        ("delete_connection", "TXzPWdnOjoECGjA=", None, 410, "GoneException"),
        ("post_to_connection", "short", b"x", 400, "BadRequestException"),
        ("post_to_connection", "TXzPWdnOjoECGjA", b"x", 400, "BadRequestException"),
        (
            "post_to_connection",
            "TXzPWdnOjoECGjA=",
            b"x" * (MAX_MESSAGE + 1),
            413,
            "PayloadTooLargeException",
        ),
    ],
)
async def test_errors(
    live: Live, operation: str, connection: str, data: bytes | None, status: int, code: str
) -> None:
    """boto3 sees AWS's statuses and error types."""
    more = {} if data is None else {"Data": data}
    with pytest.raises(ClientError) as caught:
        await live.call(operation, connection, **more)
    answer = caught.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
    assert answer["Error"]["Code"] == code


async def test_invalid_utf8(live: Live) -> None:
    """Binary data cannot be posted."""
    async with live.connect() as client:
        with pytest.raises(ClientError) as caught:
            await live.call("post_to_connection", await id_of(live, client), Data=b"\xff")
    assert caught.value.response["Error"]["Code"] == "BadRequestException"


async def test_wrong_stages(live: Live) -> None:
    """A stage that does not exist is 403; a connection of another stage is gone."""
    async with live.connect() as client:
        connection = await id_of(live, client)
        for stage, code in (("none", "ForbiddenException"), ("bare", "GoneException")):
            post = live.client(stage).post_to_connection
            with pytest.raises(ClientError) as caught:
                await asyncio.to_thread(post, ConnectionId=connection, Data=b"x")
            assert caught.value.response["Error"]["Code"] == code


async def test_strangers(live: Live) -> None:
    """An unknown key and an unsigned call are 403."""
    stranger = KeyRing(b"another", "000000000000").operator
    post = live.client(keys=stranger).post_to_connection
    with pytest.raises(ClientError) as caught:
        await asyncio.to_thread(post, ConnectionId="TXzPWdnOjoECGjA=", Data=b"x")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    url = f"http://127.0.0.1:{live.port}/prod/@connections/TXzPWdnOjoECGjA="
    async with aiohttp.ClientSession() as http, http.post(url, data=b"x") as answer:
        assert answer.status == 403
        assert answer.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"


ARN = "arn:aws:execute-api:us-east-1:123456789012:abcd1234ef/prod"


@pytest.mark.parametrize(
    ("resource", "operation", "allowed"),
    [
        (f"{ARN}/POST/@connections/*", "post_to_connection", True),
        (f"{ARN}/POST/@connections/*", "delete_connection", False),
        (f"{ARN}/*", "get_connection", True),
        (f"{ARN}/GET/@connections", "get_connection", False),
        ("arn:aws:execute-api:us-east-1:123456789012:abcd1234ef/dev/*", "get_connection", False),
    ],
)
async def test_a_role_may_do_what_its_policies_allow(
    live: Live, resource: str, operation: str, allowed: bool
) -> None:
    """403 with AWS's words where `ManageConnections` is not granted on stage and method."""
    action = "execute-api:ManageConnections"
    policy = {"Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]}
    ROLES[role := "arn:aws:iam::123456789012:role/path/poster"] = (policy,)
    keys = KEYS.add_role(role, "f")
    call = getattr(live.client(keys=keys), operation)
    more = {"Data": b"x"} if operation == "post_to_connection" else {}
    async with live.connect() as client:
        connection = await id_of(live, client)
        if allowed:
            await asyncio.to_thread(call, ConnectionId=connection, **more)
            return
        with pytest.raises(ClientError) as caught:
            await asyncio.to_thread(call, ConnectionId=connection, **more)
    method = operation.partition("_")[0].upper()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert caught.value.response["Error"] == {
        "Code": "AccessDeniedException",
        "Message": (
            "User: arn:aws:sts::123456789012:assumed-role/poster/f is not authorized to perform: "
            f"{action} on resource: arn:aws:execute-api:us-east-1:********9012:abcd1234ef/prod/"
            f"{method}/@connections/{connection}"
        ),
    }


async def test_gone_has_an_empty_body(live: Live) -> None:
    """SDKs go by the header: the 410 carries nothing else, and has its request ids."""
    with pytest.raises(ClientError) as caught:
        await live.call("get_connection", "TXzPWdnOjoECGjA=")
    headers = caught.value.response["ResponseMetadata"]["HTTPHeaders"]
    assert headers["content-length"] == "0"
    assert headers["x-amzn-errortype"] == "GoneException"
    assert headers["x-amzn-requestid"]
    assert headers["x-amz-apigw-id"]


async def test_posting_during_connect_is_gone(live: Live) -> None:
    """While `$connect` runs, its own connection cannot be posted to."""
    live.invoker.gates["connect"] = asyncio.Event()
    opening = asyncio.create_task(live.connect().__aenter__())
    await until(lambda: bool(live.invoker.of("connect")))
    connection = live.invoker.of("connect")[0]["requestContext"]["connectionId"]
    with pytest.raises(ClientError) as caught:
        await live.call("post_to_connection", connection, Data=b"x")
    assert caught.value.response["Error"]["Code"] == "GoneException"
    live.invoker.gates["connect"].set()
    client = await opening
    await live.call("post_to_connection", connection, Data=b"now")
    assert await client.recv() == "now"
    await client.close()
