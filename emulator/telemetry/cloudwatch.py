"""CloudWatch as the rest of the emulator sees it: takes logs and metrics, stores them soon.

    cloudwatch = await CloudWatch.open(data_dir, clock)
    stream = cloudwatch.open_log("/aws/lambda/f", "2024/01/31/[$LATEST]0123…")
    stream.append([(clock.now_ms(), "a line\\n")])
    cloudwatch.put_metric("AWS/ApiGateway", "ConnectCount", 1, dimensions={"ApiId": "…"})
    await cloudwatch.close()

Taking never waits. What is taken is in the file within a fraction of a second.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from emulator.clock import Clock
from emulator.telemetry import log_store, metric_store
from emulator.telemetry.database import Database
from emulator.telemetry.datum import Datum, Metric, Statistics
from emulator.telemetry.ingest import ingest
from emulator.template.model import Function, LogGroup


logger = logging.getLogger(__name__)

FLUSH_AFTER = 0.1
"""Seconds for which what is taken is gathered."""

EXPIRE_EVERY = 60.0
"""Seconds between two looks for what has expired."""

PENDING_LIMIT = 8 * 1024 * 1024
"""Bytes of one stream that may wait to be stored; then its function writes faster than the disk
takes it, and `full` says so."""

T = TypeVar("T")


class LogStream:
    """An open log stream."""

    def __init__(self, cloudwatch: "CloudWatch", group: str, name: str) -> None:
        self.group = group
        self.name = name
        self.pending: list[tuple[int, str]] = []
        self._cloudwatch = cloudwatch
        self._size = 0

    @property
    def full(self) -> bool:
        """Whether so much waits to be stored that output is better left out than kept."""
        return self._size >= PENDING_LIMIT

    def append(self, events: Sequence[tuple[int, str]]) -> None:
        """Add events: the time of each in milliseconds since the epoch, and its message."""
        if events:
            self.pending += events
            self._size += sum(len(message) for _, message in events)
            self._size += len(events) * log_store.EVENT_OVERHEAD
            self._cloudwatch.wake(self)

    def measured(self, function: str, duration_ms: float, *, failed: bool) -> None:
        """An invocation of a function has ended.

        https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
        """
        put, dimensions = self._cloudwatch.put_metric, {"FunctionName": function}
        put("AWS/Lambda", "Invocations", 1, dimensions=dimensions)
        put("AWS/Lambda", "Errors", int(failed), dimensions=dimensions)
        put("AWS/Lambda", "Duration", duration_ms, "Milliseconds", dimensions)

    def close(self) -> None:
        """Nothing more will come. What waits is stored all the same."""

    def take(self) -> list[tuple[int, str]]:
        """What waits to be stored; it is the caller's from now on."""
        taken, self.pending, self._size = self.pending, [], 0
        return taken


class CloudWatch:
    """Log streams and metrics on their way into the database."""

    def __init__(self, database: Database, clock: Clock, store_limit: int) -> None:
        self._database = database
        self._store_limit = store_limit
        self._clock = clock
        self._streams: set[LogStream] = set()
        """Those that have something to store."""
        self._metrics: dict[tuple[Metric, str, int], Statistics] = {}
        self._awake = asyncio.Event()
        self._writing = asyncio.Lock()
        self._expired_at = float("-inf")
        self._told: set[str] = set()
        self._task = asyncio.get_running_loop().create_task(self._work())

    @classmethod
    async def open(
        cls, directory: Path, clock: Clock, store_limit: int = log_store.STORE_LIMIT
    ) -> "CloudWatch":
        """Open the database in `directory`, or make it; logs take up `store_limit` bytes at most.

        Raises `UsageError`.
        """
        database = Database(directory)
        await database.open()
        return cls(database, clock, store_limit)

    async def declare(self, groups: Sequence[LogGroup], functions: Sequence[Function]) -> None:
        """Make the template's log groups; functions are known to people by two names."""
        now = self._clock.now_ms()
        names = {function.logical_id: function.log_group for function in functions}
        names |= {function.name: function.log_group for function in functions}
        await self._database.run(lambda db: log_store.declare(db, groups, names, now))

    def open_log(self, group: str, stream: str) -> LogStream:
        """A stream to add events to; group and stream are made with the first of them."""
        return LogStream(self, group, stream)

    def put_metric(
        self,
        namespace: str,
        name: str,
        value: float,
        unit: str = "Count",
        dimensions: Mapping[str, str] | None = None,
    ) -> None:
        """Add a value to a metric, now. `unit` is one of CloudWatch's."""
        metric = Metric(namespace, name, tuple(sorted((dimensions or {}).items())))
        self.put(Datum(metric, unit, self._clock.now(), Statistics.of(value)))

    def put(self, datum: Datum) -> None:
        """Add values to a metric, at the time that they carry."""
        minute = int(datum.timestamp // metric_store.MINUTE) * metric_store.MINUTE
        key = (datum.metric, datum.unit, minute)
        known = self._metrics.get(key)
        self._metrics[key] = known + datum.values if known else datum.values
        self._awake.set()

    def wake(self, stream: LogStream) -> None:
        """A stream has something to store."""
        self._streams.add(stream)
        self._awake.set()

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do `work` as one transaction; it sees everything that was taken until now."""
        await self._flush()
        return await self._database.run(work)

    async def close(self) -> None:
        """Store what waits, and close the database."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._flush()
        await self._database.close()

    async def _work(self) -> None:
        took = 0.0
        while True:
            await self._awake.wait()
            # In a flood storing must not take more than half of what the event loop could use.
            await asyncio.sleep(max(FLUSH_AFTER, took))
            self._awake.clear()
            started = self._clock.monotonic()
            await self._flush()
            took = self._clock.monotonic() - started

    async def _flush(self) -> None:
        async with self._writing:
            streams, self._streams = self._streams, set()
            taken = [(stream.group, stream.name, stream.take()) for stream in streams]
            metrics, self._metrics = self._metrics, {}
            data = [Datum(metric, unit, at, each) for (metric, unit, at), each in metrics.items()]
            try:
                losers, complete = await asyncio.shield(
                    self._database.run(lambda db: self._store(db, taken, data))
                )
            except sqlite3.Error as error:
                self._tell("", f"Logs cannot be stored: {error}")
                return
        for group in losers:
            self._tell(group, f"{group} fills the log store; its oldest events are dropped")
        if not complete:
            self._tell("metrics", f"Only {metric_store.MAX_METRICS} metrics are kept")

    def _store(
        self,
        db: sqlite3.Connection,
        taken: Sequence[tuple[str, str, list[tuple[int, str]]]],
        data: Sequence[Datum],
    ) -> tuple[set[str], bool]:
        now = self._clock.now()
        complete = metric_store.merge(db, data)
        for group, stream, events in taken:
            complete &= ingest(db, group, stream, events, int(now * 1000))
        if now >= self._expired_at + EXPIRE_EVERY:
            self._expired_at = now
            log_store.expire(db, int(now * 1000))
            metric_store.expire(db, now)
        return log_store.trim(db, self._store_limit), complete

    def _tell(self, subject: str, message: str) -> None:
        """Tell the person at the terminal, once."""
        if subject not in self._told:
            self._told.add(subject)
            logger.warning("%s", message)
