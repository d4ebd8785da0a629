"""Two people chat through the deployed template's own functions."""

import itertools

import pytest
from botocore.exceptions import ClientError

from tests.flow.conftest import Account
from tests.support.people import LOBBY, Person, cognito, new_id, site
from tests.support.server import Server


pytestmark = pytest.mark.process

_ids = (new_id(number) for number in itertools.count(10_000))


async def test_a_message_reaches_the_other_member(
    server: Server, ada: Account, bob: Account
) -> None:
    """What one writes the other reads, once, with the writer's uid and the id it was sent with."""
    async with Person(server, ada.token) as first, Person(server, bob.token) as second:
        assert (await first.call("hello", v=1, name="Ada"))["ok"]
        assert (await second.call("hello", v=1, name="Bob"))["ok"]
        message_id = next(_ids)
        reply = await first.say("hello Bob", ids=[message_id])
        assert reply["msgs"][0]["ok"]
        heard = await second.heard("hello Bob")
        assert heard["id"] == message_id
        assert heard["uid"] == ada.sub
        history = await second.call("hist", rid=LOBBY)
        assert [item["id"] for item in history["items"]].count(message_id) == 1


async def test_the_same_id_is_stored_once(server: Server, ada: Account) -> None:
    """A repeated send is answered with what was stored the first time."""
    async with Person(server, ada.token) as person:
        await person.call("hello", v=1, name="Ada")
        message_id = next(_ids)
        once = await person.say("only once", ids=[message_id])
        again = await person.say("only once", ids=[message_id])
        assert again["msgs"][0]["pos"] == once["msgs"][0]["pos"]
        history = await person.call("hist", rid=LOBBY)
        assert [item["id"] for item in history["items"]].count(message_id) == 1


async def test_a_room_can_be_made_found_and_joined(
    server: Server, ada: Account, bob: Account
) -> None:
    """The other person finds the room in the list, joins it, and reads what stands there."""
    rid = next(_ids)
    async with Person(server, ada.token) as first, Person(server, bob.token) as second:
        await first.call("hello", v=1, name="Ada")
        await second.call("hello", v=1, name="Bob")
        assert (await first.call("room.create", rid=rid, name="papers"))["ok"]
        assert (await first.say("read this", rid=rid, ids=[next(_ids)]))["msgs"][0]["ok"]
        assert (await second.call("hist", rid=rid))["e"] == "denied"
        listed = await second.call("room.list")
        assert rid in [room["rid"] for room in listed["rooms"]]
        assert (await second.call("room.join", rid=rid))["ok"]
        history = await second.call("hist", rid=rid)
        assert [item["body"] for item in history["items"]] == ["read this"]
        assert (await second.call("read", rid=rid, n=1))["readN"] == 1


async def test_bad_requests_are_answered_and_the_socket_stays(server: Server, ada: Account) -> None:
    """Whatever is sent, the socket goes on; a request with an `r` always gets a reply."""
    async with Person(server, ada.token) as person:
        assert person.socket is not None
        for text in ("", "[]", "5", "{", '{"action":5}', '{"action":"send"}', "x" * 30_000):
            await person.socket.send(text)
        assert (await person.call("no such thing"))["e"] == "invalid"
        assert (await person.call("send", rid="../..", msgs=[]))["e"] == "invalid"
        too_long = "a" * 17_000  # over 16 KiB, within a frame
        assert "toobig" in str(await person.say(too_long, ids=[next(_ids)]))
        assert (await person.call("ping"))["ok"]


def test_strangers_cannot_sign_up(server: Server) -> None:
    """The PreSignUp function lets in listed domains only, and its words reach the person."""
    with pytest.raises(ClientError, match="not on the lab's list"):
        cognito(server).sign_up(
            ClientId=site(server)["userPoolClientId"],
            Username="eve@elsewhere.example",
            Password="Correct-horse-7",
            UserAttributes=[{"Name": "email", "Value": "eve@elsewhere.example"}],
        )
