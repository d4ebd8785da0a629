"""Files through the deployed template: signed by the function, posted and fetched as browsers do."""

import asyncio
import base64
import hashlib
import itertools
from typing import Any

import aiohttp
import pytest

from tests.flow.conftest import Account
from tests.support.people import LOBBY, Person, new_id
from tests.support.server import Server


pytestmark = pytest.mark.process

PLAN = b"\x89PNG the plan"
SMALL = b"tiny"
_ids = (new_id(number) for number in itertools.count(700_000))


async def post(form: dict[str, Any], content: bytes, **headers: str) -> int:
    """Post a file with the fields of its form, from the page's origin if one is named."""
    data = aiohttp.FormData()
    for name, value in form["fields"].items():
        data.add_field(name, value)
    data.add_field("file", content, filename="whatever")
    async with (
        aiohttp.ClientSession() as http,
        http.post(form["url"], data=data, headers=headers) as answer,
    ):
        return answer.status


async def fetch(url: str) -> tuple[int, bytes, dict[str, str]]:
    """What a URL gives."""
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        return answer.status, await answer.read(), dict(answer.headers)


async def announce(person: Person, content: bytes = PLAN, **fields: Any) -> dict[str, Any]:
    """A form for a file."""
    asked = {"name": "Plan ä.png", "size": len(content), "type": "image/png", **fields}
    return await person.call("file.upload", rid=LOBBY, **asked)


async def test_a_file_reaches_the_others(server: Server, ada: Account, bob: Account) -> None:
    """Uploaded by one, seen with the message and downloaded under its name by the other."""
    async with Person(server, ada.token) as first, Person(server, bob.token) as second:
        limits = (await first.call("hello", v=1, name="Ada"))["limits"]
        assert "image/png" in limits["types"]
        await second.call("hello", v=1, name="Bob")
        digest = base64.b64encode(hashlib.sha256(PLAN).digest()).decode()
        thumb = {"size": len(SMALL), "type": "image/webp"}
        reply = await announce(first, sha256=digest, thumb=thumb, w=640, h=480)
        assert await post(reply["form"], PLAN) == 204
        assert await post(reply["thumb"], SMALL) == 204
        message = {"id": next(_ids), "body": "see the plan", "att": [reply["id"]]}
        sent = (await first.call("send", rid=LOBBY, msgs=[message]))["msgs"][0]
        assert sent["ok"], sent
        (file,) = (await second.heard("see the plan"))["att"]
        assert (file["name"], file["size"], file["thumb"]) == ("Plan ä.png", len(PLAN), True)
        opened = await second.call("file.open", rid=LOBBY, ids=[file["id"]])
        status, body, headers = await fetch(opened["urls"][file["id"]])
        assert (status, body, headers["Content-Type"]) == (200, PLAN, "image/png")
        assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''Plan%20%C3%A4.png"
        assert "sandbox" in headers["Content-Security-Policy"]
        opened = await second.call("file.open", rid=LOBBY, ids=[file["id"]], thumb=True)
        assert (await fetch(opened["urls"][file["id"]]))[1] == SMALL
        listed = (await second.call("file.list", rid=LOBBY))["files"]
        assert (listed[0]["uid"], listed[0]["msg"]) == (ada.sub, message["id"])
        found = await second.call("search", rid=LOBBY, q="plan ä.png")
        assert [item["id"] for item in found["items"]] == [message["id"]]


async def test_what_the_form_refuses(server: Server, ada: Account) -> None:
    """Another size, another content, another place: the bucket takes none of it."""
    async with Person(server, ada.token) as person:
        await person.call("hello", v=1, name="Ada")
        digest = base64.b64encode(hashlib.sha256(PLAN).digest()).decode()
        reply = await announce(person, sha256=digest)
        form = reply["form"]
        assert await post(form, PLAN + b"!") == 400
        assert await post(form, PLAN[:-1]) == 400
        assert await post(form, PLAN[::-1]) == 400
        for field, value in (("key", "rooms/x"), ("Content-Type", "text/html")):
            changed = {"url": form["url"], "fields": form["fields"] | {field: value}}
            assert await post(changed, PLAN) == 403
        message = {"id": next(_ids), "body": "too early", "att": [reply["id"]]}
        sent = (await person.call("send", rid=LOBBY, msgs=[message]))["msgs"][0]
        assert (sent["ok"], sent["e"]) == (False, "notfound")
        assert await post(form, PLAN) == 204
        sent = (await person.call("send", rid=LOBBY, msgs=[message]))["msgs"][0]
        assert sent["ok"], sent


async def test_what_was_sent_stays_as_it_was(server: Server, ada: Account) -> None:
    """The form is good for a while yet, but not for the file that others see."""
    async with Person(server, ada.token) as person:
        await person.call("hello", v=1, name="Ada")
        reply = await announce(person)
        assert await post(reply["form"], PLAN) == 204
        message = {"id": next(_ids), "body": "", "att": [reply["id"]]}
        assert (await person.call("send", rid=LOBBY, msgs=[message]))["msgs"][0]["ok"]
        assert await post(reply["form"], PLAN[::-1]) == 204
        opened = await person.call("file.open", rid=LOBBY, ids=[reply["id"]])
        assert (await fetch(opened["urls"][reply["id"]]))[1] == PLAN


async def test_a_deleted_file_is_gone(server: Server, ada: Account) -> None:
    """From the bucket too: a URL that somebody still has leads nowhere."""
    async with Person(server, ada.token) as person:
        await person.call("hello", v=1, name="Ada")
        reply = await announce(person)
        await post(reply["form"], PLAN)
        message = {"id": next(_ids), "body": "", "att": [reply["id"]]}
        assert (await person.call("send", rid=LOBBY, msgs=[message]))["msgs"][0]["ok"]
        opened = await person.call("file.open", rid=LOBBY, ids=[reply["id"]])
        assert (await person.call("del", rid=LOBBY, id=message["id"]))["ok"]
        gone = await person.call("file.open", rid=LOBBY, ids=[reply["id"]])
        assert gone["e"] == "notfound"
        # The object goes after the answer.
        status, body = 200, PLAN
        async with asyncio.timeout(30):
            while status == 200:
                status, body, _ = await fetch(opened["urls"][reply["id"]])
        assert status == 403
        assert PLAN not in body


async def test_who_is_no_member_gets_nothing(server: Server, ada: Account, bob: Account) -> None:
    """Neither a form, nor a URL, nor the list."""
    rid = next(_ids)
    async with Person(server, ada.token) as first, Person(server, bob.token) as second:
        await first.call("hello", v=1, name="Ada")
        await second.call("hello", v=1, name="Bob")
        assert (await first.call("room.create", rid=rid, name="own", kind="private"))["ok"]
        asked: dict[str, Any] = {"name": "a", "size": 1, "type": "image/png"}
        reply = await first.call("file.upload", rid=rid, **asked)
        assert await post(reply["form"], b"x") == 204
        msgs = [{"id": next(_ids), "body": "", "att": [reply["id"]]}]
        assert (await first.call("send", rid=rid, msgs=msgs))["msgs"][0]["ok"]
        for action, fields in (
            ("file.upload", asked),
            ("file.open", {"ids": [reply["id"]]}),
            ("file.list", {}),
        ):
            assert (await second.call(action, rid=rid, **fields))["e"] == "denied"
        lobby = await second.call("file.open", rid=LOBBY, ids=[reply["id"]])
        assert lobby["e"] == "notfound"


async def test_a_page_may_upload(server: Server, ada: Account) -> None:
    """The bucket's CORS rules let in the page that the edge serves, as its policy lets it out."""
    async with Person(server, ada.token) as person, aiohttp.ClientSession() as http:
        await person.call("hello", v=1, name="Ada")
        form = (await announce(person))["form"]
        origin = server.urls["ui"]
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        async with http.options(form["url"], headers=asked) as answer:
            assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert await post(form, PLAN, Origin=origin) == 204
        async with http.get(server.urls["ui"].replace("localhost", "127.0.0.1")) as answer:
            policy = answer.headers["Content-Security-Policy"]
        assert "/".join(form["url"].split("/")[:3]) in policy
