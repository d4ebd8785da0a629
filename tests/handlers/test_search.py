"""`search`."""

import pytest
from chat import ids, search
from hypothesis import given, strategies as st

from tests.handlers.fakes import START
from tests.handlers.world import Json, Person, World


pytestmark = pytest.mark.process
LOBBY = ids.LOBBY


async def bodies(person: Person, **fields: object) -> list[str]:
    """The texts that a search finds, all pages of them, newest first."""
    found: list[str] = []
    page: Json = {"next": None}
    while page["next"] != "":
        before = {"before": page["next"]} if page["next"] else {}
        page = await person.ask("search", **{"rid": LOBBY, **fields, **before})
        found += [item["body"] for item in page["items"]]
    return found


async def test_words_person_and_time(world: World) -> None:
    """All words, in any order and case, marks or none; by one person; within a time."""
    ada, bob = await world.person("ada"), await world.person("bob")
    await ada.send(LOBBY, "Đường dây nóng", "duong khac")
    world.clock.ms += 60_000
    await bob.send(LOBBY, "NÓNG quá", "Straße 5")
    assert await bodies(ada, q="duong NONG") == ["Đường dây nóng"]
    assert await bodies(ada, q="nóng") == ["NÓNG quá", "Đường dây nóng"]
    assert await bodies(ada, q="nong", uid="bob") == ["NÓNG quá"]
    assert await bodies(ada, uid="ada") == ["duong khac", "Đường dây nóng"]
    assert await bodies(ada, q="strasse") == ["Straße 5"]
    assert await bodies(ada, q="nong", until=START + 30_000) == ["Đường dây nóng"]
    assert await bodies(ada, q="nong", since=START + 30_000) == ["NÓNG quá"]
    assert await bodies(ada, q="absent") == []


async def test_it_is_right_after_edits_and_deletions(world: World) -> None:
    """At once."""
    ada = await world.person("ada")
    one, two = await ada.send(LOBBY, "first draft", "second draft")
    await ada.ask("edit", rid=LOBBY, id=one["id"], body="final version")
    await ada.ask("del", rid=LOBBY, id=two["id"])
    assert await bodies(ada, q="draft") == []
    assert await bodies(ada, q="final") == ["final version"]


async def test_pages_join_without_a_gap(world: World) -> None:
    """However much is found, each once, newest first."""
    ada = await world.person("ada")
    texts = [f"needle {number} " + "x" * 600 for number in range(130)]
    for start in range(0, 130, 20):
        await ada.send(LOBBY, *texts[start : start + 20])
    assert await bodies(ada, q="needle") == texts[::-1]


async def test_what_it_costs(world: World) -> None:
    """A message of usual length takes less than 220 bytes of what is read: 100,000 are 22 megabytes.

    A request reads at most 4 of them, 512 read units; all of them take 2,750, and six requests.
    """
    ada = await world.person("ada")
    texts = [
        f"a message of usual length, number {number:03}, as people write" for number in range(200)
    ]
    for start in range(0, 200, 20):
        await ada.send(LOBBY, *texts[start : start + 20])
    answer = await world.table._client.query(
        TableName=world.table._name,
        KeyConditionExpression="pk = :pk",
        FilterExpression="contains(words, :w)",
        ExpressionAttributeValues={":pk": {"S": f"W#{LOBBY}"}, ":w": {"S": "absent"}},
        ReturnConsumedCapacity="TOTAL",
    )
    assert (answer["Count"], answer["ScannedCount"]) == (0, 200)
    # Half a unit for each 4 KB, read eventually.
    assert answer["ConsumedCapacity"]["CapacityUnits"] <= 200 * 220 / 4096 / 2 + 0.5


@given(st.text(max_size=30))
def test_folding_is_stable(text: str) -> None:
    """What was folded folds to itself, so a text is found by its own words."""
    assert search.fold(search.fold(text)) == search.fold(text)
