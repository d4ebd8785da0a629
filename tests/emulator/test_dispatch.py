"""Who answers: the gateway, or others; and nobody under a foreign name."""

import contextlib

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from emulator.clock import Clock, Entropy
from emulator.dispatch import Dispatch
from emulator.gateway.connections import Connections
from emulator.gateway.deployments import Deployments
from emulator.gateway.management import ManagementApi
from emulator.gateway.orphans import Orphans
from emulator.gateway.websocket import WebSocketGateway
from emulator.hosts import is_own
from emulator.iam.credentials import KeyRing
from emulator.iam.sigv4 import Verifier
from emulator.listeners import bind_loopback, port_of, serving
from tests.emulator.gateway.apis import api
from tests.fakes import FakeInvoker


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("localhost:8081", True),
        ("127.0.0.1", True),
        ("my-bucket.localhost:8082", True),
        ("abc.execute-api.eu-west-1.amazonaws.com", True),
        ("LocalHost", True),
        ("evil.example:8081", False),
        ("localhost.evil.example", False),
        ("notlocalhost", False),
        ("", False),
        ("127.0.0.1@evil.example", False),
    ],
)
def test_own_names(host: str, own: bool) -> None:
    """Names that lead to this machine from itself alone, or stand for AWS's services."""
    assert is_own(host) == own


@pytest.mark.parametrize(("host", "status"), [("localhost", 200), ("evil.example", 400)])
async def test_a_foreign_name_gets_nothing(
    host: str, status: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Neither pages, nor `@connections`, nor sockets."""

    async def page(request: Request) -> Response:
        return Response("here")

    clock, entropy, connections = Clock(), Entropy(), Connections()
    deployments = Deployments([api()])
    orphans = Orphans(tmp_path_factory.mktemp("connections"))
    gateway = WebSocketGateway(deployments, connections, FakeInvoker(), clock, entropy, orphans)
    verifier = Verifier(KeyRing(b"secret", "123456789012"), clock)
    management = ManagementApi(deployments, connections, verifier, clock, entropy)
    app = Dispatch(gateway, Starlette(routes=[Route("/", page)]), management, is_own)
    with contextlib.closing(bind_loopback()) as listener:
        async with serving(app, listener), aiohttp.ClientSession() as http:
            url, headers = f"http://127.0.0.1:{port_of(listener)}", {"Host": host}
            async with http.get(url, headers=headers) as answer:
                assert answer.status == status
            unsigned = {200: 403, 400: 400}[status]
            path = "/prod/@connections/abcdefghijklmno="
            async with http.post(url + path, headers=headers) as answer:
                assert answer.status == unsigned
            socket = connect(f"ws://{host}/prod", host="127.0.0.1", port=port_of(listener))
            if status == 200:
                async with socket:
                    pass
            else:
                with pytest.raises(InvalidStatus) as refusal:
                    await socket
                assert refusal.value.response.status_code == 400
