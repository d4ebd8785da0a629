"""Writers that never give up, and a judge that reads the database past the product."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import WebSocketException

from tests.support.people import LOBBY, Person, new_id
from tests.support.server import Server


REPLY_WITHIN = 3.0
"""Seconds after which a writer sends its message again, with the same id."""


@dataclass(slots=True)
class Writer:
    """Sends numbered messages one after the other; each is repeated until it is acknowledged."""

    server: Server
    token: str
    rid: str
    ids: Iterator[int]
    progress: asyncio.Event
    """Set at each acknowledgement."""
    acknowledged: list[str] = field(default_factory=list)
    _person: Person | None = None

    async def write(self, stop: asyncio.Event) -> None:
        """Write until told to stop; a message that is not acknowledged by then counts for nothing."""
        while not stop.is_set():
            message_id = new_id(next(self.ids))
            while not stop.is_set():
                if await self._try(message_id):
                    self.acknowledged.append(message_id)
                    self.progress.set()
                    break
                await asyncio.sleep(0.05 if self._person else 0.25)
        if self._person is not None:
            await self._person.close()

    async def _try(self, message_id: str) -> bool:
        try:
            if self._person is None:
                self._person = Person(self.server, self.token)
                await self._person.connect()
                await self._person.call("hello", v=1, name="Writer")
                await self._enter(self._person)
            fields: dict[str, Any] = {"rid": self.rid, "msgs": [{"id": message_id, "body": "text"}]}
            reply = await self._person.call("send", within=REPLY_WITHIN, **fields)
            return bool(reply["ok"] and reply["msgs"][0]["ok"])
        except (OSError, TimeoutError, WebSocketException):
            if self._person is not None and not self._alive():
                await self._person.close()
                self._person = None
            return False

    async def _enter(self, person: Person) -> None:
        """Make the room, unless another writer was faster."""
        if self.rid != LOBBY:
            made = await person.call("room.create", rid=self.rid, name=f"Load {self.rid}")
            if not made["ok"]:
                await person.call("room.join", rid=self.rid)

    def _alive(self) -> bool:
        assert self._person is not None
        return self._person.socket is not None and self._person.socket.close_code is None


@dataclass(slots=True)
class Load:
    """Several writers at once."""

    writers: list[Writer]
    progress: asyncio.Event
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @classmethod
    def of(cls, server: Server, tokens: list[str], rooms: int = 1) -> "Load":
        """One writer for each token, in the lobby or in so many rooms."""
        ids, progress = itertools.count(), asyncio.Event()
        writers = [
            Writer(server, token, new_id(number % rooms), ids, progress)
            for number, token in enumerate(tokens)
        ]
        return cls(writers, progress)

    @property
    def rooms(self) -> set[str]:
        """Where they write."""
        return {writer.rid for writer in self.writers}

    def start(self) -> None:
        """Set the writers going."""
        self._tasks = [asyncio.create_task(writer.write(self.stop)) for writer in self.writers]

    @property
    def acknowledged(self) -> list[str]:
        """Every id that the server has said to have stored."""
        return [message_id for writer in self.writers for message_id in writer.acknowledged]

    async def reach(self, count: int, within: float = 60.0) -> None:
        """Wait until so many more messages are acknowledged."""
        goal = len(self.acknowledged) + count
        async with asyncio.timeout(within):
            while len(self.acknowledged) < goal:
                self.progress.clear()
                await self.progress.wait()

    async def finish(self) -> None:
        """Stop the writers."""
        self.stop.set()
        await asyncio.gather(*self._tasks)


def table_of(server: Server) -> str:
    """The name of the chat's table."""
    names: list[str] = server.client("dynamodb").list_tables()["TableNames"]
    return next(name for name in names if "chat" in name.lower())


def stored(server: Server, rid: str = LOBBY) -> list[dict[str, Any]]:
    """A room's messages, read by boto3 from the engine itself, in timeline order."""
    client = server.client("dynamodb", endpoint_url=server.urls["dynamodb"])
    pages = client.get_paginator("query").paginate(
        TableName=table_of(server),
        ConsistentRead=True,
        KeyConditionExpression="pk = :room AND begins_with(sk, :message)",
        ExpressionAttributeValues={":room": {"S": f"R#{rid}"}, ":message": {"S": "M#"}},
    )
    return [item for page in pages for item in page["Items"]]


def judge(server: Server, load: Load) -> None:
    """Every acknowledged message is stored exactly once, and ordinals have neither hole nor double."""
    acknowledged, items = load.acknowledged, list[dict[str, Any]]()
    for rid in load.rooms:
        found = stored(server, rid)
        ordinals = sorted(int(item["n"]["N"]) for item in found)
        assert ordinals == list(range(1, len(found) + 1))
        items += found
    times = Counter(item["id"]["S"] for item in items)
    lost = [message_id for message_id in acknowledged if not times[message_id]]
    doubled = [message_id for message_id, count in times.items() if count > 1]
    assert not lost, (
        f"{len(lost)} of {len(acknowledged)} acknowledged messages are lost: {lost[:5]}"
    )
    assert not doubled, f"{len(doubled)} messages are stored twice: {doubled[:5]}"
