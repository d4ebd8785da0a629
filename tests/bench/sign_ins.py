"""200 sign-ins by SRP at once, and what they cost everybody else meanwhile."""

import asyncio
import statistics
import tempfile
import time
import urllib.request
from pathlib import Path

from rich.console import Console

from tests.support.server import Server
from tests.support.sign_ins import accounts, all_at_once


CROWD = 200


async def measure() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "chat")
        try:
            await asyncio.to_thread(server.start)
            Console().print(await crowd(server))
        finally:
            server.close()


async def crowd(server: Server) -> str:
    """One line: the times of the sign-ins, and the longest that a page had to wait."""
    emails = await asyncio.to_thread(accounts, server, 10)
    await all_at_once(server, emails, 10)
    watcher = asyncio.create_task(_longest_wait(server))
    seconds = await all_at_once(server, emails, CROWD)
    watcher.cancel()
    longest = (await asyncio.gather(watcher, return_exceptions=True))[0]
    p95 = statistics.quantiles(seconds, n=20)[-1]
    return (
        f"{CROWD} SRP sign-ins at once: median {statistics.median(seconds):.2f} s, "
        f"p95 {p95:.2f} s; meanwhile config.json took {longest:.0f} ms at most"
    )


async def _longest_wait(server: Server) -> float:
    """Milliseconds of the slowest of many small requests, until it is cancelled."""
    longest = 0.0
    try:
        while True:
            started = time.perf_counter()
            await asyncio.to_thread(_get, f"{server.urls['ui']}/config.json")
            longest = max(longest, (time.perf_counter() - started) * 1000)
            await asyncio.sleep(0.02)
    except asyncio.CancelledError:
        return longest


def _get(url: str) -> None:
    with urllib.request.urlopen(url) as answer:
        answer.read()
