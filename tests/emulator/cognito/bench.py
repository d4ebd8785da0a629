"""What tests hold in their hands: bare operations, or a server with its clients."""

import json
import re
import urllib.request
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import botocore.session
from botocore import UNSIGNED
from botocore.config import Config

from emulator.clock import Entropy
from emulator.cognito.catalogue import operations
from emulator.cognito.keys import Keys
from emulator.cognito.services import Environment, Services, build
from emulator.cognito.store import Store
from emulator.cognito.vault import Vault
from emulator.template.model import Stack
from tests.emulator.cognito.fakes import FakeClock, FakeInvoker
from tests.emulator.cognito.stacks import NAMES, PASSWORD, STACK
from tests.support.sign_ins import SrpClient


class Bench:
    """Operations called directly."""

    def __init__(self, services: Services, clock: FakeClock, invoker: FakeInvoker) -> None:
        self.services = services
        self.clock = clock
        self.invoker = invoker
        self._operations = operations(services)

    @classmethod
    async def start(cls, directory: Path, clock: FakeClock, stack: Stack = STACK) -> "Bench":
        invoker = FakeInvoker()
        env = Environment(stack, directory, clock, Entropy(), invoker)
        store = await Store.open(directory)
        keys = Keys(directory / "keys")
        vault = Vault.load(directory / "keys", env.entropy)
        return cls(await build(env, store, keys, vault), clock, invoker)

    async def close(self) -> None:
        await self.services.store.close()

    async def call(self, operation: str, **request: Any) -> dict[str, Any]:
        return await self._operations[operation](request)

    async def code(self) -> str:
        """The code, or temporary password, that was mailed last."""
        return (await self.services.mailbox.newest())[0].code

    async def confirmed(self, username: str, client: str = "names", **extra: str) -> None:
        """Register and confirm somebody with an e-mail address."""
        attributes = {"email": f"{username}@lab.example", **extra}
        await self.call(
            "SignUp",
            ClientId=client,
            Username=username,
            Password=PASSWORD,
            UserAttributes=[{"Name": n, "Value": v} for n, v in attributes.items()],
        )
        await self.call(
            "ConfirmSignUp",
            ClientId=client,
            Username=username,
            ConfirmationCode=await self.code(),
        )

    async def sign_in(
        self, username: str, client: str = "names", password: str = PASSWORD
    ) -> dict[str, Any]:
        """By password; the AuthenticationResult."""
        answer = await self.call(
            "InitiateAuth",
            ClientId=client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": password},
        )
        result: dict[str, Any] = answer["AuthenticationResult"]
        return result

    async def challenge(self, username: str, client: str = "names") -> tuple[SrpClient, Any]:
        """The first step of SRP."""
        srp_client = SrpClient(NAMES.id)
        answer = await self.call(
            "InitiateAuth",
            ClientId=client,
            AuthFlow="USER_SRP_AUTH",
            AuthParameters={"USERNAME": username, "SRP_A": f"{srp_client.a_public:x}"},
        )
        return srp_client, answer["ChallengeParameters"]


@dataclass
class Answer:
    """A raw HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


class Server:
    """The endpoint over HTTP and SDK clients for it."""

    def __init__(self, url: str, invoker: FakeInvoker) -> None:
        self.url = url
        self.invoker = invoker

    @cached_property
    def public(self) -> Any:
        """An SDK client without credentials."""
        return self._client(Config(signature_version=UNSIGNED))

    @cached_property
    def admin(self) -> Any:
        """An SDK client that signs."""
        return self._client(Config())

    def _client(self, config: Config) -> Any:
        session = botocore.session.Session()
        session.set_credentials("AKIATEST", "secret")
        config = config.merge(Config(retries={"total_max_attempts": 1}))
        return session.create_client(
            "cognito-idp", region_name="us-east-1", endpoint_url=self.url, config=config
        )

    def request(
        self,
        method: str,
        path: str = "/",
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Any request at all."""
        request = urllib.request.Request(
            self.url + path, data=body, method=method, headers=headers or {}
        )
        try:
            response: HTTPResponse | HTTPError = urllib.request.urlopen(request, timeout=10)
        except HTTPError as error:
            response = error
        with response:
            lowered = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status or 0, lowered, response.read())

    def post(self, operation: str, document: Any, path: str = "/", **headers: str) -> Answer:
        """An operation with any body."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        target = f"AWSCognitoIdentityProviderService.{operation}"
        content = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
        return self.request("POST", path, body, {**content, **headers})

    def code_for(self, recipient: str) -> str:
        """The code mailed last to an address."""
        for message in self.request("GET", "/mail.json").document["messages"]:
            if message["recipient"] == recipient:
                code: str = message["code"]
                return code
        raise AssertionError(f"no mail for {recipient}")

    def confirmed(self, username: str, client: str = "names") -> None:
        """Register and confirm somebody with an e-mail address."""
        email = username if "@" in username else f"{username}@lab.example"
        self.public.sign_up(
            ClientId=client,
            Username=username,
            Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": email}, {"Name": "name", "Value": "Ada"}],
        )
        code = self.code_for(email)
        assert re.fullmatch("[0-9]{6}", code)
        self.public.confirm_sign_up(ClientId=client, Username=username, ConfirmationCode=code)
