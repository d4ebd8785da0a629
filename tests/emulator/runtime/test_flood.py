"""A function that floods its log: it is not held up, and neither memory nor disk fill."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from emulator.clock import Clock, Entropy
from emulator.runtime.pool import Pool
from emulator.telemetry import log_store
from emulator.telemetry.cloudwatch import CloudWatch
from emulator.telemetry.database import FILE
from emulator.template.model import Function


MB = 1_000_000
STORE_LIMIT = 20 * MB

SOURCE = """
import logging, os, time

def handler(event, context):
    started = time.monotonic()
    chunk = ("x" * 99 + "\\n").encode() * 10_000
    for _ in range(event["megabytes"]):
        os.write(1, chunk)
    for _ in range(event.get("records", 0)):
        logging.error("x" * 1000)
    return time.monotonic() - started
"""


class Flood:
    """A pool with one function, its logs, and how the event loop fares meanwhile."""

    def __init__(self, folder: Path, cloudwatch: CloudWatch, pool: Pool) -> None:
        self.folder = folder
        self.cloudwatch = cloudwatch
        self.pool = pool
        self.longest_pause = 0.0
        self.most_disk = 0

    async def watch(self) -> None:
        """Look every few milliseconds."""
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.005)
            self.longest_pause = max(self.longest_pause, time.monotonic() - before)
            self.most_disk = max(self.most_disk, self.disk())

    def disk(self) -> int:
        """Bytes of the database with its write-ahead log."""
        files = [path for path in self.folder.iterdir() if path.name.startswith(FILE)]
        return sum(path.stat().st_size for path in files)

    async def messages(self, group: str) -> list[str]:
        """All that is stored of a group."""

        def read(db: object) -> list[str]:
            found = log_store.find_group(db, group)  # type: ignore[arg-type]
            assert found is not None
            return [each.message for each in log_store.events(db, log_store.Query(found))]  # type: ignore[arg-type]

        return await self.cloudwatch.run(read)


@pytest.fixture
async def flood(tmp_path: Path, runtime_packages: Path) -> AsyncIterator[Flood]:
    """Ready to run over."""
    code = tmp_path / "code"
    code.mkdir()
    (code / "module.py").write_text(SOURCE)
    cloudwatch = await CloudWatch.open(tmp_path, Clock(), STORE_LIMIT)
    pool = Pool(Clock(), Entropy(), cloudwatch.open_log, tmp_path / "tmp")
    function = Function(
        *("F", "f", "arn", "module.handler", "python3.13", code), timeout=600, log_group="/f"
    )
    pool.add(function, {"PYTHONPATH": str(runtime_packages)})
    cloudwatch.open_log("/quiet", "s").append([(1, "kept")])
    yield Flood(tmp_path, cloudwatch, pool)
    await pool.close()
    await cloudwatch.close()


async def run(flood: Flood, event: bytes) -> float:
    """One event; the seconds that writing took the function by its own clock."""
    result = await flood.pool.invoke("f", event)
    assert result.error is None, result.payload
    return float(result.payload)


async def check(flood: Flood, rounds: int, megabytes: int) -> None:
    """Flood, then look at time, memory, disk and what is left to read."""
    await run(flood, b'{"megabytes": 0}')
    memory = psutil.Process().memory_info().rss
    watcher = asyncio.create_task(flood.watch())
    took = [await run(flood, b'{"megabytes": %d}' % megabytes) for _ in range(rounds)]
    most_memory = psutil.Process().memory_info().rss
    watcher.cancel()
    messages = await flood.messages("/f")
    assert await flood.messages("/quiet") == ["kept"]
    assert [message for message in messages if message.startswith("REPORT")]
    dropped = [message for message in messages if message.startswith("LOGS_DROPPED")]
    stored = sum(message.startswith("x") for message in messages)
    assert dropped, f"{stored} stored"
    assert stored * 100 <= STORE_LIMIT
    # A pipe that is read takes a hundred times less; one that waits for the store, more.
    assert max(took) < 10 + megabytes / 25
    assert flood.longest_pause < 3
    assert most_memory - memory < 150 * MB
    # The write-ahead log holds a batch, and is folded in after it.
    assert flood.most_disk < STORE_LIMIT * 1.2 + 40 * MB


@pytest.mark.process
async def test_a_flood_of_output(flood: Flood) -> None:
    """Two hundred megabytes in bursts, on a store that keeps twenty."""
    await check(flood, rounds=4, megabytes=50)


@pytest.mark.process
@pytest.mark.soak
async def test_a_gigabyte_of_output(flood: Flood) -> None:
    """At once; and then ten times a tenth of it, so that the store must drop again and again."""
    await check(flood, rounds=1, megabytes=1000)
    await check(flood, rounds=10, megabytes=100)


@pytest.mark.process
async def test_a_flood_of_records(flood: Flood) -> None:
    """What the runtime client logs is bounded in the same way, and nothing of it is torn."""
    result = await flood.pool.invoke("f", b'{"megabytes": 0, "records": 30000}')
    assert result.error is None
    messages = await flood.messages("/f")
    records = [message for message in messages if message.startswith("[ERROR]")]
    assert all(message.endswith("x" * 1000 + "\n") for message in records)
    assert 0 < len(records) <= 30_000
    assert len(messages) - len(records) >= 3
    assert await flood.messages("/quiet") == ["kept"]
