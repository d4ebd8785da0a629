"""What is taken is stored soon, durably, and within bounds."""

import json
import sqlite3
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from emulator.errors import UsageError
from emulator.telemetry import log_store, metric_store
from emulator.telemetry.cloudwatch import PENDING_LIMIT, CloudWatch
from emulator.telemetry.database import FILE, connect_to_read
from emulator.telemetry.datum import Metric, Statistics
from emulator.template.model import LogGroup
from tests.fakes import START, FakeClock, until


AT = int(START * 1000)
DAY = 86400


@pytest.fixture
def clock() -> FakeClock:
    """Stands still."""
    return FakeClock()


@pytest.fixture
async def cloudwatch(tmp_path: Path, clock: FakeClock) -> AsyncIterator[CloudWatch]:
    """It keeps a megabyte of logs."""
    opened = await CloudWatch.open(tmp_path, clock, store_limit=1024 * 1024)
    yield opened
    await opened.close()


def events_of(db: sqlite3.Connection, group: str) -> list[log_store.Event]:
    """All events of a group; none if there is no such group."""
    found = log_store.find_group(db, group)
    return list(log_store.events(db, log_store.Query(found))) if found else []


async def messages(cloudwatch: CloudWatch, group: str) -> list[str]:
    """All messages of a group, in the order of time."""
    return [event.message for event in await cloudwatch.run(lambda db: events_of(db, group))]


async def test_another_process_sees_an_event_soon(cloudwatch: CloudWatch, tmp_path: Path) -> None:
    """Without anybody asking for it, with its time and the time of storing."""
    cloudwatch.open_log("g", "s").append([(AT - 5, "x\n")])
    db = connect_to_read(tmp_path)
    found: list[log_store.Event] = []

    def seen() -> bool:
        found[:] = events_of(db, "g")
        return bool(found)

    await until(seen)
    db.close()
    assert [(each.stream, each.timestamp, each.ingested, each.message) for each in found] == [
        ("s", AT - 5, AT, "x\n")
    ]
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


async def test_who_asks_sees_everything(cloudwatch: CloudWatch) -> None:
    """Also what waits to be stored; in the order of time, then of coming."""
    one, two = cloudwatch.open_log("g", "one"), cloudwatch.open_log("g", "two")
    one.append([(AT, "b"), (AT, "c")])
    two.append([(AT - 1, "a"), (AT + 1, "e")])
    one.append([(AT, "d")])
    assert await messages(cloudwatch, "g") == [*"abcde"]
    assert await messages(cloudwatch, "other") == []


async def test_closing_stores_what_waits(tmp_path: Path, clock: FakeClock) -> None:
    """And it is there after the next start, as are the metrics."""
    cloudwatch = await CloudWatch.open(tmp_path, clock)
    stream = cloudwatch.open_log("g", "s")
    stream.append([(AT, "kept")])
    stream.close()
    cloudwatch.put_metric("N", "m", 3, dimensions={"b": "2", "a": "1"})
    await cloudwatch.close()
    cloudwatch = await CloudWatch.open(tmp_path, clock)
    assert await messages(cloudwatch, "g") == ["kept"]
    assert await cloudwatch.run(metric_store.list_metrics) == [
        Metric("N", "m", (("a", "1"), ("b", "2")))
    ]
    await cloudwatch.close()


async def test_a_full_disk_costs_the_log_only(
    cloudwatch: CloudWatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Taking goes on, the fault is told once, and later events are stored."""
    stream = cloudwatch.open_log("g", "s")
    stream.append([(AT, "first")])
    # SQLite's own "database or disk is full".
    await cloudwatch.run(lambda db: db.execute("PRAGMA max_page_count = 20").fetchone())
    for _ in range(3):
        stream.append([(AT, "x" * 200_000)])
        assert await messages(cloudwatch, "g") == ["first"]
    assert [record.getMessage() for record in caplog.records] == [
        "Logs cannot be stored: database or disk is full"
    ]
    await cloudwatch.run(lambda db: db.execute("PRAGMA max_page_count = 1000000").fetchone())
    stream.append([(AT, "last")])
    assert await messages(cloudwatch, "g") == ["first", "last"]


async def test_a_stream_says_when_it_is_full(cloudwatch: CloudWatch) -> None:
    """Until what waits has been stored."""
    stream = cloudwatch.open_log("g", "s")
    stream.append([(AT, "x" * (PENDING_LIMIT - 1000))])
    before = stream.full
    stream.append([(AT, "x" * 1000)])
    filled, other = stream.full, cloudwatch.open_log("g", "other").full
    await cloudwatch.run(lambda db: None)
    assert (before, filled, other, stream.full) == (False, True, False, False)


async def test_who_floods_the_store_loses_oldest_events(
    cloudwatch: CloudWatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The others lose nothing; the first line of the flood's group says how much was dropped."""
    cloudwatch.open_log("quiet", "s").append([(AT, "kept\n")])
    stream = cloudwatch.open_log("loud", "s")
    for number in range(60):
        stream.append([(AT + number, f"{number} {'x' * 50_000}\n")])
        await cloudwatch.run(lambda db: None)
    assert await messages(cloudwatch, "quiet") == ["kept\n"]
    first, *rest = await messages(cloudwatch, "loud")
    numbers = [int(message.split()[0]) for message in rest]
    assert numbers == [*range(numbers[0], 60)]
    assert 15 <= len(numbers) <= 20, "the newest megabyte, a sixteenth less at times"
    told, size = first.split("\t")[0].split(": ")
    assert told == "LOGS_DROPPED Bytes"
    assert int(size) >= numbers[0] * 50_000
    [group] = await cloudwatch.run(
        lambda db: [each for each in log_store.groups(db) if each.name == "loud"]
    )
    assert group.stored == sum(len(m) + log_store.EVENT_OVERHEAD for m in [first, *rest])
    warning = "loud fills the log store; its oldest events are dropped"
    assert [record.getMessage() for record in caplog.records] == [warning]


async def test_events_expire(cloudwatch: CloudWatch, clock: FakeClock) -> None:
    """After the days that the template says; without a retention never."""
    groups = [LogGroup("A", "a", 1), LogGroup("B", "b")]
    await cloudwatch.declare(groups, [])
    for name in "ab":
        cloudwatch.open_log(name, "old").append([(AT, "old")])
    await cloudwatch.run(lambda db: None)
    clock.advance(DAY - 1)
    for name in "ab":
        cloudwatch.open_log(name, "new").append([(clock.now_ms(), "new")])
    assert await messages(cloudwatch, "a") == ["old", "new"]
    clock.advance(120)
    assert await messages(cloudwatch, "a") == ["new"]
    assert await messages(cloudwatch, "b") == ["old", "new"]
    found = await cloudwatch.run(lambda db: log_store.streams(db, log_store.groups(db)[0]))
    assert [stream.name for stream in found] == ["new"], "an empty stream goes too"
    [a, b] = await cloudwatch.run(log_store.groups)
    assert (a.stored, b.stored) == (3 + log_store.EVENT_OVERHEAD, 6 + 2 * log_store.EVENT_OVERHEAD)


async def test_the_template_s_retention_counts(cloudwatch: CloudWatch) -> None:
    """Also where an earlier start knew another."""
    for days in (7, 30, None):
        await cloudwatch.declare([LogGroup("A", "a", days)], [])
        [group] = await cloudwatch.run(log_store.groups)
        assert group.retention == days


async def test_values_of_a_minute_are_gathered(cloudwatch: CloudWatch, clock: FakeClock) -> None:
    """Before they are stored and after."""
    for value in (3, 1):
        cloudwatch.put_metric("N", "m", value)
    await cloudwatch.run(lambda db: None)
    cloudwatch.put_metric("N", "m", 5)
    clock.advance(60)
    cloudwatch.put_metric("N", "m", 7, "None")
    metric = Metric("N", "m")
    found = await cloudwatch.run(
        lambda db: metric_store.datapoints(db, metric, START, START + 120, 60)
    )
    minute = int(START) // 60 * 60
    assert [(each.timestamp, each.unit, each.values) for each in found] == [
        (minute, "Count", Statistics(3, 9, 1, 5)),
        (minute + 60, "None", Statistics(1, 7, 7, 7)),
    ]


async def test_metrics_embedded_in_events(cloudwatch: CloudWatch) -> None:
    """A printed document becomes a metric, if its time is a possible one."""
    stream = cloudwatch.open_log("g", "s")
    for name, timestamp in (("now", AT), ("long ago", AT - 15 * DAY * 1000), ("far", 10**30)):
        metadata = {
            "Timestamp": timestamp,
            "CloudWatchMetrics": [
                {"Namespace": "N", "Dimensions": [[]], "Metrics": [{"Name": name}]}
            ],
        }
        stream.append([(AT, json.dumps({"_aws": metadata, name: 1}) + "\n")])
    assert await cloudwatch.run(metric_store.list_metrics) == [Metric("N", "now")]
    assert len(await messages(cloudwatch, "g")) == 3


async def test_metrics_are_bounded(
    cloudwatch: CloudWatch, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A new dimension with each event does not fill the disk; known metrics go on."""
    monkeypatch.setattr(metric_store, "MAX_METRICS", 2)
    for number in range(4):
        cloudwatch.put_metric("N", "m", 1, dimensions={"id": str(number)})
        cloudwatch.put_metric("N", "m", 1, dimensions={"id": "0"})
        await cloudwatch.run(lambda db: None)
    assert len(await cloudwatch.run(metric_store.list_metrics)) == 2
    metric = Metric("N", "m", (("id", "0"),))
    [point] = await cloudwatch.run(
        lambda db: metric_store.datapoints(db, metric, START - 60, START + 60, 3600)
    )
    assert point.values.count == 5
    assert [record.getMessage() for record in caplog.records] == ["Only 2 metrics are kept"]


async def test_metrics_expire(cloudwatch: CloudWatch, clock: FakeClock) -> None:
    """After fifteen months."""
    cloudwatch.put_metric("N", "m", 1)
    clock.advance(454 * DAY)
    assert await cloudwatch.run(metric_store.list_metrics) == [Metric("N", "m")]
    clock.advance(2 * DAY)
    assert await cloudwatch.run(metric_store.list_metrics) == []


async def test_a_file_of_another_version_is_refused(tmp_path: Path, clock: FakeClock) -> None:
    """With a sentence that says what to do."""
    db = sqlite3.connect(tmp_path / FILE)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(UsageError, match="another version"):
        await CloudWatch.open(tmp_path, clock)
    with pytest.raises(UsageError, match="another version"):
        connect_to_read(tmp_path)
