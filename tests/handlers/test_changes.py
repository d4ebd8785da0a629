"""Edits, deletions, reactions, pins, threads, mentions: what becomes of a message."""

import asyncio
from typing import Any

import pytest
from chat import ids

from tests.handlers.scene import Scene, scene_of
from tests.handlers.world import Json, World, ulid


pytestmark = pytest.mark.process


@pytest.fixture
async def scene(world: World) -> Scene:
    """Ada's private room with a message of hers and one of Bob's."""
    return await scene_of(world)


async def test_an_edit_reaches_everybody(scene: Scene) -> None:
    """As an entry of the log that follows the head; place and ordinal stay."""
    ada, bob = scene.people["ada"], scene.people["bob"]
    head = (await scene.log())[-1]["rev"]
    scene.world.clock.ms += 5000
    item = (await ada.ask("edit", **scene.fill({"rid": "{rid}", "id": "{id}", "body": "new"})))[
        "item"
    ]
    (push,) = bob.take()
    assert (push["p"], push["items"]) == (head, [item])
    assert (item["body"], item["n"], item["edited"]) == ("new", 1, ids.decode_time(item["rev"]))
    assert item["at"] < item["edited"]


async def test_a_deletion_leaves_the_place_alone(scene: Scene) -> None:
    """Text, reactions, mentions and pin are gone; nothing can be done to it any more."""
    ada, bob = scene.people["ada"], scene.people["bob"]
    at: Json = {"rid": scene.names["rid"], "id": scene.names["id"]}
    await bob.ask("react", **at, emoji="👍", on=True)
    await bob.ask("pin", **at, on=True)
    item = (await ada.ask("del", **at))["item"]
    assert (item["body"], item["deleted"]) == ("", True)
    assert {"rx", "pinned", "ment", "q"} & item.keys() == set()
    assert (await bob.ask("pins", rid=at["rid"]))["items"] == []
    for action, fields in (("edit", {"body": "x"}), ("react", {"emoji": "x", "on": True})):
        assert (await ada.ask(action, **at, **fields))["e"] == "notfound"
    raw = await scene.world.table.get((f"R#{at['rid']}", f"M#{item['pos']}"))
    assert raw is not None
    assert "one" not in str(raw)


async def test_deleting_what_others_wrote_is_recorded(scene: Scene) -> None:
    """Who, what, whose, where; one's own is nobody's business."""
    ada, root = scene.people["ada"], scene.people["root"]
    rid, id_, bobs = (scene.names[name] for name in ("rid", "id", "bobs"))
    await ada.ask("del", rid=rid, id=id_)
    await ada.ask("del", rid=rid, id=bobs)
    acts = (await root.ask("admin.audit", month="202701"))["acts"]
    deletions = [act for act in acts if act["what"] == "del"]
    assert [(act["uid"], act["whom"], act["rid"]) for act in deletions] == [("ada", "bob", rid)]


async def test_reactions_are_counted_by_person(scene: Scene) -> None:
    """At the same time too; taking one back leaves the others."""
    people = [scene.people[uid] for uid in ("ada", "bob")]
    at: Json = {"rid": scene.names["rid"], "id": scene.names["id"], "emoji": "🎉"}
    await asyncio.gather(*(person.ask("react", **at, on=True) for person in people))
    item = (await people[0].ask("react", **at, on=True))["item"]
    assert {emoji: sorted(uids) for emoji, uids in item["rx"].items()} == {"🎉": ["ada", "bob"]}
    item = (await people[0].ask("react", **at, on=False))["item"]
    assert item["rx"] == {"🎉": ["bob"]}
    item = (await people[1].ask("react", **at, on=False))["item"]
    assert "rx" not in item


async def test_a_message_never_outgrows_its_frame(scene: Scene) -> None:
    """The longest text with all the reactions that it can hold still comes by every way."""
    ada = scene.people["ada"]
    rid = scene.names["rid"]
    (sent,) = await ada.send(rid, "x" * 16384)
    refused = None
    for number in range(2000):
        reply = await ada.ask("react", rid=rid, id=sent["id"], emoji=f"{number:016}", on=True)
        if not reply["ok"]:
            refused = reply["e"]
            break
    assert refused == "toobig"
    assert [item["id"] for item in (await ada.ask("hist", rid=rid, limit=1))["items"]] == [
        sent["id"]
    ]
    assert (await ada.ask("sync", rid=rid, after=sent["rev"]))["items"][-1]["id"] == sent["id"]
    assert max(map(len, scene.world.sockets.posted[ada.connection])) <= 28 * 1024


async def test_a_thread(scene: Scene) -> None:
    """Replies stand in the room's log too; the root counts them; a reply has no thread."""
    ada, bob = scene.people["ada"], scene.people["bob"]
    rid, root = scene.names["rid"], scene.names["id"]
    bob.take()
    replies = [{"id": ulid(), "body": f"reply {number}", "th": root} for number in range(3)]
    await ada.ask("send", rid=rid, msgs=replies)
    (push,) = bob.take()
    assert [item["id"] for item in push["items"]] == [*(each["id"] for each in replies), root]
    assert push["items"][-1]["replies"] == 3
    page = await bob.ask("thread", rid=rid, id=root, limit=2)
    assert page["root"]["id"] == root
    assert [item["body"] for item in page["items"]] == ["reply 1", "reply 2"]
    older = await bob.ask("thread", rid=rid, id=root, before=page["items"][0]["pos"])
    assert ([item["body"] for item in older["items"]], page["more"]) == (["reply 0"], True)
    deeper = [{"id": ulid(), "body": "no", "th": replies[0]["id"]}, {"id": ulid(), "body": "yes"}]
    answers = (await ada.ask("send", rid=rid, msgs=deeper))["msgs"]
    assert [answer.get("e") for answer in answers] == ["invalid", None]


async def test_an_edit_changes_who_is_mentioned(scene: Scene) -> None:
    """Markers only grow; who is no member is no obstacle; without `ment` they stay mentioned."""
    ada, bob = scene.people["ada"], scene.people["bob"]
    rid, id_ = scene.names["rid"], scene.names["id"]

    async def marker() -> int:
        rooms = (await bob.ask("hello"))["rooms"]
        return next(int(room.get("ment", 0)) for room in rooms if room["rid"] == rid)

    async def edit(body: str, **more: Any) -> Any:
        return (await ada.ask("edit", rid=rid, id=id_, body=body, **more))["item"]

    item = await edit("one, @Bob", ment=["bob", "ada", "eve"])
    assert item["ment"] == ["bob", "ada", "eve"]
    assert await marker() == item["n"] == 1
    assert (await edit("one!"))["ment"] == item["ment"]
    assert "ment" not in await edit("one!", ment=[])
    assert await marker() == 1
    later = {"id": ulid(), "body": "hi", "ment": ["bob"]}
    await ada.ask("send", rid=rid, msgs=[later])
    item = await edit("one!", ment=["bob"])
    assert item["ment"] == ["bob"]
    assert await marker() == 3
    assert await edit("one!", ment=["bob"]) == item, "asked again, nothing changes"
    refused = await ada.ask("edit", rid=rid, id=id_, body="one", ment=["x"] * 21)
    assert refused["e"] == "invalid"


async def test_mentions_move_the_marker_of_members(scene: Scene) -> None:
    """The newest mention's ordinal; strangers are no obstacle; a full batch fits its transactions."""
    ada, bob = scene.people["ada"], scene.people["bob"]
    rid = scene.names["rid"]
    strangers = [f"stranger{number}" for number in range(18)]
    drafts = [{"id": ulid(), "body": "hi", "ment": ["bob", "eve", *strangers]} for _ in range(20)]
    answers = (await ada.ask("send", rid=rid, msgs=drafts))["msgs"]
    assert all(answer["ok"] for answer in answers)
    (room,) = [room for room in (await bob.ask("hello"))["rooms"] if room["rid"] == rid]
    assert room["ment"] == answers[-1]["n"] == 22
    assert [item["n"] for item in (await bob.ask("hist", rid=rid))["items"]] == list(range(1, 23))


async def test_a_closed_room_can_be_read_and_cleaned(scene: Scene) -> None:
    """Nothing is added; what was stored before stays accepted when it is sent again."""
    ada, bob = scene.people["ada"], scene.people["bob"]
    rid = scene.names["rid"]
    assert (await ada.ask("room.set", rid=rid, closed=True))["room"]["closed"]
    old, new = {"id": scene.names["bobs"], "body": "two"}, {"id": ulid(), "body": "three"}
    answers = (await bob.ask("send", rid=rid, msgs=[old, new]))["msgs"]
    assert [answer.get("e") for answer in answers] == [None, "readonly"]
    at: Json = {"rid": rid, "id": scene.names["bobs"]}
    assert (await bob.ask("edit", **at, body="x"))["e"] == "readonly"
    assert (await bob.ask("hist", rid=rid))["ok"]
    assert (await bob.ask("del", **at))["ok"]
    await ada.ask("room.set", rid=rid, closed=False)
    assert (await bob.send(rid, "again"))[0]["ok"]


async def test_a_room_s_retention(scene: Scene) -> None:
    """Its own days for what comes from now on; what is past them is shown to nobody."""
    ada = scene.people["ada"]
    rid = scene.names["rid"]
    assert (await ada.ask("room.set", rid=rid, days=2))["ok"]
    (sent,) = await ada.send(rid, "short-lived")
    raw = await scene.world.table.get((f"R#{rid}", f"M#{sent['pos']}"))
    assert raw is not None
    assert raw["exp"] == sent["at"] // 1000 + 2 * 24 * 3600
    scene.world.clock.ms += 3 * 24 * 3600 * 1000
    ada.exp += 3 * 24 * 3600
    bodies = [item["body"] for item in (await ada.ask("hist", rid=rid))["items"]]
    assert bodies == ["one", "two"]
