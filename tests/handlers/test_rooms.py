"""`room.create`, `room.join`, `room.list` and the lobby."""

import asyncio

import pytest
from chat import ids, rooms
from chat.errors import Refused

from tests.handlers.fakes import START, FakeClock
from tests.handlers.world import Json, World, ulid


pytestmark = pytest.mark.process


async def test_a_room_is_made_once(world: World) -> None:
    """The creator owns it; the same request again gives the same room."""
    ada = await world.person("ada")
    rid = ulid()
    made = await ada.ask("room.create", rid=rid, name="  Deep \t papers ")
    assert made["room"] == {
        "rid": rid,
        "name": "Deep papers",
        "kind": "public",
        "role": "owner",
        "head": made["room"]["head"],
        "n": 0,
        "readN": 0,
    }
    again = await ada.ask("room.create", rid=rid, name="Deep papers")
    assert again["room"] == made["room"]
    assert (await ada.send(rid, "first"))[0]["n"] == 1


async def test_names_clash_without_regard_to_case(world: World) -> None:
    """One name, one room; neither the lobby's name nor its rid can be taken."""
    ada, bob = await world.person("ada"), await world.person("bob")
    rid = ulid()
    await ada.ask("room.create", rid=rid, name="Straße")
    for taken in ("STRASSE", " straße", "General"):
        assert (await bob.ask("room.create", rid=ulid(), name=taken))["e"] == "conflict"
    assert (await bob.ask("room.create", rid=rid, name="mine"))["e"] == "conflict"
    assert (await bob.ask("room.create", rid=ids.LOBBY, name="mine"))["e"] == "conflict"
    assert (await bob.ask("room.create", rid=ulid(), name="mine"))["ok"]


async def test_of_two_rooms_with_one_name_one_is_made(world: World) -> None:
    """Even at the same moment."""
    people = [await world.person(f"user{number}") for number in range(4)]
    replies = await asyncio.gather(
        *(person.ask("room.create", rid=ulid(), name="race") for person in people)
    )
    assert sorted(str(reply.get("e")) for reply in replies) == ["None"] + ["conflict"] * 3


@pytest.mark.parametrize("name", ["", " \n", "x" * 65])
async def test_names_have_bounds(world: World, name: str) -> None:
    """1 to 64 characters."""
    ada = await world.person("ada")
    assert (await ada.ask("room.create", rid=ulid(), name=name))["e"] == "invalid"


def test_a_name_that_folds_to_too_many_bytes_is_refused() -> None:
    """U+FDFA folds to 18 letters; a key has its limit."""
    assert rooms.fold("ﷺ" * 10)
    with pytest.raises(Refused):
        rooms.fold("ﷺ" * 64)


async def test_joining_tells_members_and_own_devices(world: World) -> None:
    """Members get the log entry, other devices of the user the room; joining twice is nothing."""
    ada, bob = await world.person("ada"), await world.person("bob")
    phone = await world.person("bob", connection="bob-phone")
    rid = ulid()
    made = (await ada.ask("room.create", rid=rid, name="papers"))["room"]
    await ada.send(rid, "before")
    head = (await ada.ask("sync", rid=rid, after=""))["cur"]
    for person in (ada, bob, phone):
        person.take()
    joined = (await bob.ask("room.join", rid=rid))["room"]
    # What was said before counts as read.
    assert (joined["role"], joined["n"], joined["readN"]) == ("member", 1, 1)
    assert joined["head"] > made["head"]
    (entry,) = ada.take()
    assert (entry["t"], entry["p"]) == ("log", head)
    assert [(item["k"], item["uid"]) for item in entry["items"]] == [("member", "bob")]
    assert [push["t"] for push in bob.take()] == ["log"]
    told = phone.take()
    assert [push["t"] for push in told] == ["joined", "log"]
    assert told[0]["room"] == joined
    again = await bob.ask("room.join", rid=rid)
    assert again["room"] == joined
    assert ada.take() == []
    (sent,) = await bob.send(rid, "hello")
    assert sent["n"] == 2
    # The new member is told at once: the list of members is not remembered too long.
    assert [push["items"][0]["body"] for push in phone.take() if push["t"] == "log"] == ["hello"]


async def test_only_rooms_that_exist_can_be_joined(world: World) -> None:
    """Anything else is not found."""
    ada = await world.person("ada")
    assert (await ada.ask("room.join", rid=ulid()))["e"] == "notfound"


async def test_the_list_is_sorted_and_paged(world: World) -> None:
    """By name, in pages that fit a frame; it says which rooms one is in."""
    ada, bob = await world.person("ada"), await world.person("bob")
    names = [f"Room {number:03} " + "ü" * 50 for number in range(120)]
    for name in reversed(names):
        assert (await ada.ask("room.create", rid=ulid(), name=name))["ok"]
    listed: list[Json] = []
    fields: Json = {}
    while True:
        page = await bob.ask("room.list", **fields)
        listed += page["rooms"]
        if not page.get("more"):
            break
        fields = {"after": page["next"]}
    assert [room["name"] for room in listed] == ["general", *names]
    assert [room["joined"] for room in listed] == [True] + [False] * 120


async def test_everybody_meets_in_the_lobby(world: World) -> None:
    """Many first hellos at once, on hosts with different clocks: one lobby, all in it."""
    hosts = [world.host(FakeClock(START + skew, seed=skew)) for skew in (-500, 0, 500)]
    people = [await world.person(f"user{n}", hello=False) for n in range(6)]
    replies = await asyncio.gather(
        *(person.ask("hello", host=hosts[n % 3], name=f"N{n}") for n, person in enumerate(people))
    )
    assert all(reply["rooms"][0]["rid"] == ids.LOBBY for reply in replies)
    page = await people[0].ask("sync", rid=ids.LOBBY, after="")
    kinds = [item["k"] for item in page["items"]]
    assert kinds == ["room"] + ["member"] * 6
