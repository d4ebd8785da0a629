"""Everything at once: a lossy network, functions that die, a harsh database; and who judges it."""

import asyncio
import logging
import os
import random
from collections import defaultdict
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from emulator.storage.engine import Engine
from tests.fakes import until
from tests.support import engines
from tests.support.client import Client
from tests.support.harsh import Harsh, Rates
from tests.support.kills import kill_function, writers
from tests.support.load import table_of
from tests.support.lossy import Lossy
from tests.support.people import LOBBY, Person, new_id
from tests.support.server import Server


Item = dict[str, Any]

log = logging.getLogger(__name__)

FAULTS = frozenset(
    {
        *("reply lost", "push lost", "doubled", "late", "cut"),
        *("stale", "TransactionCanceledException", "ProvisionedThroughputExceededException"),
    }
)
"""What must have happened, or nothing is proved."""

FIRST_MESSAGE = 1_000_000
SETTLED_WITHIN = 240.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of it."""

    people: int
    rooms: int
    members: int
    sends: int
    kills: int
    per_second: float = 40.0
    """Messages that are written, whether the server keeps up or not."""


@dataclass(slots=True)
class Crowd:
    """People, private rooms of some of them, and what each has written where.

    The first of a room owns it; the last says nothing and is removed half-way.
    """

    clients: list[Client]
    rooms: dict[str, list[Client]]
    written: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    async def gather(
        cls, server: Server, address: str, plan: Plan, chance: random.Random
    ) -> "Crowd":
        """Sign people up and make their rooms, while nothing does harm."""
        tokens = await asyncio.to_thread(writers, server, plan.people)
        async with AsyncExitStack() as exits:
            people = [await exits.enter_async_context(Person(server, each)) for each in tokens]
            clients = [
                Client(address, person.token, (await person.call("hello", v=1))["uid"])
                for person in people
            ]
            rooms = {}
            for number in range(1, plan.rooms + 1):
                rid, chosen = new_id(number), chance.sample(range(plan.people), plan.members)
                owner, *others = (clients[each] for each in chosen)
                ask, uids = people[chosen[0]].call, [other.uid for other in others]
                made = await ask("room.create", rid=rid, name=f"Room {number}", kind="private")
                added = await ask("member.add", rid=rid, uids=uids)
                assert [made["ok"], added["ok"]] == [True, True]
                rooms[rid] = [owner, *others]
        return cls(clients, rooms)

    async def suffer(self, server: Server, plan: Plan, chance: random.Random) -> None:
        """Write, while functions are killed, until everybody has everything."""
        kills = set(chance.sample(range(plan.sends), plan.kills))
        async with asyncio.TaskGroup() as tasks:
            for client in self.clients:
                client.start(tasks)
            await until(lambda: all(client.ready.is_set() for client in self.clients), within=60)
            removing = []
            for number in range(plan.sends):
                self._write(new_id(FIRST_MESSAGE + number), chance)
                if number == plan.sends // 2:
                    removing = [tasks.create_task(self._remove(rid)) for rid in self.rooms]
                if number in kills:
                    tasks.create_task(kill_function(server))
                await asyncio.sleep(chance.uniform(0, 2 / plan.per_second))
            await asyncio.gather(*removing)
            await self._settled(server)
            for client in self.clients:
                client.stop()

    def _write(self, message_id: str, chance: random.Random) -> None:
        rid = chance.choice([LOBBY, *self.rooms])
        author = chance.choice(self.rooms[rid][:-1] if rid in self.rooms else self.clients)
        author.write(rid, message_id, f"the text of {message_id}")
        self.written[rid, author.uid].append(message_id)

    async def _remove(self, rid: str) -> None:
        owner, *_, last = self.rooms[rid]
        await owner.call("member.remove", rid=rid, uid=last.uid)

    async def _settled(self, server: Server) -> None:
        """Wait until nobody has anything to send and everybody has read to the end."""
        clients = self.clients
        await until(lambda: not any(any(each.outbox.values()) for each in clients), SETTLED_WITHIN)
        found = await asyncio.to_thread(contents, server, [LOBBY, *self.rooms])
        heads = {rid: items["META"]["head"]["S"] for rid, items in found.items()}
        await until(lambda: self._have_read_to(heads), SETTLED_WITHIN)

    def _have_read_to(self, heads: dict[str, str]) -> bool:
        return all(
            client.replica.cursors[rid] == heads[rid]
            for rid, members in self._members()
            for client in members
        )

    def _members(self) -> Iterable[tuple[str, list[Client]]]:
        """By room, who is a member at the end."""
        yield LOBBY, self.clients
        for rid, members in self.rooms.items():
            yield rid, members[:-1]

    def judge(self, server: Server) -> None:
        """The database, read past the product, and what each client has, must be the same."""
        found = contents(server, [LOBBY, *self.rooms])
        for rid, members in self._members():
            messages = [item for sk, item in found[rid].items() if sk.startswith("M#")]
            assert [int(item["n"]["N"]) for item in messages] == list(range(1, len(messages) + 1))
            for author in self.clients:
                theirs = [item for item in messages if item["uid"]["S"] == author.uid]
                assert _ids(theirs) == self.written[rid, author.uid], f"of {author.uid} in {rid}"
            for client in members:
                assert client.replica.timeline(rid) == _ids(messages), f"{client.uid} in {rid}"
        for rid, members in self.rooms.items():
            self._judge_removal(rid, members[-1], found[rid])
            for client in self.clients:
                assert client in members or rid not in client.replica.messages
        assert not any(client.replica.contradictions for client in self.clients)

    def _judge_removal(self, rid: str, removed: Client, items: dict[str, Item]) -> None:
        """Who was removed from a room has nothing of it from then on."""
        member = items[f"U#{removed.uid}"]
        assert member["role"]["S"] == "left"
        later = [
            item
            for sk, item in items.items()
            if sk.startswith("M#") and item["rev"]["S"] > member["rev"]["S"]
        ]
        assert later, "nothing was written after the removal"
        assert not set(_ids(later)) & set(removed.replica.timeline(rid))


def _ids(messages: list[Item]) -> list[str]:
    return [item["id"]["S"] for item in messages]


async def chaos(server: Server, plan: Plan) -> None:
    """Let a crowd suffer on a server that has not been started yet, and judge it.

    With `CHAOS_SEED` in the environment chance is that of an earlier run, as far as the order in
    which things happen is the same.
    """
    seed = int(os.environ.get("CHAOS_SEED", random.randrange(10**6)))
    log.warning("CHAOS_SEED=%d", seed)
    chance = random.Random(seed)
    folder = server.data_dir.parent / "engine"
    engine = Engine(engines.program("embedded", folder), folder)
    await engine.start()
    try:
        harsh = Harsh(engine.url, seed, Rates(stale=0, conflict=0, throttled=0))
        async with harsh.running() as url:
            server.options = ["--dynamodb", url]
            await asyncio.to_thread(server.start)
            lossy = Lossy(server.urls["websocket"], seed)
            async with lossy.running() as address:
                crowd = await Crowd.gather(server, address, plan, chance)
                harsh.rates = Rates()
                await crowd.suffer(server, plan, chance)
            await asyncio.to_thread(crowd.judge, server)
            assert await asyncio.to_thread(server.stop) == 0
    finally:
        await engine.stop()
    met = lossy.met + harsh.met
    log.warning("met: %s", dict(met))
    assert met.keys() >= FAULTS


def contents(server: Server, rids: list[str]) -> dict[str, dict[str, Item]]:
    """All that lies in these rooms, by sort key and in its order, read by boto3 from the engine."""
    table = table_of(server)
    client = server.client("dynamodb", endpoint_url=server.urls["dynamodb"])
    found = {}
    for rid in rids:
        pages = client.get_paginator("query").paginate(
            TableName=table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :room",
            ExpressionAttributeValues={":room": {"S": f"R#{rid}"}},
        )
        found[rid] = {item["sk"]["S"]: item for page in pages for item in page["Items"]}
    return found
