"""docs/protocol.md, Guarantees: each held against sequences of actions that nobody thought up.

Three people act on two hosts with skewed clocks, in an order that Hypothesis makes up; one of them
listens with a client as the docs describe it, which loses every third push. Afterwards the room is
read past the product, and compared with what was answered.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aioboto3
import pytest
from chat import ids, items
from chat.attributes import from_wire
from hypothesis import Phase, given, settings, strategies as st

from tests.handlers import engine
from tests.handlers.fakes import START, FakeClock
from tests.handlers.world import Json, Person, World, ulid


pytestmark = pytest.mark.process

PEOPLE = ("ada", "bob", "cy")
LISTENER = "bob"
_numbers = itertools.count()
_session = aioboto3.Session(
    aws_access_key_id="test", aws_secret_access_key="test", region_name="eu-central-1"
)

# What is done, by whom, on which host, to which of the messages so far.
KINDS = [
    *("send", "send", "again", "reply", "edit", "del", "react", "unreact", "pin", "read"),
    *("leave", "join", "remove", "add", "topic", "role"),
]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(KINDS), st.sampled_from(PEOPLE), st.sampled_from([0, 1]), st.integers(0, 5)
    ),
    min_size=5,
    max_size=25,
)


@dataclass
class Client:
    """A client by the rules of docs/protocol.md: cursor, gaps, entries by identity."""

    person: Person
    rid: str
    cursor: str
    heard: int = 0
    here: bool = True
    known: dict[tuple[str, str], Json] = field(default_factory=dict)
    read_n: int = 0

    async def hear(self) -> None:
        """Take in the pushes, but for every third; ask for what is missing."""
        for push in self.person.take():
            if push["t"] == "left":
                self.here = False
            elif push["t"] == "joined":
                self.here = True
            elif push["t"] == "log" and push["rid"] == self.rid:
                self.heard += 1
                assert self.here, "told after the end of the membership"
                if self.heard % 3:
                    await self._log(push)

    async def _log(self, push: Json) -> None:
        last = push["items"][-1]["rev"]
        if push["p"] == self.cursor:
            self._apply(push["items"])
            self.cursor = last
        elif last > self.cursor:
            await self.sync()

    async def sync(self) -> None:
        """Read on until there is no more."""
        more = True
        while more:
            page = await self.person.ask("sync", rid=self.rid, after=self.cursor, limit=3)
            if not page["ok"]:
                assert page["e"] == "denied"
                return
            self._apply(page["items"])
            self.cursor, more = page["cur"], page["more"]

    def _apply(self, entries: list[Json]) -> None:
        revs = [entry["rev"] for entry in entries]
        assert revs == sorted(set(revs)), "a log ascends"
        for entry in entries:
            key = (entry["k"], entry.get("id") or entry.get("uid") or "")
            if key not in self.known or self.known[key]["rev"] < entry["rev"]:
                self.known[key] = entry


@dataclass
class Story:
    """A room, and what became of it so far."""

    world: World
    people: dict[str, Person]
    hosts: list[Any]
    rid: str
    client: Client
    sent: list[tuple[str, str, str]] = field(default_factory=list)
    accepted: dict[str, Json] = field(default_factory=dict)

    async def step(self, kind: str, who: str, host: int, which: int) -> None:
        """One action; whatever is answered, nobody crashes."""
        self.world.clock.ms += 1
        for each in self.hosts:
            each.clock.ms += 1
        if kind in {"edit", "del"} and self.sent and which < 4:
            who = self.sent[which % len(self.sent)][1]  # mostly by the author, who may
        person = self.people[who]
        request = self._request(kind, who, which)
        if request is None:
            return
        action, fields = request
        reply = await person.ask(action, host=self.hosts[host], rid=self.rid, **fields)
        assert reply["ok"] or reply["e"] in {"denied", "notfound", "conflict", "invalid"}, reply
        if action == "send" and reply["ok"]:
            self._remember(who, fields["msgs"], reply["msgs"])
        if action == "read" and reply["ok"] and who == LISTENER:
            assert reply["readN"] >= self.client.read_n, "a marker went back"
            self.client.read_n = reply["readN"]
        if who == LISTENER and action in {"room.leave", "room.join"} and reply["ok"]:
            # Pushes tell one's other devices; this one has the reply.
            self.client.here = action == "room.join"
        await self.client.hear()

    def _request(self, kind: str, who: str, which: int) -> tuple[str, Json] | None:
        other = PEOPLE[which % 3]
        simple: dict[str, tuple[str, Json]] = {
            "read": ("read", {"n": which}),
            "leave": ("room.leave", {}),
            "join": ("room.join", {}),
            "remove": ("member.remove", {"uid": other}),
            "add": ("member.add", {"uids": [other]}),
            "topic": ("room.set", {"topic": f"about {which}"}),
            "role": ("member.role", {"uid": other, "role": ("admin", "member")[which % 2]}),
            "send": ("send", {"msgs": [self._draft(who, n) for n in range(1 + which % 3)]}),
        }
        if kind in simple:
            return None if kind == "leave" and who == "ada" else simple[kind]
        if not self.sent:
            return None
        id_, author, body = self.sent[which % len(self.sent)]
        on_message: dict[str, tuple[str, Json]] = {
            "again": ("send", {"msgs": [{"id": id_, "body": body}]}),
            "reply": ("send", {"msgs": [self._draft(who, 0) | {"th": id_, "ment": [author]}]}),
            "edit": ("edit", {"id": id_, "body": f"edited {which} by {who}"}),
            "del": ("del", {"id": id_}),
            "react": ("react", {"id": id_, "emoji": "👍", "on": True}),
            "unreact": ("react", {"id": id_, "emoji": "👍", "on": False}),
            "pin": ("pin", {"id": id_, "on": bool(which % 2)}),
        }
        return on_message[kind]

    def _draft(self, who: str, number: int) -> Json:
        return {"id": ulid(), "body": f"{who} says {number}"}

    def _remember(self, who: str, drafts: list[Json], answers: list[Json]) -> None:
        for draft, answer in zip(drafts, answers, strict=True):
            assert draft["id"] == answer["id"]
            if not answer["ok"]:
                continue
            if draft["id"] in self.accepted:
                assert answer == self.accepted[draft["id"]], "an id is answered as the first time"
            else:
                self.sent.append((draft["id"], who, draft["body"]))
                self.accepted[draft["id"]] = answer

    async def stored(self) -> list[items.Plain]:
        """The room's partition, read past the product."""
        key = {":pk": {"S": items.room_pk(self.rid)}}
        answer = await self.world.table._client.query(
            TableName=self.world.table._name,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=key,
            ConsistentRead=True,
        )
        return [from_wire(raw) for raw in answer["Items"]]


async def told(world: World) -> Story:
    """Ada's public room with Bob in it, on two hosts whose clocks disagree by four seconds."""
    people = {uid: await world.person(uid) for uid in PEOPLE}
    rid = ulid()
    made = (await people["ada"].ask("room.create", rid=rid, name=f"story {rid}"))["room"]
    assert made["role"] == "owner"
    room = (await people[LISTENER].ask("room.join", rid=rid))["room"]
    for person in people.values():
        person.take()
    hosts = [world.host(FakeClock(START + skew, seed=skew)) for skew in (-2000, 2000)]
    return Story(world, people, hosts, rid, Client(people[LISTENER], rid, room["head"]))


def with_world(address: str, run: Callable[[World], Awaitable[None]]) -> None:
    """Run it on tables of its own."""

    async def main() -> None:
        number = next(_numbers)
        async with _session.client("dynamodb", endpoint_url=address) as client:
            await run(
                World(
                    client,
                    await engine.create_table(client, "ChatTable", f"story-chat-{number}"),
                    await engine.create_table(client, "ConnectionTable", f"story-conn-{number}"),
                )
            )

    asyncio.run(main())


# To make a failing story shorter takes many minutes on a real database.
@settings(max_examples=15, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(STEPS)
@pytest.mark.timeout(240)
def test_the_guarantees_hold(dynamodb: str, steps: list[tuple[str, str, int, int]]) -> None:
    """Ids once, order of commit, no hole in the chain, everything by sync, members only."""

    async def run(world: World) -> None:
        story = await told(world)
        for step in steps:
            await story.step(*step)
        await judge(story)

    with_world(dynamodb, run)


async def judge(story: Story) -> None:
    """Compare the room as it is stored with what was answered and with what the client has."""
    stored = await story.stored()
    messages = [each for each in stored if str(each["sk"]).startswith("M#")]
    by_id = {str(each["id"]): each for each in messages}
    assert len(by_id) == len(messages), "an id is stored once"
    assert by_id.keys() == story.accepted.keys(), "what was accepted is stored, and nothing else"
    for id_, answer in story.accepted.items():
        assert (by_id[id_]["sk"], by_id[id_]["n"]) == ("M#" + answer["pos"], answer["n"])
    ordinals = [each["n"] for each in sorted(messages, key=lambda each: str(each["sk"]))]
    assert ordinals == list(range(1, len(messages) + 1)), "commit order is the timeline's order"
    revs = [str(each["rev"]) for each in stored if "rev" in each]
    assert len(set(revs)) == len(revs)
    (meta,) = [each for each in stored if each["sk"] == "META"]
    assert meta["head"] == max(revs), "the head is the newest entry"
    await _judge_client(story, {str(each["rev"]) for each in stored if "rev" in each})


async def _judge_client(story: Story, revs: set[str]) -> None:
    client = story.client
    member = await story.world.table.get((items.room_pk(story.rid), f"U#{LISTENER}"))
    assert member is not None
    is_member = member["role"] not in items.GONE
    assert client.here == is_member
    if not is_member:
        page = await client.person.ask("hist", rid=story.rid)
        assert page["e"] == "denied"
        return
    await client.sync()
    fresh = Client(client.person, story.rid, "")
    await fresh.sync()
    assert {entry["rev"] for entry in fresh.known.values()} == revs, "the log is complete"
    late = {key: entry for key, entry in fresh.known.items() if key in client.known}
    assert late == client.known, "edits, deletions and reactions came by push or by sync"
    start = {key for key, entry in fresh.known.items() if entry["k"] == "message"}
    assert start <= client.known.keys(), "no message is missing"


@settings(max_examples=10)
@given(st.lists(st.integers(0, 8), min_size=1, max_size=8))
@pytest.mark.timeout(120)
def test_read_markers_only_grow(dynamodb: str, marks: list[int]) -> None:
    """In whatever order devices say it, the marker is the greatest that was said and is there."""

    async def run(world: World) -> None:
        ada, bob = await world.person("ada"), await world.person("bob")
        await ada.send(ids.LOBBY, "1", "2", "3", "4", "5")
        greatest = 0
        for mark in marks:
            greatest = max(greatest, min(mark, 5))
            assert (await bob.ask("read", rid=ids.LOBBY, n=mark))["readN"] == greatest

    with_world(dynamodb, run)
