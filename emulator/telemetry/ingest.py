"""Storing log events, and the metrics that are embedded in them."""

import sqlite3
from collections.abc import Sequence

from emulator.telemetry import log_store, metric_store
from emulator.telemetry.emf import embedded_metrics


OLDEST = 14 * 86400.0
NEWEST = 2 * 3600.0
"""Seconds by which a metric's time may lie before or after now, as on AWS."""


def ingest(
    db: sqlite3.Connection, group: str, stream: str, events: Sequence[tuple[int, str]], now: int
) -> bool:
    """Add events (milliseconds since the epoch, message). False if there are too many metrics."""
    log_store.append(db, group, stream, events, now)
    data = [datum for _, message in events for datum in embedded_metrics(message)]
    seconds = now / 1000
    return metric_store.merge(
        db, [datum for datum in data if seconds - OLDEST <= datum.timestamp <= seconds + NEWEST]
    )
