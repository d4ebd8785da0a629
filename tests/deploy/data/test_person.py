"""`labchat person`: given to one person what is stored of them, and deleted."""

import asyncio
import json
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from deploy.data.forgetting import PLACEHOLDER
from tests.deploy.data.lab import FIRST, PAPERS, Lab, ok, rows, say, talk
from tests.support.kills import writers
from tests.support.load import Load, judge
from tests.support.people import LOBBY, Person, new_id


pytestmark = [pytest.mark.process, pytest.mark.timeout(180)]


@pytest.fixture
def own_lab(empty_lab: Lab) -> Lab:
    """A lab of the test's own, with people in it."""
    talk(empty_lab)
    return empty_lab


@pytest.mark.parametrize("name", ["ada@lab.example", "Ada", "id"])
def test_a_person_gets_what_is_theirs(lab: Lab, tmp_path: Path, name: str) -> None:
    """By address, name or id: messages, reactions, memberships, profile and account; nobody else's."""
    ada = lab.uids["Ada"]
    folder = tmp_path / "ada"
    lab.ok("person", "export", ada if name == "id" else name, str(folder))
    messages = rows(folder, "messages")
    assert {row["person"] for row in messages} == {ada}
    assert len(messages) == 32
    assert {row["person"] for row in rows(folder, "reactions")} == {ada}
    assert {row["person"] for row in rows(folder, "members")} == {ada}
    (profile,) = rows(folder, "people")
    assert (profile["name"], profile["status"]) == ("Ada", "in the lab")
    account = json.loads((folder / "account.json").read_text())
    assert account["email"] == "ada@lab.example"
    everything = b"".join(path.read_bytes() for path in folder.iterdir())
    assert b"see @Ada" not in everything, "that is Bob's"


def test_it_is_asked_for_confirmation(lab: Lab) -> None:
    """Without a yes nothing changes."""
    before = lab.items()
    result = lab("person", "delete", "Ada", input="n\n")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "31 messages in 4 rooms" in " ".join(result.stderr.split())
    assert lab.items() == before


@pytest.mark.parametrize("name", ["Nobody", 'no"body', "nobody@lab.example"])
def test_nobody_of_that_name(lab: Lab, name: str) -> None:
    """The sentence says what to give instead."""
    assert "give a mail address or an id" in lab.refused("person", "delete", name, "--yes")


async def test_a_person_is_gone_when_they_ask_for_it(own_lab: Lab) -> None:
    """What they said is nowhere in the database; what others said stays; clients hear of it."""
    ada, bob = own_lab.uids["Ada"], own_lab.uids["Bob"]
    before = own_lab.items()
    assert b"secret!" in contents(own_lab)
    async with (
        Person(own_lab.server, own_lab.tokens["Ada"]) as hers,
        Person(own_lab.server, own_lab.tokens["Bob"]) as his,
    ):
        await hers.call("hello", v=1, name="Ada")
        hello = await his.call("hello", v=1, name="Bob")
        # A closed room takes no messages; what is deleted is deleted all the same.
        await say(hers, PAPERS, 7000, "secret")
        await ok(hers, "room.set", rid=PAPERS, closed=True)
        (lobby,) = (room for room in hello["rooms"] if room["rid"] == LOBBY)
        result = await asyncio.to_thread(own_lab.ok, "person", "delete", "Ada", "--yes")
        assert result.stdout.strip() == ada
        assert hers.socket is not None
        await asyncio.wait_for(hers.socket.wait_closed(), 20)
        changes = await his.call("sync", rid=LOBBY, after=lobby["head"])
        heard = {item["id"]: item for item in changes["items"] if "id" in item}
        assert heard[new_id(FIRST)]["body"] == ""

    after = own_lab.items()
    stored = json.dumps(list(after.values()))
    assert "secret" not in stored
    assert "for us" not in stored
    assert "plan.png" not in stored
    assert b"secret!" not in contents(own_lab)
    assert "in the lab" not in stored
    assert after["USERS", f"U#{ada}"]["name"] == PLACEHOLDER
    assert [key for key in after if key[0] == f"U#{ada}"] == []
    for (pk, sk), item in after.items():
        if sk.startswith("M#"):
            assert ("deletedAt" in item) == (item["uid"] == ada)
            assert ada not in json.dumps(item.get("rx", {}))
        if sk == f"U#{ada}" and pk.startswith("R#"):
            assert item["role"] == "left"
        if sk.startswith("X#") and ada in sk:
            assert not item["on"]
    kept = {
        key: item["body"]
        for key, item in before.items()
        if item.get("uid") == bob and "body" in item
    }
    assert {key: after[key]["body"] for key in kept} == kept
    assert len(kept) == 3

    with pytest.raises(InvalidStatus, match="401"):
        await Person(own_lab.server, own_lab.tokens["Ada"]).connect()
    assert await asyncio.to_thread(addresses, own_lab) == {"bob@lab.example", "eve@lab.example"}
    await asyncio.to_thread(own_lab.ok, "person", "delete", ada, "--yes")
    again = own_lab.items()
    assert {key for key in again if again[key] != after[key]} <= {("USERS", f"U#{ada}")}


def contents(lab: Lab) -> bytes:
    """All that is uploaded."""
    found = (lab.server.data_dir / "objects").rglob("*")
    return b"".join(path.read_bytes() for path in found if path.is_file())


def addresses(lab: Lab) -> set[str]:
    """Of everybody who has an account."""
    client = lab.server.client("cognito-idp")
    (pool,) = client.list_user_pools(MaxResults=10)["UserPools"]
    return {
        each["Value"]
        for user in client.list_users(UserPoolId=pool["Id"])["Users"]
        for each in user["Attributes"]
        if each["Name"] == "email"
    }


async def test_people_go_on_writing_meanwhile(empty_lab: Lab) -> None:
    """None of their messages is lost, doubled or out of order; all of the other's are gone."""
    server = empty_lab.server
    await asyncio.to_thread(empty_lab.people, "Ada")
    async with Person(server, empty_lab.tokens["Ada"]) as ada:
        await ada.call("hello", v=1, name="Ada")
        for start in range(0, 60, 20):
            ids = [new_id(50_000 + start + number) for number in range(20)]
            assert (await ada.say(*["secret"] * 20, ids=ids))["ok"]
    load = Load.of(server, await asyncio.to_thread(writers, server, 3))
    load.start()
    await load.reach(10)
    await asyncio.to_thread(empty_lab.ok, "person", "delete", "Ada", "--yes")
    await load.reach(10)
    await load.finish()
    await asyncio.to_thread(judge, server, load)
    texts = [item.get("body") for item in empty_lab.items().values()]
    assert "secret" not in texts
    assert texts.count("text") >= len(load.acknowledged)
