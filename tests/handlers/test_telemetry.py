"""What the functions say of themselves in their log, and of whom they say nothing."""

import dataclasses
import json
from typing import Any

import pytest
from chat import ids, telemetry, usage
from chat.telemetry import Served

from deploy.data.pseudonyms import Names
from tests.handlers.world import Json, World, ulid


pytestmark = pytest.mark.process
LOBBY = ids.LOBBY
KEY = bytes(range(32))
SECRET = "a text that nobody else may read"


def lines(capsys: pytest.CaptureFixture[str]) -> list[Json]:
    """What was written since last time."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


async def test_a_line_for_each_frame(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Its action, its `r`, its metrics; the first one of an environment was a cold start."""
    ada = await world.person("ada")
    await world.person("bob")
    lines(capsys)
    chat = world.host(world.clock)
    msgs = [{"id": ulid(), "body": SECRET} for _ in range(3)]
    await ada.frame(
        json.dumps({"action": "send", "r": "r-1", "rid": LOBBY, "msgs": msgs}), host=chat
    )
    await ada.frame(json.dumps({"action": "ping", "r": "r-2"}), host=chat)
    first, second = lines(capsys)
    assert (first["action"], first["r"], first["Site"]) == ("send", "r-1", "A")
    assert (first["Messages"], first["Sockets"], first["ColdStarts"]) == (3, 2, 1)
    (directive,) = first["_aws"]["CloudWatchMetrics"]
    named = {each["Name"] for each in directive["Metrics"]}
    assert named >= {"Messages", "Sockets", "ColdStarts"}
    assert named <= first.keys()
    assert (second["action"], second["r"]) == ("ping", "r-2")
    assert "_aws" not in second


async def test_refusals_and_failures(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """A refusal is told from what is our own fault; both are named."""
    ada = await world.person("ada")
    lines(capsys)
    await ada.ask("hist", rid=ulid())
    await ada.frame("nonsense")
    broken: Any = None
    await ada.ask("pins", rid=LOBBY, host=dataclasses.replace(world.chat, table=broken))
    denied, invalid, failed = lines(capsys)
    assert (denied["e"], denied["Refused"], "Failed" in denied) == ("denied", 1, False)
    assert (invalid["e"], invalid["Refused"]) == ("invalid", 1)
    assert (failed["e"], failed["Failed"], "Refused" in failed) == ("failed", 1, False)


async def test_sockets_that_are_not_reached(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """Are counted."""
    ada = await world.person("ada")
    await world.person("bob")
    world.sockets.unreachable = {"bob-1"}
    lines(capsys)
    await ada.send(LOBBY, "x")
    (line,) = lines(capsys)
    assert (line["Sockets"], line["lost"]) == (2, 1)


@pytest.mark.parametrize("r", ["x y", "a\nb", "ä", "x" * 65, "{}"])
def test_what_a_client_puts_into_r(r: str) -> None:
    """Is in the line only if it is a plain word."""
    assert telemetry.line(Served("A", 0, False, r=r))["r"] == ""


async def test_events_of_usage(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Lengths and no text, a pseudonym and no id: the one that an export with this key gives."""
    chat = dataclasses.replace(world.host(world.clock), usage_key=KEY)
    ada = await world.person("ada")
    await ada.ask("user.set", counted=True, host=chat)
    lines(capsys)
    await ada.send(LOBBY, SECRET, host=chat)
    await ada.ask("read", rid=LOBBY, n=1, host=chat)
    await ada.ask("hist", rid=LOBBY, host=chat)
    written = lines(capsys)
    assert SECRET not in json.dumps(written)
    sent, read = [line for line in written if "usage" in line]
    who = Names(KEY).person("ada")
    assert sent == {
        "usage": "sent",
        "who": who,
        "at": world.clock.ms,
        "rid": LOBBY,
        "length": len(SECRET),
        "files": 0,
    }
    assert (read["usage"], read["who"], read["n"]) == ("read", who, 1)
    assert all("ada" not in json.dumps(line) for line in written)


async def test_who_does_not_want_to_be_counted(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """Is not, from that moment on, on any device; and nobody is without a key."""
    chat = dataclasses.replace(world.host(world.clock), usage_key=KEY)
    ada, phone = await world.person("ada"), await world.person("ada", connection="ada-2")
    await ada.ask("user.set", counted=True, host=chat)
    await phone.send(LOBBY, "counted", host=chat)
    assert [line for line in lines(capsys) if "usage" in line]
    await ada.ask("user.set", counted=False, host=chat)
    await phone.send(LOBBY, "not counted", host=chat)
    assert not [line for line in lines(capsys) if "usage" in line]
    await ada.ask("user.set", counted=True)
    await ada.send(LOBBY, "no key")
    assert not [line for line in lines(capsys) if "usage" in line]


def test_pseudonyms_are_those_of_exports() -> None:
    """So that messages and usage can be put together by who has the key."""
    assert usage.pseudonym("ada", KEY) == Names(KEY).person("ada")
    assert usage.pseudonym("ada", KEY) != usage.pseudonym("ada", KEY[::-1])
