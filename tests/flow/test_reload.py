"""Code that changes under a live socket: no message is missing, the server and the socket stay."""

import asyncio
import json
import re
import shutil
from functools import partial
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.fakes import until
from tests.support.server import ROOT, Server


pytestmark = [pytest.mark.process, pytest.mark.timeout(200)]


def _echo(folder: Path) -> Path:
    """A copy of the echo template whose answers tell the version of the code."""
    shutil.copytree(ROOT / "tests" / "fixtures" / "echo", folder)
    _save(folder, 0)
    return folder / "template.yaml"


def _save(folder: Path, version: int) -> None:
    source = (ROOT / "tests" / "fixtures" / "echo" / "code" / "echo.py").read_text()
    changed = re.sub(r'event\["body"\]', f'(event["body"] + " {version}")', source)
    assert changed != source
    (folder / "code" / "echo.py").write_text(changed)


async def _count(socket: ClientConnection, stop: asyncio.Event) -> int:
    """Send a number every 20 ms until told to stop; returns how many."""
    number = 0
    while not stop.is_set():
        await socket.send(json.dumps(number))
        number += 1
        await asyncio.sleep(0.02)
    return number


async def _heard(socket: ClientConnection, answers: list[tuple[int, int]]) -> None:
    async for text in socket:
        number, _, version = str(text).partition(" ")
        answers.append((int(number), int(version)))


def _served(answers: list[tuple[int, int]], version: int) -> bool:
    return any(served == version for _, served in answers[-20:])


@pytest.mark.parametrize("reloads", [5, pytest.param(50, marks=pytest.mark.soak)])
async def test_no_message_is_missing_over_reloads(
    own_server: Server, tmp_path: Path, reloads: int
) -> None:
    """Every number comes back once, and each version of the code comes to serve."""
    own_server.template = await asyncio.to_thread(_echo, tmp_path / "echo")
    await asyncio.to_thread(own_server.start)
    answers: list[tuple[int, int]] = []
    stop = asyncio.Event()
    async with connect(own_server.urls["websocket"]) as socket:
        listening = asyncio.create_task(_heard(socket, answers))
        counting = asyncio.create_task(_count(socket, stop))
        for version in range(1, reloads + 1):
            await asyncio.to_thread(_save, tmp_path / "echo", version)
            await until(partial(_served, answers, version), within=60)
        stop.set()
        sent = await counting
        await until(lambda: len(answers) >= sent, within=60)
        listening.cancel()
    assert sorted(number for number, _ in answers) == list(range(sent))
    assert own_server.children("awslambdaric")
