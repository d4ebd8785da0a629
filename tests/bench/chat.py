"""The loads that the chat was made for: a lab of thirty, and a hundred people in one room."""

import asyncio
import random
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.processor import Spent
from tests.fakes import until
from tests.support.kills import writers
from tests.support.load import REPLY_WITHIN
from tests.support.people import LOBBY, Person, new_id
from tests.support.server import Server


SECONDS = 25.0
WARM_UP = 5.0
"""Seconds, at the same load, in which execution environments start; they count for nothing."""


@dataclass(frozen=True, slots=True)
class Load:
    """People in one room, and how many messages they write in a second, all together."""

    people: int
    per_second: float


LOADS = {
    "30 people, a message every 4 s each": Load(30, 30 / 4),
    "100 people, 5 messages a second": Load(100, 5),
}


class Heard(list[dict[str, Any]]):
    """Pushes, of which nothing is kept but when each message first came."""

    def __init__(self) -> None:
        super().__init__()
        self.at: dict[str, float] = {}

    def append(self, push: dict[str, Any]) -> None:
        """Take a push."""
        now = time.perf_counter()
        for item in push.get("items", []):
            self.at.setdefault(item.get("id", ""), now)


@dataclass(slots=True)
class Listener:
    """Somebody in the room."""

    person: Person
    heard: Heard


@dataclass(slots=True)
class Taken:
    """Milliseconds, from Send until the acknowledgement and until each of the others had it."""

    acknowledged: list[float] = field(default_factory=list)
    delivered: list[float] = field(default_factory=list)
    messages: int = 0
    repeated: int = 0
    spent: Spent = field(default_factory=lambda: Spent(0, 0, 0))


async def measure() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        await asyncio.to_thread(server.start)
        try:
            most = max(load.people for load in LOADS.values())
            tokens = await asyncio.to_thread(writers, server, most)
            taken = {name: await _taken(server, tokens, load) for name, load in LOADS.items()}
        finally:
            server.close()
    _print(taken)


async def _taken(server: Server, tokens: list[str], load: Load) -> Taken:
    async with AsyncExitStack() as exits:
        listeners = []
        for token in tokens[: load.people]:
            heard = Heard()
            person = await exits.enter_async_context(Person(server, token, pushes=heard))
            await person.call("hello", v=1, name="Bench")
            listeners.append(Listener(person, heard))
        await _write(server, listeners, load.per_second, WARM_UP)
        return await _write(server, listeners, load.per_second, SECONDS)


async def _write(
    server: Server, listeners: list[Listener], per_second: float, seconds: float
) -> Taken:
    """People write when they like, whether the server keeps up or not."""
    before, taken = Spent.by(server), Taken()
    async with asyncio.TaskGroup() as tasks:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            taken.messages += 1
            tasks.create_task(_send(random.choice(listeners), listeners, taken))
            await asyncio.sleep(random.expovariate(per_second))
    taken.spent = Spent.by(server).since(before)
    return taken


async def _send(author: Listener, listeners: list[Listener], taken: Taken) -> None:
    message_id, started = new_id(time.time_ns()), time.perf_counter()
    message = {"id": message_id, "body": "a message of usual length"}
    while not await _acknowledged(author.person, message):
        taken.repeated += 1
    taken.acknowledged.append((time.perf_counter() - started) * 1000)
    others = [each.heard.at for each in listeners if each is not author]
    await until(lambda: all(message_id in at for at in others), within=60)
    taken.delivered += [(at[message_id] - started) * 1000 for at in others]


async def _acknowledged(person: Person, message: dict[str, str]) -> bool:
    try:
        reply = await person.call("send", within=REPLY_WITHIN, rid=LOBBY, msgs=[message])
    except TimeoutError:
        return False
    return bool(reply["ok"])


def _print(taken: dict[str, Taken]) -> None:
    table = Table(title=f"The chat's loads, {SECONDS:.0f} s each, milliseconds")
    table.add_column("")
    for column in ("count", "mean", "p50", "p95", "p99"):
        table.add_column(column, justify="right")
    for load, each in taken.items():
        table.add_row(load)
        table.add_row("  sent again, for want of an answer", f"{each.repeated:,}")
        table.add_row("  until acknowledged", *_percentiles(each.acknowledged))
        table.add_row("  until another had it", *_percentiles(each.delivered))
        for whose in ("server", "functions", "engine"):
            spent = getattr(each.spent, whose)
            name = f"  {whose}: {spent / SECONDS:.0%} of a processor"
            table.add_row(name, f"{each.messages:,}", f"{1000 * spent / each.messages:.0f}")
    Console().print(table)


def _percentiles(milliseconds: list[float]) -> list[str]:
    cuts = statistics.quantiles(milliseconds, n=100)
    figures = [statistics.mean(milliseconds), *(cuts[each - 1] for each in (50, 95, 99))]
    return [f"{len(milliseconds):,}", *(f"{each:.0f}" for each in figures)]
