"""The edge and the AWS endpoint over HTTP: what browsers and SDKs find where."""

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from yarl import URL

from emulator.aws_endpoint import AwsEndpoint
from emulator.clock import Clock, Entropy
from emulator.edge import client_config, edge_routes, site_mount
from emulator.gateway.deployments import Deployments
from emulator.iam.credentials import KeyRing
from emulator.iam.sigv4 import Verifier
from emulator.listeners import bind, port_of, serving
from emulator.storage.forward import DynamoDbForward
from emulator.template.model import Stack, UserPoolClient
from tests.emulator.gateway.apis import api


STACK = Stack(
    name="test",
    region="us-east-1",
    account_id="000000000000",
    functions={},
    apis=(api(),),
    tables=(),
    user_pools=(),
    user_pool_clients=(
        UserPoolClient("Secret", "c0", "backend", "pool0", secret="s"),
        UserPoolClient("Web", "c1", "web", "pool1"),
    ),
    buckets=(),
    outputs={},
)


async def cognito(request: Request) -> Response:
    return JSONResponse({"cognito": request.headers.get("x-amz-target")})


@contextlib.asynccontextmanager
async def edge(site: Path | None) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of a running edge."""
    deployments = Deployments(STACK.apis)
    routes = edge_routes(
        STACK,
        deployments,
        [Route("/", cognito, methods=["POST"])],
        site_mount(site, lambda host: f"http://objects-of-{host}"),
        "http://mail",
    )
    keys = KeyRing(b"secret", "000000000000")
    services = {"AWSCognitoIdentityProviderService.": cognito}
    dynamodb = DynamoDbForward("http://127.0.0.1:1")
    endpoint = AwsEndpoint(services, cognito, dynamodb, Verifier(keys, Clock()), Entropy())
    aws = Starlette(routes=[Route("/", endpoint.handle, methods=["POST"])])
    sockets = bind("127.0.0.1", 0)
    sockets.objects.close()
    async with (
        serving(Starlette(routes=routes), sockets.edge),
        serving(aws, sockets.aws),
        aiohttp.ClientSession(
            f"http://127.0.0.1:{port_of(sockets.edge)}/",
            headers={"x-aws": f"http://127.0.0.1:{port_of(sockets.aws)}/"},
        ) as http,
    ):
        yield http


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A built web client."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<title>page</title>")
    (tmp_path / "assets" / "a-1.js").write_text("1")
    (tmp_path.parent / "outside.txt").write_text("secret")
    return tmp_path


@pytest.mark.parametrize(
    ("path", "status", "cache"),
    [
        ("/", 200, "no-cache"),
        ("/r/some-page", 200, "no-cache"),
        ("/assets/a-1.js", 200, "public, max-age=31536000, immutable"),
        ("/assets/gone.js", 404, None),
        ("/..%2Foutside.txt", 404, None),
    ],
)
async def test_the_site(site: Path, path: str, status: int, cache: str | None) -> None:
    """The page answers for its own routes, hashed files are kept for ever, nothing leaks."""
    async with edge(site) as http, http.get(URL(path, encoded=True)) as answer:
        assert answer.status == status
        assert answer.headers.get("Cache-Control") == cache
        if status == 200:
            assert (
                f"connect-src 'self' http://objects-of-127.0.0.1:{answer.url.port};"
                in answer.headers["Content-Security-Policy"]
            )
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_without_a_built_site() -> None:
    """The answer says how to make one."""
    async with edge(None) as http, http.get("/") as answer:
        assert (answer.status, "make ui" in await answer.text()) == (404, True)


async def test_what_a_browser_must_know(site: Path) -> None:
    """The configuration names the socket's path and the client without a secret."""
    async with edge(site) as http, http.get("/config.json") as answer:
        assert await answer.json() == {
            "sites": [
                {
                    "name": "test",
                    "region": "us-east-1",
                    "cognito": "/cognito/",
                    "websocket": "/prod",
                    "userPoolId": "pool1",
                    "userPoolClientId": "c1",
                    "mailbox": "http://mail",
                }
            ]
        }


def test_a_stack_without_pools_or_apis() -> None:
    """What a stack has not is not named."""
    bare = replace(STACK, apis=(), user_pool_clients=())
    assert client_config(bare, Deployments(()), None) == {
        "name": "test",
        "region": "us-east-1",
        "cognito": "/cognito/",
    }


async def test_sign_in_and_stages_on_the_edge(site: Path) -> None:
    """Sign-in has its own path there; a stage without an upgrade is 426."""
    async with edge(site) as http:
        async with http.post("/cognito/", headers={"X-Amz-Target": "t"}) as answer:
            assert await answer.json() == {"cognito": "t"}
        async with http.get("/prod") as answer:
            assert (answer.status, answer.headers["Upgrade"]) == (426, "websocket")


@pytest.mark.parametrize(
    ("target", "status", "expected"),
    [
        ("AWSCognitoIdentityProviderService.SignUp", 200, None),
        ("SQS.SendMessage", 400, "UnknownOperationException"),
        ("", 400, "UnknownOperationException"),
        ("DynamoDB_20120810.ListTables", 400, "MissingAuthenticationTokenException"),
    ],
)
async def test_the_aws_endpoint(site: Path, target: str, status: int, expected: str | None) -> None:
    """One path for several services, told apart by the target; errors in AWS's form."""
    async with (
        edge(site) as http,
        http.post(http.headers["x-aws"], headers={"X-Amz-Target": target}, data=b"{}") as answer,
    ):
        assert answer.status == status
        content: dict[str, Any] = json.loads(await answer.text())
        assert content.get("__type") == expected
