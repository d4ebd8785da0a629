"""Damaged and foreign items: reported by key, marked, given to no reader, written over by none."""

import logging
from typing import Any

import pytest
from chat import bans, items, quarantine
from chat.attributes import from_wire
from chat.ids import LOBBY
from chat.shapes import Unsound

from tests.handlers.scene import Scene, scene_of
from tests.handlers.world import Json, World, ulid


SECRET = "do not tell"


async def raw(world: World, table: str) -> list[Json]:
    """All that lies in a table, past all checks."""
    answer = await world.client.scan(TableName=table, ConsistentRead=True)
    return [from_wire(item) for item in answer["Items"]]


async def damage(world: World, table: str, item: Json) -> None:
    """Replace all that an item says, but for its place in the log."""
    key = {name: {"S": item[name]} for name in ("pk", "sk", "rev") if name in item}
    rest: Any = {name: {"N": "1.5"} for name in item if name not in key} | {"x": {"S": SECRET}}
    await world.client.put_item(TableName=table, Item=key | rest)


async def ask_everything(scene: Scene) -> list[Json]:
    """What there is to ask, by a member and by an administrator; gives the replies."""
    ada, root = scene.people["ada"], scene.people["root"]
    rid, id_ = scene.names["rid"], scene.names["id"]
    # The environment remembers nothing that would spare a reading.
    scene.world.chat = scene.world.host(scene.world.clock)
    draft = {"id": ulid(), "body": "new", "th": id_, "ment": ["bob"]}
    file = scene.names["file"]
    asked: list[tuple[str, dict[str, Any]]] = [
        ("hello", {"v": 1, "name": "Ada"}),
        ("ping", {"h": "0"}),
        ("hist", {"rid": rid}),
        ("hist", {"rid": rid, "around": id_}),
        ("thread", {"rid": rid, "id": id_}),
        ("pins", {"rid": rid}),
        ("search", {"rid": rid, "q": "one"}),
        ("file.list", {"rid": rid}),
        ("file.open", {"rid": rid, "ids": [file]}),
        ("sync", {"rid": rid, "after": ""}),
        ("sync", {"rid": rid, "after": "", "limit": 1}),
        ("member.list", {"rid": rid}),
        ("room.list", {}),
        ("room.join", {"rid": LOBBY}),
        ("room.direct", {"rid": ulid(), "uids": ["bob"]}),
        ("member.add", {"rid": rid, "uids": ["eve"]}),
        ("room.set", {"rid": rid, "topic": "new"}),
        ("room.level", {"rid": rid, "level": "none"}),
        ("read", {"rid": rid, "n": 1}),
        ("send", {"rid": rid, "msgs": [draft]}),
        ("edit", {"rid": rid, "id": id_, "body": "other"}),
        ("react", {"rid": rid, "id": id_, "emoji": "👍", "on": True}),
        ("pin", {"rid": rid, "id": id_, "on": False}),
        ("user.set", {"status": "here"}),
    ]
    replies = [reply for action, fields in asked for reply in await ada.ask_many(action, **fields)]
    replies += await root.ask_many("admin.audit", month="202701")
    replies += await root.ask_many("admin.ban", uid="eve", on=True)
    return replies


async def filled(world: World) -> Scene:
    """The scene with at least one item of every kind."""
    scene = await scene_of(world)
    ada, root = scene.people["ada"], scene.people["root"]
    rid, id_ = scene.names["rid"], scene.names["id"]
    await ada.ask("react", rid=rid, id=id_, emoji="👎", on=True)
    await ada.ask("pin", rid=rid, id=id_, on=True)
    await ada.ask("room.create", rid=ulid(), name="papers")
    file = await ada.upload(rid)
    msgs = [{"id": ulid(), "body": "see", "att": [file]}]
    assert (await ada.ask("send", rid=rid, msgs=msgs))["msgs"][0]["ok"]
    scene.names["file"] = file
    await root.ask("admin.ban", uid="gus", on=True)
    return scene


KINDS = [
    *("META", "ROOM", "U#ada", "U#bob", "U#gus", "M#", "I#", "X#", "P#", "A#", "R#", "N#", "D#"),
    *("BANNED", "AUDIT#", "W#", "USERS"),
]


@pytest.mark.parametrize("kind", KINDS)
async def test_no_damaged_item_crashes_a_reader(
    world: World, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    """All items of a kind at once: every question is answered, and every one of them is named."""
    scene = await filled(world)
    damaged = [
        item
        for item in await raw(world, world.chat_table)
        if item["sk"].startswith(kind) or item["pk"].startswith(kind)
    ]
    assert damaged
    for item in damaged:
        await damage(world, world.chat_table, item)
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        replies = await ask_everything(scene)
    assert [reply for reply in replies if reply.get("e") == "busy"] == []
    assert "failed" not in caplog.text
    assert SECRET not in caplog.text
    reported = [line for line in caplog.messages if line.startswith("quarantined: ")]
    # No reader is given these: a message holds its reactions, and damaged words match no search.
    assert bool(reported) == (kind not in {"X#", "W#"})
    assert len(reported) == len(set(reported)), "each is reported once"
    marks = [item for item in await raw(world, world.chat_table) if item["pk"] == "QUARANTINE"]
    keys = {f"{item['pk']} {item['sk']}" for item in damaged}
    assert {str(mark["sk"]) for mark in marks} <= keys
    assert len(marks) == len(reported)


async def test_a_damaged_message_is_skipped_and_stays(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """The others are read; it is not written over, so it can be mended."""
    ada = await world.person("ada")
    results = await ada.send(LOBBY, "one", "two", "three")
    key = (items.room_pk(LOBBY), items.MESSAGE + results[1]["pos"])
    found = await world.table.get(key)
    assert found is not None
    await world.plant(found | {"body": 7})
    page = await ada.ask("hist", rid=LOBBY)
    assert [item["body"] for item in page["items"]] == ["one", "three"]
    changed = await ada.ask("edit", rid=LOBBY, id=results[1]["id"], body="two, better")
    assert (changed["e"], changed["msg"]) == ("invalid", str(quarantine.Damaged().msg))
    assert f"quarantined: {key[0]} {key[1]}: Expected `str`, got `int` - at `$.body`" in caplog.text
    await world.plant(found)
    page = await ada.ask("hist", rid=LOBBY)
    assert [item["body"] for item in page["items"]] == ["one", "two", "three"]


async def test_a_ban_that_cannot_be_read_lets_nobody_in(world: World) -> None:
    """Taken for absent, it would let in whom it shuts out."""
    ada = await world.person("ada")
    await world.plant({"pk": "SYS", "sk": "BANNED", "v": 1, "site": "A", "uids": "gus"})
    with pytest.raises(quarantine.Damaged):
        await bans.read(world.table)
    reply = await ada.ask("hist", host=world.host(world.clock), rid=LOBBY)
    assert reply["e"] == "invalid"


async def test_a_run_of_damaged_items_does_not_end_a_sync(world: World) -> None:
    """More of them than a page holds, and the client still gets what follows."""
    ada = await world.person("ada")
    results = await ada.send(LOBBY, "a", "b", "c", "d", "e")
    for result in results[:4]:
        key = (items.room_pk(LOBBY), items.MESSAGE + result["pos"])
        found = await world.table.get(key)
        assert found is not None
        await world.plant(found | {"body": 7})
    bodies, after, more = [], "", True
    while more:
        page = await ada.ask("sync", rid=LOBBY, after=after, limit=1)
        bodies += [item["body"] for item in page["items"] if "body" in item]
        after, more = page["cur"], page["more"]
    assert bodies == ["e"]


async def test_damaged_rows_of_sockets_and_presence_stop_nobody(world: World) -> None:
    """They are in the other table, and renewed with the next connection."""
    ada, bob = await world.person("ada"), await world.person("bob")
    for item in await raw(world, world.connections._name):
        if item["sk"] in {bob.connection, "NOW"}:
            await damage(world, world.connections._name, item)
    host = world.host(world.clock)
    assert (await ada.ask("hello", host=host, v=1, name="Ada"))["ok"]
    draft = {"id": ulid(), "body": "hi"}
    assert (await ada.ask("send", host=host, rid=LOBBY, msgs=[draft]))["ok"]


@pytest.mark.parametrize(
    "item",
    [
        {"pk": "R#x", "sk": "META"},
        {"pk": items.room_pk(LOBBY), "sk": "Z#later"},
        {"pk": "SYS", "sk": "BANNED", "v": 1, "site": "A", "uids": [1]},
    ],
)
async def test_nothing_unsound_is_written(world: World, item: Json) -> None:
    """Alone or in a transaction."""
    with pytest.raises(Unsound):
        await world.table.put(item)
    with pytest.raises(Unsound):
        await world.table.update((item["pk"], item["sk"]), {"x": 1})
    assert await raw(world, world.chat_table) == []


async def test_a_reader_does_not_fail_where_it_may_not_mark(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """A function that may only read a table says so and goes on."""
    apart = quarantine.Quarantine(world.client, "no-such-table")
    await apart.add(Unsound(("SYS", "BANNED"), "bad"))
    await apart.add(Unsound(("SYS", "BANNED"), "bad"))
    assert [line.partition(":")[0] for line in caplog.messages] == [
        "quarantined",
        "could not be marked",
    ]
