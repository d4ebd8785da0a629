"""SIGKILL under load: nothing acknowledged is lost, nothing is doubled, nothing is left behind."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable

import psutil
import pytest

from tests.support.load import Load, judge
from tests.support.people import sign_in, sign_up
from tests.support.server import Server


pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

WRITERS = 4


def _tokens(server: Server) -> list[str]:
    tokens = []
    for number in range(WRITERS):
        email = f"writer{number}@lab.example"
        sign_up(server, email, f"Writer {number}")
        tokens.append(sign_in(server, email)["AccessToken"])
    return tokens


async def _kill_function(server: Server) -> None:
    victim = server.children("message.handler")[0]
    victim.kill()


async def _kill_engine(server: Server) -> None:
    os.kill(server.children("dynoxide")[0].pid, signal.SIGKILL)


async def _kill_emulator(server: Server) -> None:
    children = await asyncio.to_thread(server.kill)
    _, alive = await asyncio.to_thread(psutil.wait_procs, children, 10)
    assert not alive, f"these outlived the emulator: {alive}"
    await asyncio.to_thread(server.start)


@pytest.mark.parametrize("kill", [_kill_function, _kill_engine, _kill_emulator])
async def test_a_kill_under_load_loses_nothing(
    own_server: Server, kill: Callable[[Server], Awaitable[None]]
) -> None:
    """Three kills while four people write; the database is then read by boto3 alone."""
    await asyncio.to_thread(own_server.start)
    load = Load.of(own_server, await asyncio.to_thread(_tokens, own_server))
    load.start()
    for _ in range(3):
        await load.reach(30)
        await kill(own_server)
    await load.reach(30)
    await load.finish()
    await asyncio.to_thread(judge, own_server, load.acknowledged)

    # Everything is there after the next start as well.
    assert await asyncio.to_thread(own_server.stop) == 0
    await asyncio.to_thread(own_server.start)
    await asyncio.to_thread(judge, own_server, load.acknowledged)
