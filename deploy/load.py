"""A bounded load on a running chat: people who write into a room of their own, and hear each other."""

import asyncio
import itertools
import json
import secrets
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp

from deploy.aws import Client
from deploy.errors import DeployError
from deploy.health import password


SUBPROTOCOL = "labchat.v1"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ANSWER_WITHIN = 15.0
"""Seconds."""
LOOK_EVERY = 0.05
"""Seconds between two looks whether all was heard."""
ADDED_AT_ONCE = 20
"""Members of one `member.add`."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done."""

    people: int
    seconds: int
    rate: float
    """Messages a second, of all people together."""


@dataclass(slots=True)
class Result:
    """What came of it; times in milliseconds."""

    sent: int = 0
    refused: int = 0
    lost: int = 0
    """Hearings that did not come."""
    connected_ms: list[float] = field(default_factory=list)
    acknowledged_ms: list[float] = field(default_factory=list)
    heard_ms: list[float] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """Counts, and percentiles of the times."""
        return {
            "sent": self.sent,
            "refused": self.refused,
            "lost": self.lost,
            "connect": percentiles(self.connected_ms),
            "acknowledged": percentiles(self.acknowledged_ms),
            "heard": percentiles(self.heard_ms),
        }


def percentiles(times: list[float]) -> dict[str, float]:
    """p50, p95, p99 and the longest, in milliseconds; empty if there are none."""
    ordered = sorted(times)
    if not ordered:
        return {}
    at = {"p50": 0.50, "p95": 0.95, "p99": 0.99, "max": 1.0}
    last = len(ordered) - 1
    return {name: round(ordered[round(share * last)], 1) for name, share in at.items()}


class People:
    """Accounts that exist for the test only."""

    def __init__(self, cognito: Client, pool: str, client: str) -> None:
        self._cognito = cognito
        self._pool = pool
        self._client = client
        self._names: list[str] = []

    async def token(self, name: str) -> str:
        """A new account's access token."""
        username = f"load-{secrets.token_hex(4)}-{name}@labchat.invalid"
        secret = password()
        await self._cognito.admin_create_user(
            UserPoolId=self._pool,
            Username=username,
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": "email", "Value": username},
                {"Name": "email_verified", "Value": "true"},
            ],
        )
        self._names.append(username)
        await self._cognito.admin_set_user_password(
            UserPoolId=self._pool, Username=username, Password=secret, Permanent=True
        )
        answer = await self._cognito.admin_initiate_auth(
            UserPoolId=self._pool,
            ClientId=self._client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": secret},
        )
        return str(answer["AuthenticationResult"]["AccessToken"])

    async def remove(self) -> None:
        """Delete the accounts."""
        for name in self._names:
            await self._cognito.admin_delete_user(UserPoolId=self._pool, Username=name)


class Writer:
    """One person on a socket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.uid = ""
        self.heard: dict[str, float] = {}
        """When each message was heard, by id."""
        self._socket = socket
        self._numbers = itertools.count()
        self._replies: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._reader = asyncio.create_task(self._read())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._socket.close()
        self._reader.cancel()

    async def ask(self, action: str, **fields: Any) -> dict[str, Any]:
        """The reply to a request."""
        number = f"l{next(self._numbers)}"
        self._replies[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"action": action, "r": number, **fields})
        async with asyncio.timeout(ANSWER_WITHIN):
            return await self._replies[number]

    async def _read(self) -> None:
        async for message in self._socket:
            frame = json.loads(message.data)
            reply = self._replies.get(frame.get("r", ""))
            if reply is not None and not reply.done():
                reply.set_result(frame)
            for item in frame.get("items", []):
                self.heard.setdefault(str(item.get("id")), time.monotonic())


async def site_of(url: str) -> Mapping[str, str]:
    """What config.json of a site says: `websocket`, `userPoolId`, `userPoolClientId`."""
    try:
        async with aiohttp.ClientSession() as session, session.get(f"{url}/config.json") as answer:
            answer.raise_for_status()
            site: dict[str, str] = (await answer.json())["sites"][0]
    except (aiohttp.ClientError, LookupError, ValueError) as error:
        raise DeployError(
            f"{url}/config.json does not say where the chat is ({error}); give the address of the page."
        ) from error
    socket = site["websocket"]
    if socket.startswith("/"):
        socket = url.replace("http", "ws", 1).rstrip("/") + socket
    return {**site, "websocket": socket}


async def run(cognito: Client, site: Mapping[str, str], plan: Plan) -> Result:
    """Do it; accounts are deleted whatever happens."""
    people = People(cognito, site["userPoolId"], site["userPoolClientId"])
    result = Result()
    try:
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(aiohttp.ClientSession())
            writers = []
            for number in range(plan.people):
                token = await people.token(str(number))
                writers.append(
                    await stack.enter_async_context(
                        await _connected(session, site["websocket"], token, result)
                    )
                )
            await _write(writers, await _room(writers), plan, result)
    finally:
        await people.remove()
    return result


async def _connected(
    session: aiohttp.ClientSession, url: str, token: str, result: Result
) -> Writer:
    started = time.monotonic()
    try:
        socket = await session.ws_connect(url, protocols=(SUBPROTOCOL, f"jwt.{token}"))
    except (aiohttp.ClientError, OSError) as error:
        raise DeployError(f"{url} does not open a socket ({error}); look at the logs.") from error
    result.connected_ms.append((time.monotonic() - started) * 1000)
    writer = Writer(socket)
    writer.uid = (await writer.ask("hello", v=1, name="Load test"))["uid"]
    return writer


async def _room(writers: list[Writer]) -> str:
    """A private room with all of them."""
    rid = new_id()
    first, *others = writers
    await first.ask("room.create", rid=rid, name="Load test", kind="private")
    for start in range(0, len(others), ADDED_AT_ONCE):
        uids = [each.uid for each in others[start : start + ADDED_AT_ONCE]]
        await first.ask("member.add", rid=rid, uids=uids)
    await first.ask("room.set", rid=rid, days=1)
    return rid


async def _write(writers: list[Writer], rid: str, plan: Plan, result: Result) -> None:
    """Write in turn at the rate that is wanted, then wait for what is still to be heard."""
    sent: dict[str, float] = {}

    async def say(writer: Writer) -> None:
        message = new_id()
        started = time.monotonic()
        try:
            reply = await writer.ask("send", rid=rid, msgs=[{"id": message, "body": "Load."}])
        except TimeoutError:
            reply = {"ok": False}
        result.sent += 1
        if reply["ok"] and reply["msgs"][0]["ok"]:
            result.acknowledged_ms.append((time.monotonic() - started) * 1000)
            sent[message] = started
        else:
            result.refused += 1

    async with asyncio.TaskGroup() as group:
        for number in range(round(plan.seconds * plan.rate)):
            group.create_task(say(writers[number % len(writers)]))
            await asyncio.sleep(1 / plan.rate)
    for _ in range(round(ANSWER_WITHIN / LOOK_EVERY)):
        if not any(sent.keys() - writer.heard.keys() for writer in writers):
            break
        await asyncio.sleep(LOOK_EVERY)
    for writer in writers:
        result.lost += len(sent.keys() - writer.heard.keys())
        result.heard_ms += [
            (at - sent[message]) * 1000 for message, at in writer.heard.items() if message in sent
        ]


def new_id() -> str:
    """A ULID."""
    now = time.time_ns() // 1_000_000
    at = "".join(ALPHABET[now >> shift & 31] for shift in range(45, -1, -5))
    return at + "".join(secrets.choice(ALPHABET) for _ in range(16))
