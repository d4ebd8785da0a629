"""Three ways of dying: a function's process, the database engine, the emulator itself."""

import asyncio
import time

import psutil

from tests.support.people import sign_in, sign_up
from tests.support.server import Server


def writers(server: Server, count: int) -> list[str]:
    """Sign people up and in; returns their tokens."""
    tokens = []
    for number in range(count):
        email = f"writer{number}@lab.example"
        sign_up(server, email, f"Writer {number}")
        tokens.append(sign_in(server, email)["AccessToken"])
    return tokens


async def kill_function(server: Server) -> None:
    """SIGKILL for a process that runs the message function."""
    await asyncio.to_thread(_kill_child, server, "message.handler")


async def kill_engine(server: Server) -> None:
    """SIGKILL for the database engine."""
    await asyncio.to_thread(_kill_child, server, "dynamodb")


async def kill_emulator(server: Server) -> None:
    """SIGKILL for the emulator; nothing of it may be left; then a new start."""
    children = await asyncio.to_thread(server.kill)
    deadline = time.monotonic() + 10
    while alive := [child for child in children if _lives(child)]:
        assert time.monotonic() < deadline, f"these outlived the emulator: {alive}"
        await asyncio.sleep(0.02)
    await asyncio.to_thread(server.start)


def _lives(process: psutil.Process) -> bool:
    """What is dead may wait a second for whoever is to take note of it."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _kill_child(server: Server, name: str) -> None:
    """A child may be on its way up again from the kill before."""
    deadline = time.monotonic() + 20
    while not (found := server.children(name)):
        assert time.monotonic() < deadline, f"no process {name} came back"
        time.sleep(0.05)
    found[0].kill()
