"""Everybody comes back at once, each with a queue of messages that were written offline."""

import asyncio
from collections import defaultdict

import pytest
from websockets.exceptions import WebSocketException

from tests.support.kills import writers
from tests.support.load import stored
from tests.support.people import LOBBY, Person, new_id
from tests.support.server import Server


pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]

CLIENTS = 30
QUEUED = 20

RETRIED = frozenset({"busy", "rate"})
"""The errors that docs/protocol.md tells a client to wait out."""


async def test_thirty_queues_at_once(own_server: Server) -> None:
    """At concurrency 10: all are stored once, each author's in order, none refused for good."""
    await asyncio.to_thread(own_server.start)
    tokens = await asyncio.to_thread(writers, own_server, CLIENTS)
    queues = [
        [new_id(1_000_000 + client * QUEUED + number) for number in range(QUEUED)]
        for client in range(CLIENTS)
    ]
    async with asyncio.timeout(200):
        await asyncio.gather(
            *(
                _deliver(own_server, token, queue)
                for token, queue in zip(tokens, queues, strict=True)
            )
        )
    items = await asyncio.to_thread(stored, own_server)
    assert sorted(int(item["n"]["N"]) for item in items) == list(range(1, CLIENTS * QUEUED + 1))
    by_author = defaultdict(list)
    for item in items:
        by_author[item["uid"]["S"]].append(item["id"]["S"])
    assert sorted(by_author.values()) == sorted(queues)


async def _deliver(server: Server, token: str, queue: list[str]) -> None:
    """Connect and send the queue, again and again until it is acknowledged."""
    while True:
        try:
            async with Person(server, token) as person:
                hello = await person.call("hello", v=1, name="Writer")
                if hello["ok"] and await _acknowledged(person, queue):
                    return
        except (OSError, TimeoutError, WebSocketException):
            await asyncio.sleep(0.2)


async def _acknowledged(person: Person, queue: list[str]) -> bool:
    msgs = [{"id": id_, "body": f"written offline, number {n}"} for n, id_ in enumerate(queue)]
    reply = await person.call("send", rid=LOBBY, msgs=msgs)
    if not reply["ok"]:
        assert reply["e"] in RETRIED, reply
        return False
    refused = [each for each in reply["msgs"] if not each["ok"]]
    assert refused == []
    return True
