"""`hist` and `sync`."""

import pytest
from chat import ids, items

from tests.handlers.world import Json, Person, World, ulid


pytestmark = pytest.mark.process
LOBBY = ids.LOBBY


async def fill(person: Person, count: int) -> list[str]:
    """Send so many messages; gives their texts."""
    bodies = [f"message {number}" for number in range(count)]
    for start in range(0, count, 20):
        assert all(result["ok"] for result in await person.send(LOBBY, *bodies[start : start + 20]))
    return bodies


async def test_hist_goes_back_page_by_page(world: World) -> None:
    """The pages join without a gap, oldest first, and the last says so."""
    ada = await world.person("ada")
    bodies = await fill(ada, 50)
    pages: list[list[Json]] = []
    before: Json = {}
    more = True
    while more:
        page = await ada.ask("hist", rid=LOBBY, limit=20, **before)
        pages.insert(0, page["items"])
        before, more = {"before": page["items"][0]["pos"]}, page["more"]
    assert [len(page) for page in pages] == [10, 20, 20]
    assert [item["body"] for page in pages for item in page] == bodies


async def test_hist_of_exactly_what_there_is(world: World) -> None:
    """A page that ends with the first message says that there is no more."""
    ada = await world.person("ada")
    await fill(ada, 20)
    page = await ada.ask("hist", rid=LOBBY, limit=20)
    assert (len(page["items"]), page["more"]) == (20, False)
    empty = await ada.ask("hist", rid=LOBBY, limit=20, before=page["items"][0]["pos"])
    assert (empty["items"], empty["more"]) == ([], False)


async def test_pages_end_where_the_frame_is_full(world: World) -> None:
    """Fewer than `limit` come, and `more` says so; nothing is lost on the way."""
    ada = await world.person("ada")
    for number in range(6):
        await ada.send(LOBBY, f"{number}" + "x" * 10_000)
    ada.take()
    page = await ada.ask("hist", rid=LOBBY)
    assert ([item["n"] for item in page["items"]], page["more"]) == ([5, 6], True)
    after, seen, more = "", [], True
    while more:
        page = await ada.ask("sync", rid=LOBBY, after=after)
        seen += [item["n"] for item in page["items"] if item["k"] == "message"]
        after, more = page["cur"], page["more"]
    assert seen == [1, 2, 3, 4, 5, 6]


async def test_sync_is_the_log(world: World) -> None:
    """All kinds in the order of commit, from any place, up to the head."""
    ada = await world.person("ada")
    await ada.send(LOBBY, "one")
    await world.person("bob")
    await ada.send(LOBBY, "two")
    page = await ada.ask("sync", rid=LOBBY, after="")
    assert [item["k"] for item in page["items"]] == [
        "room",
        "member",
        "message",
        "member",
        "message",
    ]
    revs = [item["rev"] for item in page["items"]]
    assert revs == sorted(revs)
    assert (page["cur"], page["more"]) == (revs[-1], False)
    room, ada_in, *_ = page["items"]
    assert room == {
        "k": "room",
        "rid": LOBBY,
        "rev": revs[0],
        "name": "general",
        "kind": "public",
        "by": "",
        "since": ids.decode_time(revs[0]),
    }
    assert (ada_in["uid"], ada_in["role"]) == ("ada", "member")
    rest = await ada.ask("sync", rid=LOBBY, after=revs[2], limit=1)
    assert ([item["rev"] for item in rest["items"]], rest["more"]) == ([revs[3]], True)
    done = await ada.ask("sync", rid=LOBBY, after=revs[4])
    assert (done["items"], done["cur"], done["more"]) == ([], revs[4], False)


async def test_sync_reaches_a_head_that_is_no_longer_there(world: World) -> None:
    """Retention may remove the newest message; clients must not ask for it for ever."""
    ada = await world.person("ada")
    await ada.send(LOBBY, "one")
    (last,) = await ada.send(LOBBY, "gone in a year")
    await world.table.delete((items.room_pk(LOBBY), items.MESSAGE + last["pos"]))
    page = await ada.ask("sync", rid=LOBBY, after="")
    assert page["items"][-1]["body"] == "one"
    assert (page["cur"], page["more"]) == (last["rev"], False)


async def test_sync_passes_over_kinds_of_a_later_version(world: World) -> None:
    """After a rollback the log may hold what this version does not know."""
    ada = await world.person("ada")
    (one,) = await ada.send(LOBBY, "one")
    later = ids.rev(ids.decode_time(one["rev"]) + 1, "A")
    item: dict[str, object] = {"pk": items.room_pk(LOBBY), "sk": "Z#what", "rev": later}
    await world.plant(item)
    page = await ada.ask("sync", rid=LOBBY, after=one["rev"], limit=1)
    assert page["items"] == []


async def test_history_is_for_members(world: World) -> None:
    """Neither the timeline nor the log is shown to others."""
    ada, bob = await world.person("ada"), await world.person("bob")
    rid = ulid()
    await ada.ask("room.create", rid=rid, name="papers")
    assert (await bob.ask("hist", rid=rid))["e"] == "denied"
    assert (await bob.ask("sync", rid=rid, after=""))["e"] == "denied"
