"""Members and administrators, presence and typing: who is told what."""

import pytest
from chat import bans, ids, items, presence
from chat.claims import Claims

from tests.handlers.scene import Scene, scene_of
from tests.handlers.world import EXP, World, ulid


pytestmark = pytest.mark.process


@pytest.fixture
async def scene(world: World) -> Scene:
    """Ada's private room with Bob in it."""
    return await scene_of(world)


async def test_who_is_removed_gets_nothing_more(scene: Scene) -> None:
    """Told once that it is over; no push, no page, no return by oneself."""
    ada, bob = scene.people["ada"], scene.people["bob"]
    rid = scene.names["rid"]
    await bob.ask("focus", rid=rid)
    await ada.ask("member.remove", rid=rid, uid="bob")
    assert [push["t"] for push in bob.take()] == ["left"]
    await ada.send(rid, "without Bob")
    await ada.ask_many("typing", rid=rid)
    assert bob.take() == []
    for action in ("hist", "sync", "member.list", "pins"):
        assert (await bob.ask(action, rid=rid, after=""))["e"] in {"denied", "invalid"}
    assert rid not in [room["rid"] for room in (await bob.ask("hello"))["rooms"]]
    assert (await bob.ask("room.join", rid=rid))["e"] == "denied"


async def test_who_is_added_is_told_and_sees_what_was(scene: Scene) -> None:
    """The room as that person sees it, then the log; history counts as read."""
    ada, eve = scene.people["ada"], scene.people["eve"]
    rid = scene.names["rid"]
    assert (await ada.ask("member.add", rid=rid, uids=["eve"]))["ok"]
    joined, log = eve.take()
    assert (joined["t"], joined["room"]["rid"], joined["room"]["readN"]) == ("joined", rid, 2)
    assert log["items"][0]["uid"] == "eve"
    assert len((await eve.ask("hist", rid=rid))["items"]) == 2


async def test_roles(scene: Scene) -> None:
    """An admin governs but cannot touch owners; a room keeps an owner; acts are recorded."""
    ada, bob, root = (scene.people[uid] for uid in ("ada", "bob", "root"))
    rid = scene.names["rid"]
    assert (await ada.ask("room.leave", rid=rid))["e"] == "conflict"
    await ada.ask("member.role", rid=rid, uid="bob", role="admin")
    assert (await bob.ask("room.set", rid=rid, topic="by Bob"))["room"]["topic"] == "by Bob"
    assert (await bob.ask("member.remove", rid=rid, uid="ada"))["e"] == "denied"
    assert (await bob.ask("member.role", rid=rid, uid="bob", role="owner"))["e"] == "denied"
    await ada.ask("member.role", rid=rid, uid="bob", role="owner")
    assert (await ada.ask("room.leave", rid=rid))["ok"]
    assert (await bob.ask("member.list", rid=rid))["members"][0]["uid"] == "bob"
    acts = (await root.ask("admin.audit", month="202701"))["acts"]
    assert [(act["uid"], act["what"]) for act in acts if act["rid"] == rid] == [
        ("ada", "role owner"),
        ("bob", "room.set"),
        ("ada", "role admin"),
        ("ada", "ban"),
    ]


async def test_a_name_is_given_back_when_another_is_taken(scene: Scene) -> None:
    """Of public rooms."""
    eve = scene.people["eve"]
    rid = ulid()
    await eve.ask("room.create", rid=rid, name="first")
    assert (await eve.ask("room.set", rid=rid, name="general"))["e"] == "conflict"
    assert (await eve.ask("room.set", rid=rid, name="second"))["room"]["name"] == "second"
    assert (await eve.ask("room.create", rid=ulid(), name="Second"))["e"] == "conflict"
    assert (await eve.ask("room.create", rid=ulid(), name="FIRST"))["ok"]


async def test_people_have_one_direct_room(scene: Scene) -> None:
    """Whoever asks, with whatever rid; nobody else sees it or gets in."""
    ada, bob, eve = (scene.people[uid] for uid in ("ada", "bob", "eve"))
    direct = scene.names["direct"]
    again = await bob.ask("room.direct", rid=ulid(), uids=["ada", "bob"])
    assert (again["room"]["rid"], again["room"]["uids"]) == (direct, ["ada", "bob"])
    other = (await ada.ask("room.direct", rid=ulid(), uids=["bob", "eve"]))["room"]
    assert other["rid"] != direct
    assert [push["t"] for push in eve.take()] == ["joined"]
    assert (await eve.ask("room.join", rid=direct))["e"] == "denied"
    assert direct not in [room["rid"] for room in (await eve.ask("room.list"))["rooms"]]


async def test_a_ban_closes_every_socket_and_every_door(scene: Scene) -> None:
    """At once here, within 30 s on hosts that had looked before; then it can be lifted."""
    root, bob = scene.people["root"], scene.people["bob"]
    world = scene.world
    other = world.host(world.clock)
    assert (await bob.ask("ping", host=other))["ok"]
    assert (await root.ask("admin.ban", uid="bob", on=True))["ok"]
    assert world.sockets.closed == [bob.connection]
    world.sockets.gone.clear()
    assert (await bob.ask("ping"))["e"] == "denied"
    world.clock.ms += bans.REMEMBERED
    assert (await bob.ask("ping", host=other))["e"] == "denied"
    await scene.people["ada"].send(scene.names["rid"], "not for Bob")
    assert bob.take() == []
    assert (await root.ask("admin.ban", uid="bob", on=False))["ok"]
    assert (await bob.ask("ping"))["ok"]


async def test_who_is_shut_out_is_listed(scene: Scene) -> None:
    """In order of uid, page by page, as it is now."""
    root = scene.people["root"]
    for uid in ("gus", "bob", "eve"):
        await root.ask("admin.ban", uid=uid, on=True)
    await root.ask("admin.ban", uid="eve", on=False)
    listed = await root.ask("admin.banned")
    assert (listed["uids"], listed["more"]) == (["bob", "gus"], False)
    assert (await root.ask("admin.banned", after="bob"))["uids"] == ["gus"]


async def test_more_are_shut_out_than_a_frame_holds(world: World) -> None:
    """Pages, each of which fits; none is lost between them."""
    root = await world.person("root", admin=True)
    uids = [f"user-{number:050}" for number in range(900)]
    await world.table.put(items.dump(items.Banned(site="A", uids=uids)))
    first = await root.ask("admin.banned")
    assert first["more"]
    second = await root.ask("admin.banned", after=first["uids"][-1])
    pages = [first, second]
    while pages[-1]["more"]:
        pages.append(await root.ask("admin.banned", after=pages[-1]["uids"][-1]))
    assert [uid for page in pages for uid in page["uids"]] == uids


async def test_an_administrator_is_one_by_the_latest_token(scene: Scene) -> None:
    """A fresh token without the group ends it on the open socket."""
    root = scene.people["root"]
    assert (await root.ask("hello"))["admin"]
    await root.ask("auth", jwt=f"root:{EXP + 60}")
    assert (await root.ask("admin.audit", month="202701"))["e"] == "denied"
    await root.ask("auth", jwt=f"root:{EXP + 60}:admin")
    assert (await root.ask("admin.audit", month="202701"))["ok"]
    assert Claims("root", EXP).admin is False


async def test_typing_is_seen_by_those_who_look(scene: Scene) -> None:
    """Members with the room before them, but not who types."""
    ada, bob = scene.people["ada"], scene.people["bob"]
    rid = scene.names["rid"]
    assert await ada.ask_many("typing", rid=rid) == []
    assert bob.take() == []
    await bob.ask("focus", rid=rid)
    await ada.ask("focus", rid=rid)
    await ada.ask_many("typing", rid=rid)
    assert bob.take() == [{"t": "typ", "rid": rid, "uid": "ada"}]
    assert ada.take() == []
    await bob.ask("focus")
    await ada.ask_many("typing", rid=rid)
    assert bob.take() == []


async def test_presence_is_told_at_most_once_in_a_while(world: World) -> None:
    """All who are online, when that changed; a hundred hellos make one push."""
    people = [await world.person(f"user{number}") for number in range(5)]
    for person in people:
        person.take(presence=True)
    world.clock.ms += presence.PAUSE
    await people[0].ask("ping")
    (push,) = people[4].take(presence=True)
    assert push == {"t": "pres", "uids": sorted(person.uid for person in people)}
    await people[1].ask("ping")
    world.clock.ms += presence.PAUSE
    await people[1].ask("ping", host=world.host(world.clock))
    assert people[4].take(presence=True) == []
    await world.connections.delete(("CONN#0", people[0].connection))
    world.clock.ms += presence.PAUSE
    await people[1].ask("ping")
    assert people[4].take(presence=True)[0]["uids"] == ["user1", "user2", "user3", "user4"]


async def test_who_comes_later_knows_who_is_there(world: World) -> None:
    """A further device is told what everybody was told, at once and though nothing changes by it."""
    people = [await world.person(f"user{number}") for number in range(3)]
    world.clock.ms += presence.PAUSE
    await people[0].ask("ping")
    for person in people:
        person.take(presence=True)
    device = await world.person("user1", connection="user1-phone", hello=False)
    assert (await device.ask("hello"))["online"] == ["user0", "user1", "user2"]
    assert device.take(presence=True) == []


async def test_a_hello_of_many_frames_tells_of_all(world: World) -> None:
    """Those who are online are spread over the frames as rooms and people are."""
    person = await world.person("ada")
    uids = [f"user-{number:050}" for number in range(900)]
    await world.connections.put(items.dump(items.Presence(at=world.clock.now(), uids=uids)))
    parts = await person.ask_many("hello")
    assert [part.get("more", False) for part in parts][-2:] == [True, False]
    assert [uid for part in parts for uid in part["online"]] == uids
    assert {user["uid"] for part in parts for user in part["users"]} == {"ada"}


async def test_a_profile(scene: Scene) -> None:
    """Everybody sees a new name and status; a choice about counting is nobody's business."""
    ada, bob = scene.people["ada"], scene.people["bob"]
    user = (await ada.ask("user.set", name=" Ada  L. ", status="reading"))["user"]
    assert user == {"uid": "ada", "name": "Ada L.", "status": "reading"}
    assert bob.take() == [{"t": "user", "user": user}]
    await ada.ask("user.set", counted=False)
    assert bob.take() == []
    assert user in (await bob.ask("hello"))["users"]


async def test_levels_are_told_to_one_s_own_devices(scene: Scene) -> None:
    """And stand in the room's summary."""
    ada = scene.people["ada"]
    phone = await scene.world.person("ada", connection="ada-phone")
    rid = scene.names["rid"]
    await ada.ask("room.level", rid=rid, level="mentions")
    assert phone.take() == [{"t": "level", "rid": rid, "level": "mentions"}]
    (room,) = [room for room in (await phone.ask("hello"))["rooms"] if room["rid"] == rid]
    assert room["level"] == "mentions"
    assert ids.LOBBY in [room["rid"] for room in (await phone.ask("hello"))["rooms"]]
