"""Many kills at random moments while people write, judged by raw reads of the database."""

import asyncio
import random

import pytest

from tests.support.kills import kill_emulator, kill_engine, kill_function, writers
from tests.support.load import Load, judge
from tests.support.server import Server


KILLS, SENDS, WRITERS, ROOMS = 100, 20_000, 8, 4


@pytest.mark.soak
@pytest.mark.process
async def test_a_hundred_kills_in_twenty_thousand_sends_lose_nothing(own_server: Server) -> None:
    """Functions, engine and emulator die in turn; each message counts once, if it was answered."""
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    await asyncio.to_thread(own_server.start)
    load = Load.of(own_server, await asyncio.to_thread(writers, own_server, WRITERS), rooms=ROOMS)
    load.start()
    for _ in range(KILLS):
        await load.reach(chance.randrange(1, 2 * SENDS // KILLS), within=300)
        await chance.choice([kill_function, kill_engine, kill_emulator])(own_server)
    await load.reach(max(100, SENDS - len(load.acknowledged)), within=900)
    await load.finish()
    await asyncio.to_thread(judge, own_server, load)
    assert len(load.acknowledged) >= SENDS, f"seed {seed}"
