"""`send`."""

import asyncio
import random
from collections import Counter

import pytest
from chat import ids, items

from tests.handlers.fakes import START, FakeClock
from tests.handlers.world import Json, Person, World, ulid


pytestmark = pytest.mark.process
LOBBY = ids.LOBBY


async def test_stores_a_batch_in_order(world: World) -> None:
    """A batch gets ascending places and dense ordinals, and is found by sync and hist."""
    ada = await world.person("ada")
    one, two = await ada.send(LOBBY, "one", "two")
    assert one["ok"]
    assert (one["n"], two["n"]) == (1, 2)
    assert one["rev"] < two["rev"]
    assert one["pos"] < two["pos"]
    assert one["at"] == ids.decode_time(one["pos"])
    hist = await ada.ask("hist", rid=LOBBY)
    assert [item["body"] for item in hist["items"]] == ["one", "two"]
    assert hist["items"][0] == {
        "k": "message",
        "rid": LOBBY,
        "rev": one["rev"],
        "id": one["id"],
        "uid": "ada",
        "pos": one["pos"],
        "n": 1,
        "body": "one",
        "at": one["at"],
    }


async def test_acknowledges_first_then_tells_the_members(world: World) -> None:
    """The sender's reply is the first post; every socket of a member gets the push."""
    ada, bob = await world.person("ada"), await world.person("bob")
    phone = await world.person("ada", connection="ada-phone")
    ada.take(), phone.take()
    world.sockets.order.clear()
    before = (await ada.ask("hello"))["rooms"][0]["head"]
    world.sockets.order.clear()
    (sent,) = await ada.send(LOBBY, "hi")
    assert world.sockets.order[0] == ada.connection
    for person in (ada, bob, phone):
        (push,) = person.take()
        assert push["t"] == "log"
        assert push["p"] == before
        assert [item["rev"] for item in push["items"]] == [sent["rev"]]


async def test_an_id_is_stored_once(world: World) -> None:
    """A repeated message is answered with what was stored and told again, so that gaps close."""
    ada, bob = await world.person("ada"), await world.person("bob")
    message = {"id": ulid(), "body": "once"}
    first = await ada.ask("send", rid=LOBBY, msgs=[message])
    bob.take()
    new = {"id": ulid(), "body": "new"}
    again = await ada.ask(
        "send", rid=LOBBY, msgs=[message | {"body": "changed"}, new, new | {"body": "x"}]
    )
    assert again["msgs"][0] == first["msgs"][0]
    assert again["msgs"][1]["n"] == 2
    assert again["msgs"][1] == again["msgs"][2]
    fresh, known = bob.take()
    assert fresh["p"] == first["msgs"][0]["rev"]
    assert [item["body"] for item in fresh["items"]] == ["new"]
    # With p at its own end: dropped by who has it, a gap for who does not.
    assert known["p"] == known["items"][-1]["rev"] == first["msgs"][0]["rev"]
    assert known["items"][0]["body"] == "once"
    only_known = await ada.ask("send", rid=LOBBY, msgs=[message])
    assert only_known["msgs"] == first["msgs"]


async def test_what_is_told_again_never_bridges_what_lies_between(world: World) -> None:
    """Frames of old messages are no chain: a client at the end of one must not skip to the next."""
    ada, bob = await world.person("ada"), await world.person("bob")
    # As many as a request holds; with all their fields they are more than one frame.
    mine = [{"id": ulid(), "body": "x" * 1300} for _ in range(20)]
    for message in mine:
        assert (await ada.ask("send", rid=LOBBY, msgs=[message]))["msgs"][0]["ok"]
        await bob.send(LOBBY, "between")
    bob.take()
    await ada.ask("send", rid=LOBBY, msgs=mine)
    frames = bob.take()
    assert len(frames) > 1
    assert sum(len(frame["items"]) for frame in frames) == len(mine)
    assert [frame["p"] for frame in frames] == [frame["items"][-1]["rev"] for frame in frames]


async def test_an_id_of_somebody_else_is_a_conflict_for_that_message_only(world: World) -> None:
    """The others of the batch are stored."""
    ada, bob = await world.person("ada"), await world.person("bob")
    (taken,) = await ada.send(LOBBY, "mine")
    reply = await bob.ask(
        "send",
        rid=LOBBY,
        msgs=[{"id": taken["id"], "body": "stolen"}, {"id": ulid(), "body": "own"}],
    )
    assert [m.get("e") for m in reply["msgs"]] == ["conflict", None]
    assert reply["msgs"][1]["n"] == 2
    bodies = [item["body"] for item in (await ada.ask("hist", rid=LOBBY))["items"]]
    assert bodies == ["mine", "own"]


async def test_only_members_may_send(world: World) -> None:
    """Membership is part of the transaction; an unknown room is told apart."""
    ada, bob = await world.person("ada"), await world.person("bob")
    rid = ulid()
    assert (await ada.ask("room.create", rid=rid, name="papers"))["ok"]
    reply = await bob.ask("send", rid=rid, msgs=[{"id": ulid(), "body": "hi"}])
    assert reply["e"] == "denied"
    assert (await bob.ask("send", rid=ulid(), msgs=[{"id": ulid(), "body": "hi"}]))[
        "e"
    ] == "notfound"
    assert (await ada.ask("hist", rid=rid))["items"] == []


async def test_texts_out_of_bounds_are_refused_one_by_one(world: World) -> None:
    """Empty, too long, and too long in its JSON form."""
    ada = await world.person("ada")
    bodies = [" \n", "x" * 16385, "x" * 16384]
    assert [m.get("e") for m in await ada.send(LOBBY, bodies[0], "fine")] == ["invalid", None]
    assert [m.get("e") for m in await ada.send(LOBBY, bodies[1])] == ["toobig"]
    assert [m.get("e") for m in await ada.send(LOBBY, bodies[2])] == [None]
    assert [m.get("e") for m in await ada.send(LOBBY, '"' * 10300)] == ["toobig"]
    # The greatest that is accepted can be received by every way there is.
    assert [m.get("e") for m in await ada.send(LOBBY, '"' * 10200)] == [None]
    assert len((await ada.ask("hist", rid=LOBBY, limit=1))["items"]) == 1
    frames = world.sockets.posted[ada.connection]
    assert max(map(len, frames)) <= 28 * 1024


async def test_the_log_is_a_chain_whatever_the_clocks_say(world: World) -> None:
    """8 hosts with skewed clocks, 200 sends of 150 ids: each id once, no gap, revs ascend."""
    ada = await world.person("ada")
    start = (await ada.ask("hello"))["rooms"][0]["head"]
    ada.take()
    drafts = [{"id": ulid(), "body": f"message {number}"} for number in range(150)]
    sends = drafts + random.Random(1).sample(drafts, 50)
    random.Random(2).shuffle(sends)
    hosts = [
        world.host(FakeClock(START + skew, seed=skew))
        for skew in (-3000, -2000, -1000, 0, 1, 1000, 2000, 3000)
    ]
    people = [Person(world, "ada", f"socket-{number}") for number in range(8)]

    async def work(number: int) -> list[Json]:
        results = []
        for draft in sends[number::8]:
            while True:
                reply = await people[number].ask(
                    "send", host=hosts[number], rid=LOBBY, msgs=[draft]
                )
                if reply["ok"]:
                    break
                assert reply["e"] == "busy"
            results += reply["msgs"]
        return results

    answers = [answer for each in await asyncio.gather(*map(work, range(8))) for answer in each]
    assert all(answer["ok"] for answer in answers)
    assert len({(answer["id"], answer["rev"], answer["n"]) for answer in answers}) == 150

    stored = await everything(ada, start)
    assert Counter(item["id"] for item in stored) == Counter(draft["id"] for draft in drafts)
    assert [item["n"] for item in stored] == list(range(1, 151))
    assert [item["pos"] for item in stored] == sorted(item["pos"] for item in stored)
    meta = await world.table.get((items.room_pk(LOBBY), items.META))
    assert meta is not None
    assert (meta["head"], meta["n"]) == (stored[-1]["rev"], 150)
    # The pushes form the same chain, each linked to the one before.
    links = {}
    for push in ada.take():
        if push["t"] == "log" and push["p"] != push["items"][-1]["rev"]:
            links[push["p"]] = push["items"][-1]["rev"]
    head, length = start, 0
    while head in links:
        head, length = links[head], length + 1
    assert (head, length) == (stored[-1]["rev"], 150)


async def everything(person: Person, after: str) -> list[Json]:
    """The log after a rev, page by page."""
    found: list[Json] = []
    more = True
    while more:
        page = await person.ask("sync", rid=LOBBY, after=after, limit=17)
        found += page["items"]
        after, more = page["cur"], page["more"]
    return found
