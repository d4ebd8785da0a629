"""The five functions as Lambda runs them: in processes of their own, found by their handler names.

What they call by HTTP (the pool's keys, the management API) is a small server in the test.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

import pytest
from chat import ids, items

from tests.handlers.test_tokens import KeyPair
from tests.handlers.world import Json, World, ulid


pytestmark = pytest.mark.process

POOL = "eu-central-1_Lab"
ISSUER = f"https://cognito-idp.eu-central-1.amazonaws.com/{POOL}"
ARN = "arn:aws:execute-api:eu-central-1:123456789012:abcdef123/ws/$connect"
KEY = KeyPair("one")
RUN = Path(__file__).with_name("run_function.py")


class Services(ThreadingHTTPServer):
    """The user pool, which stands by every token, and a management API that keeps its posts."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.posts: list[tuple[str, Json]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class Answers(BaseHTTPRequestHandler):
    """What the services say."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The keys."""
        assert self.path == f"/{POOL}/.well-known/jwks.json"
        self._answer(200, json.dumps({"keys": [KEY.public, {"kid": "ec", "kty": "EC"}]}).encode())

    def do_POST(self) -> None:
        """A post; sockets named `gone` answer 410 without a body, as API Gateway does."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        connection = unquote(unquote(self.path)).rpartition("/@connections/")[2]
        if self.headers["X-Amz-Target"] == "AWSCognitoIdentityProviderService.GetUser":
            self._answer(200, b"{}")
        elif connection == "gone=":
            self._answer(410, b"", {"x-amzn-ErrorType": "GoneException"})
        else:
            cast(Services, self.server).posts.append((connection, json.loads(body)))
            self._answer(200, b"")

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def services() -> Iterator[Services]:
    """The services, running."""
    with Services() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def run(handler: str, events: list[Json], **variables: str) -> list[Json]:
    """What the function answers to these events."""
    process = subprocess.run(
        [sys.executable, str(RUN), handler],
        input="".join(json.dumps(event) + "\n" for event in events),
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=25,
    )
    assert process.returncode == 0, process.stderr
    assert KEY.sign() not in process.stderr
    return [json.loads(line) for line in process.stdout.splitlines()]


def connect_event(protocols: str | None, origin: str | None = None) -> Json:
    """What the authorizer and `$connect` are given."""
    headers = {"Host": "abcdef123.execute-api.eu-central-1.amazonaws.com"}
    if protocols is not None:
        headers["sec-websocket-PROTOCOL"] = protocols
    if origin is not None:
        headers["Origin"] = origin
    return {
        "type": "REQUEST",
        "methodArn": ARN,
        "headers": headers,
        "requestContext": {
            "connectionId": "one=",
            "connectedAt": 1_800_000_000_000,
            "domainName": "abcdef123.execute-api.eu-central-1.amazonaws.com",
            "stage": "ws",
            "authorizer": {
                "principalId": "ada",
                "uid": "ada",
                "exp": "4000000000",
                "admin": "false",
            },
        },
    }


def test_the_authorizer(services: Services) -> None:
    """Allows exactly this method to holders of a good token from known pages; else it is 401."""
    token = KEY.sign(iss=ISSUER)
    good = f"labchat.v1, jwt.{token}"
    events = [
        connect_event(good),
        connect_event(f"jwt.{token},labchat.v1", "http://LOCALHOST:8080"),
        connect_event(f"jwt.{KEY.sign(iss=ISSUER, **{'cognito:groups': ['admins', 'x']})}"),
        connect_event(good, "https://chat.lab.example"),
        connect_event(good, "https://evil.example"),
        connect_event(good, "null"),
        connect_event(None),
        connect_event("labchat.v1"),
        connect_event(f"labchat.v1, jwt.{KEY.sign(iss=ISSUER, token_use='id')}"),
    ]
    answers = run(
        "authorizer.handler",
        events,
        USER_POOL_ID=POOL,
        USER_POOL_CLIENT_ID="client",
        ALLOWED_ORIGINS="http://localhost:*, https://chat.lab.example",
        AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=services.url,
    )
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": ARN}
    allow = {
        "principalId": "ada",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"uid": "ada", "exp": "4000000000", "admin": "false"},
    }
    admin = allow | {"context": {"uid": "ada", "exp": "4000000000", "admin": "true"}}
    assert answers[:4] == [{"result": each} for each in (allow, allow, admin, allow)]
    assert [answer["error"] for answer in answers[4:]] == ["Unauthorized"] * 5


@pytest.fixture
def variables(world: World, dynamodb: str, services: Services) -> dict[str, str]:
    """The environment of the functions that use the tables."""
    return {
        "CHAT_TABLE": world.table._name,
        "CONNECTION_TABLE": world.connections._name,
        "USAGE_KEY": "",
        "USER_POOL_ID": POOL,
        "USER_POOL_CLIENT_ID": "client",
        "SITE": "A",
        "RETENTION_DAYS": "365",
        "MESSAGES_PER_MINUTE": "300",
        "ATTACHMENT_BUCKET": "files",
        "FILE_BYTES": "1000",
        "FILE_TYPES": "image/png,text/plain",
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb,
        "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": services.url,
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": services.url,
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }


async def test_connect_and_disconnect(world: World, variables: dict[str, str]) -> None:
    """The row is there and goes; only the chat's own subprotocol is echoed, if it was offered."""
    offered = connect_event("jwt.x, labchat.v1")
    answers = run("connect.handler", [offered, connect_event("jwt.x")], **variables)
    assert answers == [
        {"result": {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "labchat.v1"}}},
        {"result": {"statusCode": 200}},
    ]
    row = await world.connections.get((items.CONNECTIONS, "one="))
    assert row == {
        "pk": "CONN#0",
        "sk": "one=",
        "v": 1,
        "uid": "ada",
        "tokenExp": 4_000_000_000,
        "exp": 1_800_000_000 + 7200 + 600,
        "admin": False,
        "counted": False,
        "room": "",
    }
    banned: Json = {"pk": "SYS", "sk": "BANNED", "v": 1, "site": "A", "uids": ["ada"]}
    await world.table.put(banned)
    assert run("connect.handler", [offered], **variables) == [{"result": {"statusCode": 403}}]
    closing = {"requestContext": offered["requestContext"] | {"requestTimeEpoch": 0}}
    answers = run("disconnect.handler", [closing, closing], **variables)
    assert answers == [{"result": {"statusCode": 200}}] * 2
    assert await world.connections.get((items.CONNECTIONS, "one=")) is None


def test_messages(world: World, services: Services, variables: dict[str, str]) -> None:
    """One process serves one event after another; all it says goes through the management API."""

    def frame(**request: Any) -> Json:
        event = connect_event(None)
        del event["headers"]
        return event | {"body": json.dumps(request)}

    draft = {"id": ulid(), "body": "hello"}
    answers = run(
        "message.handler",
        [
            frame(action="auth", r="0", jwt=KEY.sign(iss=ISSUER, sub="ada")),
            frame(action="hello", r="1", name="Ada"),
            frame(action="send", r="2", rid=ids.LOBBY, msgs=[draft]),
            frame(action="nonsense", r="3"),
        ],
        **variables,
    )
    assert answers == [{"result": {"statusCode": 200}}] * 4
    assert {connection for connection, _ in services.posts} == {"one="}
    said = [post.get("r") or post["t"] for _, post in services.posts]
    assert said == ["0", "1", "user", "log", "pres", "2", "log", "3"]
    assert services.posts[0][1] == {"r": "0", "ok": True, "exp": 4_000_000_000}
    assert services.posts[5][1]["msgs"][0]["n"] == 1


def test_a_message_from_a_socket_that_is_gone(
    world: World, services: Services, variables: dict[str, str]
) -> None:
    """The 410 of the management API has no body; nothing fails."""
    event = connect_event(None) | {"body": '{"action":"ping","r":"1"}'}
    event["requestContext"]["connectionId"] = "gone="
    assert run("message.handler", [event], **variables) == [{"result": {"statusCode": 200}}]
    assert services.posts == []


def sign_up_event(email: str, source: str = "PreSignUp_SignUp") -> Json:
    """What Cognito sends."""
    flags = {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False}
    attributes = {"email": email} if email else {}
    return {
        "triggerSource": source,
        "request": {"userAttributes": attributes},
        "response": flags,
    }


def test_sign_up_is_for_the_lab() -> None:
    """By address or domain, in any case; the event comes back as it was."""
    welcome = ["ada@Lab.Example", "guest@other.example"]
    strangers = ["eve@evil.example", "eve@sub.lab.example", "lab.example", ""]
    events = [sign_up_event(email) for email in welcome + strangers]
    events.append(sign_up_event("eve@evil.example", "PreSignUp_AdminCreateUser"))
    answers = run(
        "pre_sign_up.handler",
        events,
        ALLOWED_DOMAINS="lab.example, ",
        ALLOWED_EMAILS="Guest@other.example",
    )
    assert [answer.get("result") for answer in answers] == [
        *events[:2],
        *[None] * len(strangers),
        events[-1],
    ]
    message = "This address is not on the lab's list. Ask an administrator to add it."
    assert {answer["error"] for answer in answers if "error" in answer} == {message}


def test_empty_lists_let_nobody_in() -> None:
    """Not even an address without a domain."""
    events = [sign_up_event(email) for email in ("ada@lab.example", "ada@", "ada", "")]
    answers = run("pre_sign_up.handler", events, ALLOWED_DOMAINS="", ALLOWED_EMAILS=" , ")
    assert all("error" in answer for answer in answers)
