"""`file.*`, and messages that carry files. That S3 takes what is signed: tests/flow/test_files.py."""

import dataclasses
import json

import pytest
from chat import files, ids
from chat.bucket import disposition
from chat.context import FileRules
from chat.objects import Content

from tests.handlers.fakes import START
from tests.handlers.world import Json, Person, World, ulid


pytestmark = pytest.mark.process
LOBBY = ids.LOBBY
DAY = 24 * 3600 * 1000


async def send(person: Person, *att: str, id_: str = "", body: str = "") -> Json:
    """Send a message with files; what was answered for it."""
    msgs = [{"id": id_ or ulid(), "body": body, "att": att}]
    reply = await person.ask("send", rid=LOBBY, msgs=msgs)
    result: Json = reply["msgs"][0]
    return result


async def newest(person: Person) -> Json:
    """The newest message of the lobby."""
    item: Json = (await person.ask("hist", rid=LOBBY, limit=1))["items"][0]
    return item


async def test_a_file_s_way(world: World) -> None:
    """Announced, uploaded, sent; members see it with the message and get its URL."""
    ada, bob = await world.person("ada"), await world.person("bob")
    asked: Json = {"name": " plan  1.PNG ", "size": 7, "type": "image/PNG", "w": 640, "h": 480}
    thumb = {"size": 3, "type": "image/webp"}
    digest = "A" * 43 + "="
    reply = await ada.ask("file.upload", rid=LOBBY, **asked, thumb=thumb, sha256=digest)
    id_ = reply["id"]
    key = f"new/{LOBBY}/{id_}"
    assert world.objects.forms == {
        key: Content(7, "image/png", digest),
        f"{key}.thumb": Content(3, "image/webp"),
    }
    assert reply["form"]["fields"] == {"key": key}
    assert reply["thumb"]["fields"] == {"key": f"{key}.thumb"}
    world.objects.arrive()
    ada.take()
    bob.take()
    assert (await send(ada, id_))["ok"]
    file = {
        "id": id_,
        "name": "plan 1.PNG",
        "size": 7,
        "type": "image/png",
        "w": 640,
        "h": 480,
        "thumb": True,
    }
    (push,) = bob.take()
    assert push["items"][0]["att"] == [file]
    assert (await newest(bob))["att"] == [file]
    urls = (await bob.ask("file.open", rid=LOBBY, ids=[id_]))["urls"]
    assert urls == {id_: f"http://objects.test/rooms/{LOBBY}/{id_}?as=plan 1.PNG"}
    urls = (await bob.ask("file.open", rid=LOBBY, ids=[id_], thumb=True))["urls"]
    assert urls == {id_: f"http://objects.test/rooms/{LOBBY}/{id_}.thumb?as=plan 1.PNG"}


async def test_what_has_not_arrived_cannot_be_sent(world: World) -> None:
    """Nor what is missing its thumb; the others of the batch are stored."""
    ada = await world.person("ada")
    for missing in ("", ".thumb"):
        id_ = await ada.upload(LOBBY, thumb={"size": 1, "type": "image/png"})
        world.objects.there.discard(f"new/{LOBBY}/{id_}{missing}")
        msgs = [{"id": ulid(), "body": "a", "att": [id_]}, {"id": ulid(), "body": "b"}]
        refused, stored = (await ada.ask("send", rid=LOBBY, msgs=msgs))["msgs"]
        assert (refused["ok"], refused["e"]) == (False, "notfound")
        assert stored["ok"]


async def test_whose_it_is(world: World) -> None:
    """Somebody else's, another room's, one from yesterday, one that was sent: not to be sent."""
    ada, bob = await world.person("ada"), await world.person("bob")
    mine = await ada.upload(LOBBY)
    assert (await send(bob, mine))["e"] == "notfound"
    rid = ulid()
    await ada.ask("room.create", rid=rid, name="other", kind="private")
    assert (await send(ada, await ada.upload(rid)))["e"] == "notfound"
    assert (await send(ada, mine))["ok"]
    assert (await send(ada, mine))["e"] == "notfound"
    old = await ada.upload(LOBBY)
    world.clock.ms += DAY
    ada.exp += DAY
    assert (await send(ada, old))["e"] == "notfound"


async def test_a_file_goes_with_one_message_of_a_batch(world: World) -> None:
    """Named by two, it is the first one's."""
    ada = await world.person("ada")
    id_ = await ada.upload(LOBBY)
    msgs = [{"id": ulid(), "body": body, "att": [id_, id_]} for body in ("one", "two")]
    first, second = (await ada.ask("send", rid=LOBBY, msgs=msgs))["msgs"]
    assert (first["ok"], second["ok"], second["e"]) == (True, False, "notfound")
    assert [file["id"] for file in (await newest(ada))["att"]] == [id_]


async def test_sent_again_it_is_one_message(world: World) -> None:
    """With what it had, copied once; also after the message was deleted, it stays accepted."""
    ada = await world.person("ada")
    id_, message = await ada.upload(LOBBY), ulid()
    first = await send(ada, id_, id_=message)
    assert await send(ada, id_, id_=message) == first
    assert world.objects.copies == 1
    await ada.ask("del", rid=LOBBY, id=message)
    assert await send(ada, id_, id_=message) == first


async def test_a_deleted_message_takes_its_files_along(world: World) -> None:
    """From the bucket, from the list, from search; nobody gets a URL any more."""
    ada, bob = await world.person("ada"), await world.person("bob")
    id_ = await ada.upload(LOBBY, "secret.txt", thumb={"size": 1, "type": "image/png"})
    message = ulid()
    await send(ada, id_, id_=message)
    world.objects.there -= {key for key in world.objects.there if key.startswith("new/")}
    assert len(world.objects.there) == 2
    item = (await ada.ask("del", rid=LOBBY, id=message))["item"]
    assert "att" not in item
    assert world.objects.there == set()
    assert (await bob.ask("file.open", rid=LOBBY, ids=[id_]))["e"] == "notfound"
    assert (await bob.ask("file.list", rid=LOBBY))["files"] == []
    assert (await bob.ask("search", rid=LOBBY, q="secret"))["items"] == []


async def test_a_store_that_fails_keeps_no_message(world: World) -> None:
    """The message is deleted and its files unreachable, whether or not the store does its part."""
    ada = await world.person("ada")
    id_, message = await ada.upload(LOBBY), ulid()
    await send(ada, id_, id_=message)
    world.objects.broken = True
    assert (await ada.ask("del", rid=LOBBY, id=message))["ok"]
    assert (await ada.ask("file.open", rid=LOBBY, ids=[id_]))["e"] == "notfound"


async def test_found_by_name(world: World) -> None:
    """With the words of the text or without, and after the text was edited."""
    ada = await world.person("ada")
    message = ulid()
    await send(ada, await ada.upload(LOBBY, "Messung.csv"), id_=message, body="from monday")
    for q in ("messung", "monday messung.csv"):
        assert len((await ada.ask("search", rid=LOBBY, q=q))["items"]) == 1
    assert (await ada.ask("edit", rid=LOBBY, id=message, body=""))["ok"]
    found = (await ada.ask("search", rid=LOBBY, q="messung"))["items"]
    assert [(item["body"], item["att"][0]["name"]) for item in found] == [("", "Messung.csv")]


async def test_a_text_may_lack_with_files_only(world: World) -> None:
    """An edit cannot empty a message without files."""
    ada = await world.person("ada")
    (stored,) = await ada.send(LOBBY, "text")
    assert (await ada.ask("edit", rid=LOBBY, id=stored["id"], body=""))["e"] == "invalid"
    assert (await send(ada))["e"] == "invalid"


async def test_the_list_of_a_room(world: World) -> None:
    """Newest first, in pages that join; what was not sent is not in it."""
    ada = await world.person("ada")
    sent = []
    for number in range(7):
        world.clock.ms += 1
        sent.append(await ada.upload(LOBBY, f"{number}.txt"))
        world.clock.ms += 1
        await ada.upload(LOBBY, "unsent.txt")
        await send(ada, sent[-1])
    found: list[str] = []
    page: Json = {"next": None}
    while page["next"] != "":
        before = {"before": page["next"]} if page["next"] else {}
        page = await ada.ask("file.list", rid=LOBBY, limit=3, **before)
        found += [each["file"]["id"] for each in page["files"]]
        assert all(each["uid"] == "ada" and each["msg"] for each in page["files"])
    assert found == sent[::-1]


async def test_a_room_s_retention_is_its_files_too(world: World) -> None:
    """They can be had as long as their message, and no longer."""
    ada = await world.person("ada")
    rid = ulid()
    await ada.ask("room.create", rid=rid, name="short", kind="private")
    await ada.ask("room.set", rid=rid, days=2)
    id_ = await ada.upload(rid)
    msgs = [{"id": ulid(), "body": "", "att": [id_]}]
    assert (await ada.ask("send", rid=rid, msgs=msgs))["msgs"][0]["ok"]
    ada.exp += 10 * DAY
    world.clock.ms = START + 2 * DAY - 1000
    assert (await ada.ask("file.open", rid=rid, ids=[id_]))["ok"]
    world.clock.ms = START + 2 * DAY + 1000
    assert (await ada.ask("file.open", rid=rid, ids=[id_]))["e"] == "notfound"
    assert (await ada.ask("file.list", rid=rid))["files"] == []


async def test_the_biggest_message_fits_a_frame(world: World) -> None:
    """Names of eight files are taken up to their bound, beside the longest text."""
    ada = await world.person("ada")
    att = [await ada.upload(LOBBY, f"{number}" + "x" * 60) for number in range(8)]
    assert (await send(ada, *att, body="\\" * 10_200))["ok"]
    assert len(json.dumps(await newest(ada), separators=(",", ":")).encode()) < 28 * 1024
    att = [await ada.upload(LOBBY, f"{number}" + "🎉" * 100) for number in range(8)]
    assert (await send(ada, *att))["e"] == "toobig"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a.txt", "a.txt"),
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\ada\plan.pdf", "plan.pdf"),
        ("gnp\u202etxt.exe", "gnptxt.exe"),
        ("a\nb\x00.txt", "ab.txt"),
        (" Ảnh  đẹp 🎉.png ", "Ảnh đẹp 🎉.png"),
    ],
)
async def test_names(world: World, name: str, shown: str) -> None:
    """Without folders, and without what shows them as something else."""
    assert files._tidy(name) == shown


def test_the_name_of_a_download() -> None:
    """No name ends the header or begins a parameter of its own."""
    assert disposition('ä"; x=\r\n1.txt') == (
        "attachment; filename*=UTF-8''%C3%A4%22%3B%20x%3D%0D%0A1.txt"
    )


async def test_a_megabyte_counts_as_a_message(world: World) -> None:
    """Who uploads a lot is held back like who writes a lot."""
    rules = FileRules(10 * 1024 * 1024, ("text/plain",))
    chat = dataclasses.replace(world.chat, messages_per_minute=6, files=rules)
    ada = await world.person("ada")
    big = {"rid": LOBBY, "name": "a", "size": 5 * 1024 * 1024, "type": "text/plain"}
    assert (await ada.ask("file.upload", host=chat, **big))["ok"]
    assert (await ada.ask("file.upload", host=chat, **big))["e"] == "rate"
