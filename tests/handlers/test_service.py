"""Frames that are no requests, failures inside, and sockets that are gone."""

import json
import logging

import pytest
from chat import connections, ids, log
from chat.items import Key, Plain
from chat.protocol import codec
from chat.table import Cancelled, Overloaded, Table

from tests.handlers.world import World, ulid


pytestmark = pytest.mark.process
LOBBY = ids.LOBBY


@pytest.mark.parametrize(
    ("frame", "r", "e"),
    [
        ("nonsense", "", "invalid"),
        ("", "", "invalid"),
        ("[]", "", "invalid"),
        ('{"action":"fly","r":"7"}', "7", "invalid"),
        ('{"action":"send","r":"7"}', "7", "invalid"),
        ('{"action":"send","r":"7","rid":"x","msgs":[]}', "7", "invalid"),
        ('{"action":"ping","r":7}', "", "invalid"),
        (json.dumps({"action": "ping", "r": "7" * 65}), "", "invalid"),
        (json.dumps({"action": "read", "r": "7", "rid": LOBBY + "\n", "n": 1}), "7", "invalid"),
        (json.dumps({"action": "read", "r": "7", "rid": LOBBY, "n": -1}), "7", "invalid"),
        (json.dumps({"action": "hist", "r": "7", "rid": LOBBY, "limit": 101}), "7", "invalid"),
        (json.dumps({"action": "sync", "r": "7", "rid": LOBBY, "after": "1"}), "7", "invalid"),
        (json.dumps({"action": "ping", "r": "7", "x": "x" * 28672}), "7", "toobig"),
        (json.dumps({"action": "x" * 28000, "r": "7"}), "7", "invalid"),
        ('{"action":"ping","r":"7","x":' + "[" * 14000 + "]" * 14000 + "}", "", "invalid"),
    ],
)
async def test_bad_requests_are_answered(world: World, frame: str, r: str, e: str) -> None:
    """With the `r` they carry, if it can be found."""
    ada = await world.person("ada")
    await ada.frame(frame)
    (reply,) = ada.take()
    assert (reply["r"], reply["ok"], reply["e"]) == (r, False, e)
    assert 0 < len(reply["msg"]) <= codec.REASON


async def test_unknown_fields_are_ignored(world: World) -> None:
    """A newer client may send more."""
    ada = await world.person("ada")
    assert (await ada.ask("ping", colour="red"))["ok"]


class BrokenTable(Table):
    """A table whose reads and transactions fail as they are told to."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def get(self, key: Key) -> Plain | None:
        raise self._error

    async def get_many(self, keys: object, *, consistent: bool = True) -> dict[Key, Plain]:
        raise self._error


async def test_an_unexpected_failure_is_busy_and_logged(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """With a traceback, but without texts or tokens."""
    ada = await world.person("ada")
    host = world.host(world.clock)
    object.__setattr__(host, "table", BrokenTable(ZeroDivisionError("bang")))
    with caplog.at_level(logging.INFO):
        reply = await ada.ask(
            "send", host=host, rid=LOBBY, msgs=[{"id": ulid(), "body": "a secret"}]
        )
    assert (reply["e"], reply["after"]) == ("busy", 1000)
    assert "Send failed" in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert "secret" not in caplog.text


async def test_an_overloaded_database_is_busy(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """That is expected to happen, and no error."""
    ada = await world.person("ada")
    host = world.host(world.clock)
    object.__setattr__(host, "table", BrokenTable(Overloaded()))
    assert (await ada.ask("hist", host=host, rid=LOBBY))["e"] == "busy"
    assert caplog.text == ""


class RestlessTable(Table):
    """A table whose transactions always meet others."""

    async def transact(self, writes: object) -> None:
        raise Cancelled([])


async def test_attempts_are_bounded(world: World) -> None:
    """A room that does not come to rest is busy, after many attempts."""
    ada = await world.person("ada")
    host = world.host(world.clock)
    table = RestlessTable(world.table._client, world.table._name)
    object.__setattr__(host, "table", table)
    reply = await ada.ask("send", host=host, rid=LOBBY, msgs=[{"id": ulid(), "body": "hi"}])
    assert reply["e"] == "busy"
    assert world.clock.pauses == log.ATTEMPTS


async def test_closed_sockets_are_forgotten(world: World) -> None:
    """A 410 removes the row; others that fail keep theirs and repair the gap later."""
    ada, bob, eve = [await world.person(uid) for uid in ("ada", "bob", "eve")]
    world.clock.ms += connections.OPENING * 1000
    world.sockets.gone.add(bob.connection)
    world.sockets.unreachable.add(eve.connection)
    assert (await ada.send(LOBBY, "hi"))[0]["ok"]
    rows = {row.sk for row in await connections.live(world.chat)}
    assert rows == {ada.connection, eve.connection}


async def test_an_opening_socket_is_not_forgotten(world: World) -> None:
    """A push meets a 410 while `$connect` runs; the socket must get the pushes that follow."""
    ada, bob = await world.person("ada"), await world.person("bob")
    other = await world.person("bob", connection="bob-2", hello=False)
    world.sockets.gone.add(other.connection)
    await ada.send(LOBBY, "too early")
    world.sockets.gone.clear()
    assert (await other.ask("hello"))["ok"]
    await ada.send(LOBBY, "in time")
    assert [push["items"][0]["body"] for push in other.take()] == ["in time"]
    assert len(bob.take()) == 2


class StuckTable(Table):
    """A table that deletes nothing."""

    async def delete(self, key: Key) -> None:
        raise Overloaded


async def test_others_are_told_even_if_a_closed_socket_cannot_be_forgotten(world: World) -> None:
    """Neither the sender's nor a member's row, which cannot be deleted, costs the others a push."""
    ada, bob, eve = [await world.person(uid) for uid in ("ada", "bob", "eve")]
    world.clock.ms += connections.OPENING * 1000
    host = world.host(world.clock)
    stuck = StuckTable(world.connections._client, world.connections._name)
    object.__setattr__(host, "connections", stuck)
    world.sockets.gone |= {ada.connection, bob.connection}
    frame = {"action": "send", "r": "1", "rid": LOBBY, "msgs": [{"id": ulid(), "body": "hi"}]}
    await ada.frame(json.dumps(frame), host=host)
    assert eve.take()[0]["items"][0]["body"] == "hi"


async def test_a_message_is_told_even_if_its_sender_is_gone(world: World) -> None:
    """It is stored, so the others get it."""
    ada, bob = await world.person("ada"), await world.person("bob")
    world.sockets.gone.add(ada.connection)
    frame = {"action": "send", "r": "1", "rid": LOBBY, "msgs": [{"id": ulid(), "body": "last"}]}
    await ada.frame(json.dumps(frame))
    assert bob.take()[0]["items"][0]["body"] == "last"
