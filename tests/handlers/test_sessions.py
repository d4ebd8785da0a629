"""`hello`, `auth`, `ping`, `read`, and sockets whose token has expired."""

import zlib

import pytest
from chat import ids, sessions
from chat.protocol import codec, fields

from tests.handlers.fakes import START
from tests.handlers.world import EXP, World, ulid


pytestmark = pytest.mark.process
LOBBY = ids.LOBBY


async def test_hello_says_who_and_where(world: World) -> None:
    """The first one makes the profile and enters the lobby; everybody is told."""
    ada = await world.person("ada")
    bob = await world.person("bob", hello=False)
    reply = await bob.ask("hello", v=1, name="  Bob \n B.  ")
    assert reply["uid"] == "bob"
    assert reply["ts"] == START
    assert reply["site"] == "A"
    assert reply["limits"] == {
        "body": 16384,
        "frame": 28672,
        "batch": 20,
        "file": 1000,
        "thumb": 65536,
        "files": 8,
        "types": ["image/png", "text/plain"],
    }
    assert [(room["rid"], room["name"], room["role"]) for room in reply["rooms"]] == [
        (LOBBY, "general", "member")
    ]
    assert sorted((user["uid"], user["name"]) for user in reply["users"]) == [
        ("ada", "Ada"),
        ("bob", "Bob B."),
    ]
    assert "more" not in reply
    user, member = ada.take()
    assert user == {"t": "user", "user": {"uid": "bob", "name": "Bob B."}}
    assert member["items"][0]["uid"] == "bob"
    # A later name is not taken over, and nobody is told anything.
    again = await bob.ask("hello", name="Robert")
    assert {"uid": "bob", "name": "Bob B."} in again["users"]
    assert ada.take() == []


async def test_names_are_tidied_and_never_empty(world: World) -> None:
    """At most 80 characters."""
    ada = await world.person("ada", hello=False)
    assert (await ada.ask("hello"))["users"] == [{"uid": "ada", "name": "Member"}]
    bob = await world.person("bob", hello=False)
    users = (await bob.ask("hello", name="b" * 100))["users"]
    assert {"uid": "bob", "name": "b" * 80} in users


async def test_a_long_hello_comes_in_several_replies(world: World) -> None:
    """All but the last say that there is more; none exceeds a frame; nothing is missing."""
    for number in range(400):
        item = {
            "pk": "USERS",
            "sk": f"U#user{number:03}",
            "v": 1,
            "site": "A",
            "name": "ü" * 40,
            "nameAt": "0" * 10 + "A",
            "since": 0,
        }
        await world.table.put(item)
    ada = await world.person("ada", hello=False)
    replies = await ada.ask_many("hello", name="Ada")
    assert len(replies) > 1
    assert [reply.get("more", False) for reply in replies] == [True] * (len(replies) - 1) + [False]
    assert len([user for reply in replies for user in reply["users"]]) == 401
    assert len([room for reply in replies for room in reply["rooms"]]) == 1
    assert all(len(codec.encode(reply)) <= fields.FRAME for reply in replies)


async def test_an_old_page_is_told_to_reload(world: World) -> None:
    """The version is part of hello."""
    ada = await world.person("ada")
    assert (await ada.ask("hello", v=2))["e"] == "version"


async def test_ping_tells_heads_only_to_those_who_missed_something(world: World) -> None:
    """The digest is the CRC-32 of `rid:rev` lines, sorted."""
    ada = await world.person("ada")
    assert (await ada.ask("ping")).keys() == {"r", "ok", "ts"}
    rid = ulid()
    await ada.ask("room.create", rid=rid, name="papers")
    rooms = {room["rid"]: room["head"] for room in (await ada.ask("hello"))["rooms"]}
    assert set(rooms) == {LOBBY, rid}
    lines = "\n".join(f"{rid}:{rooms[rid]}" for rid in sorted(rooms))
    h = str(zlib.crc32(lines.encode()))
    assert "heads" not in await ada.ask("ping", h=h)
    (sent,) = await ada.send(rid, "new")
    assert (await ada.ask("ping", h=h))["heads"] == rooms | {rid: sent["rev"]}


def test_the_digest_of_nothing() -> None:
    """A client without rooms can compute it too."""
    assert sessions.digest({}) == "0"


async def test_read_only_grows(world: World) -> None:
    """Back is ignored, beyond the last message is cut; own devices are told once."""
    ada = await world.person("ada")
    phone = await world.person("ada", connection="ada-phone")
    bob = await world.person("bob")
    await bob.send(LOBBY, "1", "2", "3")
    for person in (ada, phone, bob):
        person.take()
    assert (await ada.ask("read", rid=LOBBY, n=2))["readN"] == 2
    assert (await ada.ask("read", rid=LOBBY, n=1))["readN"] == 2
    assert (await ada.ask("read", rid=LOBBY, n=99))["readN"] == 3
    assert phone.take() == [{"t": "read", "rid": LOBBY, "readN": n} for n in (2, 3)]
    assert ada.take() == bob.take() == []
    (room,) = (await ada.ask("hello"))["rooms"]
    assert (room["n"], room["readN"]) == (3, 3)


async def test_read_is_for_members(world: World) -> None:
    """As everything in a room is."""
    ada, bob = await world.person("ada"), await world.person("bob")
    rid = ulid()
    await ada.ask("room.create", rid=rid, name="papers")
    assert (await bob.ask("read", rid=rid, n=1))["e"] == "denied"
    assert (await bob.ask("read", rid=ulid(), n=1))["e"] == "notfound"


async def test_an_expired_token_stops_everything_but_auth(world: World) -> None:
    """The socket stays open and works again once it has a fresh token of the same user."""
    ada = await world.person("ada")
    world.clock.ms = EXP * 1000
    assert (await ada.ask("ping"))["e"] == "auth"
    assert (await ada.ask("hello"))["e"] == "auth"
    assert (await ada.ask("hist", rid=LOBBY))["e"] == "auth"
    assert (await ada.ask("auth", jwt="nonsense"))["e"] == "auth"
    assert (await ada.ask("auth", jwt=f"bob:{EXP + 3600}"))["e"] == "auth"
    assert (await ada.ask("ping"))["e"] == "auth"
    assert (await ada.ask("auth", jwt=f"ada:{EXP + 3600}"))["exp"] == EXP + 3600
    assert (await ada.ask("ping"))["ok"]
    world.clock.ms += 3600_000
    assert (await ada.ask("ping"))["e"] == "auth"


async def test_a_socket_without_a_token_gets_no_pushes(world: World) -> None:
    """After a grace in which a hidden tab renews it."""
    ada, bob = await world.person("ada"), await world.person("bob")
    bob.exp = EXP + 7200
    world.clock.ms = (EXP + 240) * 1000
    ada.take()
    await bob.send(LOBBY, "in the grace")
    assert len(ada.take()) == 1
    world.clock.ms = (EXP + 301) * 1000
    await bob.send(LOBBY, "after it")
    assert ada.take() == []
