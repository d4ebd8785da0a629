"""People who use the chat: signed up through Cognito's own API, on a raw WebSocket."""

import asyncio
import itertools
import json
import urllib.request
from dataclasses import dataclass, field
from typing import Any, Self

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from pycognito.aws_srp import AWSSRP
from websockets.asyncio.client import ClientConnection, connect

from tests.support.server import Server


PASSWORD = "Correct-horse-7"
LOBBY = "0" * 26
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def site(server: Server) -> dict[str, Any]:
    """The client's configuration of the site."""
    with urllib.request.urlopen(f"{server.urls['ui']}/config.json") as answer:
        sites: list[dict[str, Any]] = json.load(answer)["sites"]
    return sites[0]


def cognito(server: Server) -> Any:
    """An unsigned client, as a browser's."""
    return boto3.client(
        "cognito-idp",
        endpoint_url=server.urls["cognito"],
        region_name="us-east-1",
        config=Config(signature_version=UNSIGNED),
    )


def mailed_code(server: Server, email: str) -> str:
    """The newest code in the local mailbox for an address."""
    with urllib.request.urlopen(server.urls["mail"] + ".json") as answer:
        messages: list[dict[str, Any]] = json.load(answer)["messages"]
    return str(next(message["code"] for message in messages if message["recipient"] == email))


def sign_up(server: Server, email: str, name: str) -> str:
    """A confirmed account; returns its sub."""
    client_id = site(server)["userPoolClientId"]
    client = cognito(server)
    answer = client.sign_up(
        ClientId=client_id,
        Username=email,
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": email}, {"Name": "name", "Value": name}],
    )
    code = mailed_code(server, email)
    client.confirm_sign_up(ClientId=client_id, Username=email, ConfirmationCode=code)
    return str(answer["UserSub"])


def sign_in(server: Server, email: str) -> dict[str, str]:
    """Tokens by the SRP flow that browsers use."""
    config = site(server)
    srp = AWSSRP(
        email, PASSWORD, config["userPoolId"], config["userPoolClientId"], client=cognito(server)
    )
    result: dict[str, str] = srp.authenticate_user()["AuthenticationResult"]
    return result


def new_id(number: int) -> str:
    """A message id in a ULID's form, distinct for each number."""
    digits = [(_CROCKFORD[(number >> (5 * place)) & 31]) for place in range(25, -1, -1)]
    return "".join(digits)


@dataclass(slots=True)
class Person:
    """Somebody on a socket."""

    server: Server
    token: str
    socket: ClientConnection | None = None
    pushes: list[dict[str, Any]] = field(default_factory=list)
    _replies: dict[str, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)
    _reader: asyncio.Task[None] | None = None
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def connect(self) -> None:
        """Open the socket."""
        self.socket = await connect(
            self.server.urls["websocket"],
            subprotocols=["labchat.v1", f"jwt.{self.token}"],  # type: ignore[list-item]
            open_timeout=20,
        )
        self._reader = asyncio.create_task(self._read(self.socket))

    async def call(self, action: str, within: float = 15.0, **fields: Any) -> dict[str, Any]:
        """Send a request and wait for its reply."""
        assert self.socket is not None
        number = f"r{next(self._numbers)}"
        reply = self._replies[number] = asyncio.get_running_loop().create_future()
        try:
            await self.socket.send(json.dumps({"action": action, "r": number, **fields}))
            return await asyncio.wait_for(reply, within)
        finally:
            del self._replies[number]

    async def say(self, *texts: str, rid: str = LOBBY, ids: list[str]) -> dict[str, Any]:
        """Send messages."""
        msgs = [{"id": id_, "body": text} for id_, text in zip(ids, texts, strict=True)]
        return await self.call("send", rid=rid, msgs=msgs)

    async def heard(self, body: str, within: float = 10.0) -> dict[str, Any]:
        """Wait for a message with this text among the pushes."""
        async with asyncio.timeout(within):
            while True:
                for push in self.pushes:
                    for item in push.get("items", []):
                        if item.get("body") == body:
                            return dict(item)
                await asyncio.sleep(0.01)

    async def close(self) -> None:
        """Leave."""
        if self.socket is not None:
            await self.socket.close()
        if self._reader is not None:
            await asyncio.gather(self._reader, return_exceptions=True)

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                message = json.loads(text)
                reply = self._replies.get(message.get("r", ""))
                if reply is not None and not reply.done():
                    reply.set_result(message)
                elif "t" in message:
                    self.pushes.append(message)
        finally:
            # Nobody answers any more: who waits need not wait until the end of their patience.
            for reply in self._replies.values():
                if not reply.done():
                    reply.set_exception(ConnectionResetError("the socket is closed"))
