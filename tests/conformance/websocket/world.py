"""API Gateway on a real socket, with functions that the test writes."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from starlette.applications import Starlette
from starlette.routing import Route as HttpRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.http11 import Response

from emulator.clock import Clock, Entropy
from emulator.dispatch import Dispatch
from emulator.edge import plain_requests
from emulator.gateway.connections import Connections
from emulator.gateway.deployments import Deployments
from emulator.gateway.management import ManagementApi
from emulator.gateway.monitoring import Monitor
from emulator.gateway.orphans import Orphans
from emulator.gateway.websocket import WebSocketGateway
from emulator.iam.credentials import KeyRing
from emulator.iam.sigv4 import Verifier
from emulator.listeners import bind, port_of, serving
from emulator.runtime.invoke_api import InvokeApi
from emulator.runtime.invoker import Invoker
from emulator.template.model import (
    Authorizer,
    DomainName,
    Function,
    Route,
    Stage,
    WebSocketApi,
)
from tests.conformance.websocket.raw import Raw
from tests.emulator.gateway.apis import api, route
from tests.fakes import FakeInvoker, until


KEYS = KeyRing(b"secret", "123456789012")

Run = Callable[[dict[str, Any]], Any]

Monitored = Callable[[WebSocketApi, Stage], Monitor | None]


class Listener:
    """One real listener for all tests; each puts its own API behind it."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None
        self.port = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve what the running test has put there."""
        assert self.app is not None
        await self.app(scope, receive, send)

    def client(self, service: str) -> Any:
        """A boto3 client; it takes long to make, so it is made once."""
        path = "/prod" if service == "apigatewaymanagementapi" else ""
        return boto3.client(
            service,
            endpoint_url=f"http://127.0.0.1:{self.port}{path}",
            region_name="us-east-1",
            aws_access_key_id=KEYS.operator.access_key_id,
            aws_secret_access_key=KEYS.operator.secret_access_key,
            config=Config(retries={"total_max_attempts": 1}),
        )


@contextlib.asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    """A listener for as long as the context lasts."""
    made = Listener()
    with contextlib.ExitStack() as unused:
        sockets = bind("127.0.0.1", 0)
        for each in (sockets.aws, sockets.objects):
            unused.callback(each.close)
        async with serving(made, sockets.edge):
            made.port = port_of(sockets.edge)
            yield made


@dataclass
class World:
    """What clients, functions and callers of the AWS API can do and see."""

    listener: Listener
    folder: Path
    """An empty one, for what the gateway keeps."""
    management: Any
    """boto3's client of `@connections`."""
    invoker: FakeInvoker = field(default_factory=FakeInvoker)
    gateways: list[WebSocketGateway] = field(default_factory=list)
    raws: list[Raw] = field(default_factory=list)
    pending: list[asyncio.Task[Raw]] = field(default_factory=list)

    def serve(
        self,
        *routes: Route,
        expression: str = "$request.body.to",
        clock: Clock | None = None,
        lambdas: tuple[Invoker, dict[str, Function]] | None = None,
        domains: Iterable[DomainName] = (),
        changed: Mapping[str, Any] | None = None,
        monitored: Monitored = lambda api, stage: None,
        services: Iterable[HttpRoute] = (),
        **functions: Run,
    ) -> None:
        """Deploy an API with one stage, `prod`. `lambdas` are real functions, else scripted.

        `changed` are fields of the API that are other than usual; `services` are reached on the
        same listener.
        """
        self.invoker.functions.update(functions)
        clock, entropy, connections = clock or Clock(), Entropy(), Connections()
        invoker, declared = lambdas or (self.invoker, {})
        served = replace(api(*routes, expression=expression), **changed or {})
        deployments = Deployments([served], domains, monitored)
        verifier = Verifier(KEYS, Clock())
        gateway = WebSocketGateway(
            deployments, connections, invoker, clock, entropy, Orphans(self.folder)
        )
        self.gateways.append(gateway)
        others = Starlette(
            routes=[
                *services,
                InvokeApi(declared, invoker, verifier, clock, entropy).route(),
                *plain_requests(deployments),
            ]
        )
        management = ManagementApi(deployments, connections, verifier, clock, entropy)
        self.listener.app = Dispatch(gateway, others, management)

    async def end(self) -> None:
        """Take everything down."""
        for task in self.pending:
            task.cancel()
        await asyncio.gather(*self.pending, return_exceptions=True)
        for client in self.raws:
            client.close()
        for gate in self.invoker.gates.values():
            gate.set()
        for gateway in self.gateways:
            await gateway.drain()
        self.listener.app = None

    # Clients.

    @property
    def port(self) -> int:
        """Where the API is."""
        return self.listener.port

    def connect(self, path: str = "/prod", domain: str = "", **more: Any) -> connect:
        """A well-behaved client, which may ask for another host than the listener's own."""
        url = f"ws://{domain or f'127.0.0.1:{self.port}'}{path}"
        usual: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.port,
            "compression": None,
            "max_size": None,
        }
        return connect(url, proxy=None, **{**usual, **more})

    async def upgrade(self, path: str = "/prod", headers: Iterable[tuple[str, str]] = ()) -> Raw:
        """A client that shows every byte."""
        client = await Raw.upgrade(self.port, path, headers)
        self.raws.append(client)
        return client

    def opening(self) -> asyncio.Task[Raw]:
        """An upgrade that goes on in the background."""
        task = asyncio.create_task(self.upgrade())
        self.pending.append(task)
        return task

    async def refused(self, path: str = "/prod", **more: Any) -> Response:
        """Connect and get the HTTP answer instead of a socket."""
        try:
            async with self.connect(path, **more):
                raise AssertionError("it was let in")
        except InvalidStatus as refusal:
            return refusal.response

    # Functions.

    def seen(self, function: str) -> list[dict[str, Any]]:
        """The events that a function got."""
        return self.invoker.of(function)

    def ran(self) -> list[str]:
        """The functions that ran, in order."""
        return [function for function, _ in self.invoker.events]

    async def event(self, function: str) -> dict[str, Any]:
        """The one event that a function gets, now or soon."""
        await until(lambda: bool(self.seen(function)))
        (event,) = self.seen(function)
        return event

    async def context(self, function: str) -> dict[str, Any]:
        """The `requestContext` of that event."""
        context: dict[str, Any] = (await self.event(function))["requestContext"]
        return context

    def hold(self, function: str) -> asyncio.Event:
        """Let the function wait; it goes on when the event is set."""
        return self.invoker.gates.setdefault(function, asyncio.Event())

    # Callers of the AWS API.

    async def call(self, operation: str, connection_id: str, **more: Any) -> dict[str, Any]:
        """One call of `@connections` through boto3, which blocks and so has a thread."""
        run = getattr(self.management, operation)
        answer: dict[str, Any] = await asyncio.to_thread(run, ConnectionId=connection_id, **more)
        return answer

    def signed(self, method: str, path: str, data: bytes = b"", domain: str = "") -> AWSRequest:
        """A request signed by hand, so that its path is exactly the one given."""
        headers = {"Host": domain} if domain else {}
        request = AWSRequest(method, f"http://127.0.0.1:{self.port}{path}", headers, data)
        keys = Credentials(KEYS.operator.access_key_id, KEYS.operator.secret_access_key)
        SigV4Auth(keys, "execute-api", "us-east-1").add_auth(request)
        return request


def ok(**more: Any) -> Run:
    """A function that returns status 200 and whatever else is given."""
    return lambda event: {"statusCode": 200, **more}


def allow(resource: str = "*", context: Any = None) -> dict[str, Any]:
    """What an authorizer returns to let in."""
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": resource}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": "me", "policyDocument": policy, "context": context or {}}


def guarded(*identity_sources: str, function: str | None = "connect") -> Route:
    """`$connect` behind an authorizer."""
    return route("$connect", function, authorizer=Authorizer("auth", identity_sources))


async def closed(client: ClientConnection) -> tuple[int, str]:
    """Wait for the end; the code and reason of the server's close frame."""
    with pytest.raises(ConnectionClosed) as end:
        await client.recv()
    assert end.value.rcvd is not None
    return end.value.rcvd.code, end.value.rcvd.reason


def frame(text: str | bytes) -> dict[str, Any]:
    """A frame of the gateway's own."""
    document: dict[str, Any] = json.loads(text)
    return document
