"""A Cognito endpoint on a real socket, and what tests do with it: nothing but its HTTP interface.

Its clock runs with the machine's and can be put forward; its functions are Python.
"""

import asyncio
import json
import re
import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import botocore.session
import uvicorn
from botocore import UNSIGNED
from botocore.config import Config
from jose import jwt
from starlette.applications import Starlette

from emulator.clock import Clock, Entropy
from emulator.cognito.endpoint import CognitoEndpoint
from emulator.cognito.services import Environment
from emulator.iam.credentials import KeyRing
from emulator.iam.sigv4 import Verifier
from emulator.runtime.invoker import Result
from emulator.template.model import Stack
from emulator.template.physical import Place
from emulator.template.stack import load


PASSWORD = "Passw0rd!long"
OTHER = "An0ther!password"
ACCOUNT = "123456789012"
REGION = "us-east-1"
TEMPLATE = Path(__file__).with_name("template.yaml")


class MovableClock(Clock):
    """The machine's time, and what a test has added to it."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = 0.0

    def now(self) -> float:
        return super().now() + self.ahead

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead


class Functions:
    """Python in place of Lambda functions; by default each returns its event."""

    def __init__(self) -> None:
        self.run: dict[str, Callable[[dict[str, Any]], Any]] = {}
        self.events: list[dict[str, Any]] = []

    async def invoke(self, function: str, event: bytes) -> Result:
        document = json.loads(event)
        self.events.append(document)
        try:
            run = self.run.get(function)
            outcome = run(document) if run else document
        except ValueError as error:
            text = json.dumps({"errorMessage": str(error), "errorType": "ValueError"})
            return Result(text.encode(), "Function.ValueError")
        return Result(json.dumps(outcome).encode())

    def of(self, username: str) -> list[dict[str, Any]]:
        """The events about one user, as the functions got them."""
        return [event for event in self.events if event["userName"] == username]


def stack() -> Stack:
    """The suite's pools."""
    return load(TEMPLATE, Place("conformance", REGION, ACCOUNT, seed="conformance"), {})


@dataclass(frozen=True, slots=True)
class Answer:
    """A raw HTTP answer; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class Lab:
    """One endpoint and its clients."""

    url: str
    stack: Stack
    keys: KeyRing
    clock: MovableClock
    functions: Functions
    directory: Path

    @cached_property
    def public(self) -> Any:
        """An SDK client without credentials."""
        return self._client(Config(signature_version=UNSIGNED))

    @cached_property
    def admin(self) -> Any:
        """An SDK client with the operator's keys."""
        return self._client(Config())

    def _client(self, config: Config) -> Any:
        session = botocore.session.Session()
        operator = self.keys.operator
        session.set_credentials(operator.access_key_id, operator.secret_access_key)
        config = config.merge(Config(retries={"total_max_attempts": 1}))
        return session.create_client(
            "cognito-idp", region_name=REGION, endpoint_url=self.url, config=config
        )

    def pool(self, name: str) -> str:
        """The id of a pool of the template."""
        return next(pool.id for pool in self.stack.user_pools if pool.logical_id == name)

    def client(self, name: str) -> str:
        """The id of a client of the template."""
        found = (c.id for c in self.stack.user_pool_clients if c.logical_id == name)
        return next(found)

    def secret(self, name: str) -> str:
        """The secret of a client, as DescribeUserPoolClient tells it."""
        found = self.admin.describe_user_pool_client(
            UserPoolId=self.pool("Names"), ClientId=self.client(name)
        )
        return str(found["UserPoolClient"]["ClientSecret"])

    def request(
        self,
        method: str,
        path: str = "/",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Any request at all."""
        request = urllib.request.Request(self.url + path, body, dict(headers or {}), method=method)
        try:
            response: HTTPResponse | HTTPError = urllib.request.urlopen(request, timeout=20)
        except HTTPError as error:
            response = error
        with response:
            lowered = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status or 0, lowered, response.read())

    def post(self, operation: str, document: Any) -> Answer:
        """An unsigned operation with any body."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        target = f"AWSCognitoIdentityProviderService.{operation}"
        headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
        return self.request("POST", "/", body, headers)

    def mails(self, recipient: str) -> list[str]:
        """The codes that were mailed to an address, the newest first."""
        messages = self.request("GET", "/mail.json").document["messages"]
        return [each["code"] for each in messages if each["recipient"] == recipient]

    def sign_up(self, name: str, client: str = "Web", /, **attributes: str) -> dict[str, Any]:
        """Register somebody; their address is `name@lab.example`."""
        email = name if "@" in name else f"{name}@lab.example"
        given = {"email": email, **attributes}
        found: dict[str, Any] = self.public.sign_up(
            ClientId=self.client(client),
            Username=name,
            Password=PASSWORD,
            UserAttributes=pairs(**given),
        )
        return found

    def confirm(self, name: str, client: str = "Web", **more: Any) -> None:
        """With the code from the mail."""
        email = name if "@" in name else f"{name}@lab.example"
        self.public.confirm_sign_up(
            ClientId=self.client(client),
            Username=name,
            ConfirmationCode=self.mails(email)[0],
            **more,
        )

    def confirmed(self, name: str, client: str = "Web", /, **attributes: str) -> str:
        """Somebody who can sign in; their sub."""
        answer = self.sign_up(name, client, **attributes)
        self.confirm(name, client)
        return str(answer["UserSub"])

    def begin(self, name: str, password: str = PASSWORD, client: str = "Web") -> dict[str, Any]:
        """The first answer of a sign-in by password."""
        found: dict[str, Any] = self.public.initiate_auth(
            ClientId=self.client(client),
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": password},
        )
        return found

    def sign_in(self, name: str, password: str = PASSWORD, client: str = "Web") -> dict[str, Any]:
        """The AuthenticationResult of one."""
        result: dict[str, Any] = self.begin(name, password, client)["AuthenticationResult"]
        return result

    def srp_a(self, name: str, client: str = "Web", a: str = "abcdef") -> dict[str, Any]:
        """The first answer of a sign-in by SRP."""
        found: dict[str, Any] = self.public.initiate_auth(
            ClientId=self.client(client),
            AuthFlow="USER_SRP_AUTH",
            AuthParameters={"USERNAME": name, "SRP_A": a},
        )
        return found

    def refresh(self, token: str, client: str = "Web", **more: str) -> dict[str, Any]:
        """By the operation that Amplify uses."""
        found: dict[str, Any] = self.public.get_tokens_from_refresh_token(
            ClientId=self.client(client), RefreshToken=token, **more
        )["AuthenticationResult"]
        return found

    def invited(self, name: str, password: str = "Temp!2345", pool: str = "Names") -> Any:
        """Somebody whom an administrator made, with a temporary password."""
        return self.admin.admin_create_user(
            UserPoolId=self.pool(pool),
            Username=name,
            TemporaryPassword=password,
            UserAttributes=pairs(email=f"{name}@lab.example", email_verified="true"),
            MessageAction="SUPPRESS",
        )["User"]

    def who(self, name: str, pool: str = "Names") -> dict[str, Any]:
        """What an administrator sees of a user."""
        found: dict[str, Any] = self.admin.admin_get_user(UserPoolId=self.pool(pool), Username=name)
        return found

    @contextmanager
    def later(self, seconds: float) -> Iterator[None]:
        """Put the clock forward for a while."""
        self.clock.ahead += seconds
        try:
            yield
        finally:
            self.clock.ahead -= seconds

    @contextmanager
    def refused(self, kind: str, text: str | None = None) -> Iterator[None]:
        """Expect one of the model's exceptions, with exactly this text."""
        try:
            yield
        except getattr(self.public.exceptions, f"{kind}Exception") as error:
            message = error.response["Error"]["Message"]
            assert text is None or message == text, message
        except getattr(self.admin.exceptions, f"{kind}Exception") as error:
            message = error.response["Error"]["Message"]
            assert text is None or message == text, message
        else:
            raise AssertionError(f"{kind}Exception was expected")


def pairs(**attributes: str) -> list[dict[str, str]]:
    """Attributes as the API lists them."""
    return [{"Name": name, "Value": value} for name, value in attributes.items()]


def values(listed: list[dict[str, str]]) -> dict[str, str]:
    """The reverse."""
    return {pair["Name"]: pair["Value"] for pair in listed}


def claims(token: str) -> dict[str, Any]:
    """What a token says, unverified."""
    return dict(jwt.get_unverified_claims(token))


def other(code: str) -> str:
    """A code of six digits that is wrong."""
    assert re.fullmatch("[0-9]{6}", code)
    return f"{(int(code) + 1) % 1_000_000:06}"


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready.set()


@contextmanager
def serve(directory: Path, made_of: Stack, clock: MovableClock, entropy: Entropy) -> Iterator[Lab]:
    """An endpoint on a free port, in a thread of its own."""
    ready, functions = threading.Event(), Functions()
    keys = KeyRing(b"conformance", ACCOUNT)
    running: list[uvicorn.Server] = []

    async def run() -> None:
        env = Environment(made_of, directory, clock, entropy, functions)
        cognito = await CognitoEndpoint.start(env, Verifier(keys, Clock()))
        app = Starlette(routes=[*cognito.mail_routes(), *cognito.routes(signed=True)])
        config = uvicorn.Config(app, port=0, lifespan="off", log_level="warning")
        server = _Server(config, ready)
        running.append(server)
        await server.serve()
        await cognito.close()

    thread = threading.Thread(target=asyncio.run, args=(run(),), daemon=True)
    thread.start()
    assert ready.wait(20), "the endpoint did not start"
    port = running[0].servers[0].sockets[0].getsockname()[1]
    try:
        url = f"http://127.0.0.1:{port}"
        yield Lab(url, made_of, keys, clock, functions, directory)
    finally:
        running[0].should_exit = True
        thread.join(20)
