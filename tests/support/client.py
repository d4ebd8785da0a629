"""A client that behaves as the web client does (static/src/net), only more impatient.

What is written stands in an outbox under an id of its own until the server has acknowledged it;
requests are repeated until they are answered; gaps are closed by `sync`.
"""

import asyncio
import contextlib
import itertools
import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.support.replica import Replica


WAITS = (1.0, 1.5, 2.25)
"""Seconds for each attempt of a request."""

BATCH = 20
PING = 1.5
REST = 0.2
LATER = frozenset({"busy", "rate"})


Fields = dict[str, Any]


class UnansweredError(Exception):
    """No reply came, or there is no connection: the same may be tried again later."""


class RefusedError(Exception):
    """A reply that is a no; its text is the error's code."""


@dataclass(slots=True)
class Link:
    """One socket."""

    socket: ClientConnection
    _pending: dict[str, asyncio.Future[Fields]] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    async def request(self, action: str, fields: Fields) -> Fields:
        """The reply; the request is repeated under the same `r`."""
        r = str(next(self._numbers))
        reply: asyncio.Future[Fields] = asyncio.get_running_loop().create_future()
        self._pending[r] = reply
        try:
            for wait in WAITS:
                await self.socket.send(json.dumps({"action": action, "r": r, **fields}))
                await asyncio.wait([reply], timeout=wait)
                if reply.done() and reply.result():
                    return reply.result()
        except WebSocketException as error:
            raise UnansweredError from error
        finally:
            del self._pending[r]
        raise UnansweredError

    def receive(self, reply: Fields) -> None:
        """A reply, which may come twice, or when nobody waits any more.

        The gateway's own words about a function that has died have no `r`.
        """
        pending = self._pending.get(reply.get("r", ""))
        if pending is not None and not pending.done():
            pending.set_result(reply)

    def end(self) -> None:
        """Nothing will be answered any more: who waits need not wait until the end."""
        for pending in self._pending.values():
            if not pending.done():
                pending.set_result({})


@dataclass(slots=True)
class Client:
    """Somebody who is online from `start` to `stop`."""

    url: str
    token: str
    uid: str
    replica: Replica = field(default_factory=Replica)
    outbox: dict[str, list[dict[str, str]]] = field(default_factory=lambda: defaultdict(list))
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    """Set at the first `hello`."""
    _link: Link | None = None
    _stale: set[str] = field(default_factory=set)
    _flushing: set[str] = field(default_factory=set)
    _staying: list[asyncio.Task[None]] = field(default_factory=list)
    _tasks: asyncio.TaskGroup = field(default_factory=asyncio.TaskGroup)

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Connect, and stay connected until `stop`."""
        self._tasks = tasks
        self._staying = [tasks.create_task(each) for each in (self._stay(), self._ping())]

    def stop(self) -> None:
        """Leave."""
        for task in self._staying:
            task.cancel()

    def write(self, rid: str, message_id: str, body: str) -> None:
        """Put a message into the outbox."""
        self.outbox[rid].append({"id": message_id, "body": body})
        if rid not in self._flushing:
            self._flushing.add(rid)
            self._tasks.create_task(self._flush(rid))

    async def call(self, action: str, **fields: Any) -> Fields:
        """A request that is made until it is granted; raises `RefusedError`."""
        while True:
            try:
                return await self._ask(action, fields)
            except UnansweredError:
                await asyncio.sleep(REST)

    async def _stay(self) -> None:
        while True:
            try:
                async with connect(
                    self.url,
                    subprotocols=["labchat.v1", f"jwt.{self.token}"],  # type: ignore[list-item]
                    compression=None,
                ) as socket:
                    await self._live(Link(socket))
            except (OSError, TimeoutError, WebSocketException, UnansweredError):
                await asyncio.sleep(REST)

    async def _live(self, link: Link) -> None:
        """Read from a socket until it ends; it serves once it has said hello."""
        reading = asyncio.create_task(self._read(link))
        try:
            hello = await link.request("hello", {"v": 1})
            if not hello["ok"]:
                raise UnansweredError
            self._catch_up(self.replica.hello(hello["rooms"]))
            self._link = link
            self.ready.set()
            await reading
        finally:
            self._link = None
            reading.cancel()
            link.end()

    async def _read(self, link: Link) -> None:
        async for text in link.socket:
            message = json.loads(text)
            if "t" not in message:
                link.receive(message)
            elif message["t"] == "log":
                rid = message["rid"]
                if not self.replica.push(rid, message["p"], message["items"]):
                    self._catch_up([rid])
            elif message["t"] == "left":
                self.replica.cursors.pop(message["rid"], None)

    async def _flush(self, rid: str) -> None:
        """Send until the outbox of this room is empty, one batch after the other."""
        while batch := self.outbox[rid][:BATCH]:
            reply = await self.call("send", rid=rid, msgs=batch)
            texts = {draft["id"]: draft["body"] for draft in batch}
            settled = [sent for sent in reply["msgs"] if sent["ok"]]
            if refused := {sent["e"] for sent in reply["msgs"] if not sent["ok"]} - LATER:
                raise RefusedError(refused)
            for sent in settled:
                message = {**sent, "body": texts[sent["id"]], "uid": self.uid}
                self.replica.accepted(rid, message)
            ids = {sent["id"] for sent in settled}
            self.outbox[rid] = [each for each in self.outbox[rid] if each["id"] not in ids]
        self._flushing.discard(rid)

    def _catch_up(self, rooms: list[str]) -> None:
        for rid in rooms:
            if rid not in self._stale:
                self._stale.add(rid)
                self._tasks.create_task(self._sync(rid))

    async def _sync(self, rid: str) -> None:
        """Read the log on; without an answer the next push, ping or hello finds the gap again."""
        with contextlib.suppress(UnansweredError, RefusedError):
            more = True
            while more and rid in self.replica.cursors:
                fields = {"rid": rid, "after": self.replica.cursors[rid], "limit": 200}
                page = await self._ask("sync", fields)
                self.replica.page(rid, page["items"], page["cur"])
                more = page["more"]
        self._stale.discard(rid)

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(PING)
            with contextlib.suppress(UnansweredError):
                reply = await self._ask("ping", {"h": self.replica.digest})
                self._catch_up(self.replica.stale(reply.get("heads", {})))

    async def _ask(self, action: str, fields: Fields) -> Fields:
        """The reply of the socket of this moment, waited for while the server asks for patience."""
        while True:
            if self._link is None:
                raise UnansweredError
            reply = await self._link.request(action, fields)
            if reply["ok"]:
                return reply
            if reply["e"] not in LATER:
                raise RefusedError(reply["e"])
            await asyncio.sleep(reply.get("after", 1000) / 1000)
