"""Metrics as rows: a statistic set for each metric, minute and unit.

Functions take the open database; what they do is one transaction of `Database.run`.
"""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from emulator.telemetry.datum import Datum, Metric, Statistics


MINUTE = 60
RETENTION = 455 * 86400
"""Seconds: fifteen months.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html"""

MAX_METRICS = 10_000
"""Further ones are passed over, so that a function that makes a new dimension with each event
does not fill the disk."""


@dataclass(frozen=True, slots=True)
class Datapoint:
    """The values of one period, which starts at `timestamp` (seconds since the epoch)."""

    timestamp: int
    unit: str
    values: Statistics


def merge(db: sqlite3.Connection, data: Iterable[Datum]) -> bool:
    """Add values to what is known. False if there were metrics too many."""
    complete = True
    for datum in data:
        metric_id = _ensure(db, datum.metric)
        if metric_id is None:
            complete = False
            continue
        minute = int(datum.timestamp // MINUTE) * MINUTE
        values = datum.values
        db.execute(
            "INSERT INTO metric_data VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (metric, minute, unit) DO UPDATE SET count = count + excluded.count,"
            " sum = sum + excluded.sum, minimum = min(minimum, excluded.minimum),"
            " maximum = max(maximum, excluded.maximum)",
            (
                *(metric_id, minute, datum.unit),
                *(values.count, values.sum, values.minimum, values.maximum),
            ),
        )
    return complete


def list_metrics(db: sqlite3.Connection) -> list[Metric]:
    """All metrics, in order."""
    rows = db.execute("SELECT namespace, name, dimensions FROM metrics ORDER BY 1, 2, 3")
    return [
        Metric(namespace, name, tuple((key, value) for key, value in json.loads(dimensions)))
        for namespace, name, dimensions in rows
    ]


def datapoints(
    db: sqlite3.Connection, metric: Metric, start: float, end: float, period: int
) -> list[Datapoint]:
    """The values between two times (the second excluded), by period and unit, in order."""
    rows = db.execute(
        "SELECT minute / ?5 * ?5 AS at, unit, sum(count), sum(sum), min(minimum), max(maximum)"
        " FROM metrics JOIN metric_data ON metric = id"
        " WHERE (namespace, name, dimensions) = (?1, ?2, ?3) AND minute >= ?4 / ?5 * ?5"
        " AND minute < ?6 GROUP BY at, unit ORDER BY at, unit",
        (metric.namespace, metric.name, _text(metric), int(start), period, end),
    )
    return [Datapoint(at, unit, Statistics(*values)) for at, unit, *values in rows]


def expire(db: sqlite3.Connection, now: float) -> None:
    """Delete what is older than fifteen months, and metrics of which nothing is left."""
    db.execute("DELETE FROM metric_data WHERE minute < ?", (now - RETENTION,))
    db.execute(
        "DELETE FROM metrics WHERE NOT EXISTS (SELECT 1 FROM metric_data WHERE metric = metrics.id)"
    )


def _ensure(db: sqlite3.Connection, metric: Metric) -> int | None:
    key = (metric.namespace, metric.name, _text(metric))
    find = "SELECT id FROM metrics WHERE (namespace, name, dimensions) = (?, ?, ?)"
    row = db.execute(find, key).fetchone()
    if row is None:
        if db.execute("SELECT count(*) FROM metrics").fetchone()[0] >= MAX_METRICS:
            return None
        insert = "INSERT INTO metrics (namespace, name, dimensions) VALUES (?, ?, ?)"
        return db.execute(insert, key).lastrowid
    return int(row[0])


def _text(metric: Metric) -> str:
    return json.dumps(metric.dimensions)
