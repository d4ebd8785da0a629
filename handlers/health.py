"""The health check: signs in, connects, writes a message and hears it come back.

It is invoked every quarter of an hour and after each deployment. The room is its own, and keeps
messages for a day.
"""

import asyncio
import hashlib
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aioboto3
import aiohttp
from chat import ids
from chat.clock import SystemClock
from chat.protocol.fields import SUBPROTOCOL


NAME = "Health check"
WITHIN = 20.0
"""Seconds for all of it; the function itself ends after 30."""

RUNNER = asyncio.Runner()
SESSION = aioboto3.Session()


class Sick(Exception):
    """What did not work, in a sentence for the alarm's reader."""


def handler(_event: object, _context: object) -> dict[str, Any]:
    """Milliseconds that each step took; raises `Sick`, or what kept a step from working."""
    return RUNNER.run(check())


async def check() -> dict[str, Any]:
    """Do what a person does."""
    took: dict[str, Any] = {}
    async with asyncio.timeout(WITHIN):
        started = time.monotonic()
        token = await sign_in()
        took["signIn"] = _since(started)
        started = time.monotonic()
        async with Client.connected(os.environ["SOCKET_URL"], token) as client:
            took["connect"] = _since(started)
            room = room_of((await client.ask("hello", v=1, name=NAME))["uid"])
            await client.ask("room.create", rid=room, name=NAME, kind="private")
            await client.ask("room.set", rid=room, days=1)
            started = time.monotonic()
            await client.say(room)
            took["message"] = _since(started)
    return took


async def sign_in() -> str:
    """An access token of the check's own account."""
    async with SESSION.client("ssm") as ssm:
        answer = await ssm.get_parameter(Name=os.environ["HEALTH_SECRET"], WithDecryption=True)
    account = json.loads(answer["Parameter"]["Value"])
    async with SESSION.client("cognito-idp") as cognito:
        tokens = await cognito.admin_initiate_auth(
            UserPoolId=os.environ["USER_POOL_ID"],
            ClientId=os.environ["USER_POOL_CLIENT_ID"],
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": account["username"], "PASSWORD": account["password"]},
        )
    return str(tokens["AuthenticationResult"]["AccessToken"])


class Client:
    """A socket of the chat."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    @classmethod
    @asynccontextmanager
    async def connected(cls, url: str, token: str) -> AsyncIterator["Client"]:
        """An open socket, closed at the end."""
        protocols = (SUBPROTOCOL, f"jwt.{token}")
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(url, protocols=protocols) as socket,
        ):
            if socket.protocol != SUBPROTOCOL:
                raise Sick("The socket opened without the chat's subprotocol.")
            yield cls(socket)

    async def ask(self, action: str, **fields: Any) -> dict[str, Any]:
        """The reply to a request; the first part of one that has several."""
        await self._socket.send_json({"action": action, "r": action, **fields})
        while (reply := await self._frame()).get("r") != action:
            pass
        if not reply["ok"]:
            raise Sick(f"{action} was answered with {reply['e']}.")
        return reply

    async def say(self, rid: str) -> None:
        """Write a message; wait until it is acknowledged and pushed."""
        message = message_id()
        await self._socket.send_json(
            {"action": "send", "r": "send", "rid": rid, "msgs": [{"id": message, "body": "Well."}]}
        )
        waiting = {"acknowledged", "heard"}
        while waiting:
            frame = await self._frame()
            if frame.get("r") == "send":
                if not frame["ok"] or not frame["msgs"][0]["ok"]:
                    raise Sick("The message was refused.")
                waiting.discard("acknowledged")
            elif any(item.get("id") == message for item in frame.get("items", [])):
                waiting.discard("heard")

    async def _frame(self) -> dict[str, Any]:
        frame: dict[str, Any] = await self._socket.receive_json()
        return frame


def room_of(uid: str) -> str:
    """The account's own room: the same one each time, and a new one for a new account."""
    digits = hashlib.sha256(uid.encode()).digest()
    return "0" + "".join(ids.ALPHABET[each & 31] for each in digits[:25])


def message_id() -> str:
    """A new ULID."""
    clock = SystemClock()
    return ids.encode_time(clock.now()) + "".join(clock.tail() for _ in range(4))[:16]


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
