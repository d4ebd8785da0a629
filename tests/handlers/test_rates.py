"""How much one may ask."""

import json

import pytest
from chat import ids, rates

from tests.handlers.fakes import START
from tests.handlers.world import World, ulid


pytestmark = pytest.mark.process
LOBBY = ids.LOBBY


async def test_a_socket_run_wild_is_stopped(world: World) -> None:
    """After a burst it gets `rate` and when to come again; others are not touched."""
    ada = await world.person("ada")
    bob = await world.person("bob")
    ada.take()
    host = world.host(world.clock)
    object.__setattr__(host, "messages_per_minute", 300)  # 20 requests a second
    for number in range(105):
        await ada.frame(json.dumps({"action": "ping", "r": str(number)}), host=host)
    answers = ada.take()
    assert [answer["ok"] for answer in answers[:100]] == [True] * 100
    assert (answers[-1]["e"], answers[-1]["after"]) == ("rate", 1000)
    assert (await bob.ask("ping", host=host))["ok"]
    world.clock.ms += 1000
    assert (await ada.ask("ping", host=host))["ok"]


async def test_messages_of_a_minute_are_counted_over_all_hosts(world: World) -> None:
    """The sum of a user's messages, whichever host took them; the next minute begins anew."""
    ada, bob = await world.person("ada"), await world.person("bob")
    hosts = [world.host(world.clock), world.host(world.clock)]
    for host in hosts:
        object.__setattr__(host, "messages_per_minute", 60)
    answers = []
    for number in range(8):
        ten = [{"id": ulid(), "body": "a"} for _ in range(10)]
        answers.append(await ada.ask("send", host=hosts[number % 2], rid=LOBBY, msgs=ten))
    refused = [answer for answer in answers if not answer["ok"]]
    assert {answer["e"] for answer in refused} == {"rate"}
    assert refused[0]["after"] == rates.MINUTE - START % rates.MINUTE
    # Each host learns the sum from its own counting, so one batch more than the limit may pass.
    stored = (await ada.ask("hist", rid=LOBBY, limit=100))["items"]
    assert 60 <= len(stored) <= 70
    assert (await bob.send(LOBBY, "x", host=hosts[0]))[0]["ok"]
    assert (await ada.ask("hist", host=hosts[0], rid=LOBBY))["ok"]
    world.clock.ms += rates.MINUTE
    assert (await ada.send(LOBBY, "y", host=hosts[0]))[0]["ok"]
