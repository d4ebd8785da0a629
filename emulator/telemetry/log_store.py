"""Log groups, streams and events as rows.

Functions take the open database; what they do is one transaction of `Database.run`.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from emulator.template.model import LogGroup


DAY_MS = 86_400_000

STORE_LIMIT = 256 * 1024 * 1024
"""Bytes that all events may take up. Beyond it the largest group loses its oldest events, so that
a function that floods its log erases nobody else's."""

EVENT_OVERHEAD = 150
"""Bytes that an event takes up on the disk besides its message: columns and two indexes."""

Position = tuple[int, int]
"""Where an event stands in the order of time: its timestamp and its id."""

FIRST: Position = (-1, 0)
LAST: Position = (2**63 - 1, 0)


@dataclass(frozen=True, slots=True)
class Event:
    """A stored log event; times are in milliseconds since the epoch."""

    id: int
    stream: str
    timestamp: int
    ingested: int
    message: str

    @property
    def position(self) -> Position:
        """Where it stands in the order of time."""
        return self.timestamp, self.id


@dataclass(frozen=True, slots=True)
class Group:
    """A log group as it is stored."""

    id: int
    name: str
    created: int
    retention: int | None
    """Days."""
    stored: int
    """Bytes, `EVENT_OVERHEAD` included."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A log stream as it is stored."""

    name: str
    created: int
    first_event: int | None
    last_event: int | None
    last_ingestion: int | None


@dataclass(frozen=True, slots=True)
class Query:
    """Which events of a group are wanted: those between two positions, both excluded."""

    group: Group
    streams: Sequence[int] | None = None
    """Their ids; `None` for all."""
    after: Position = FIRST
    before: Position = LAST
    newest_first: bool = False


# Groups and streams.


def find_group(db: sqlite3.Connection, name: str) -> Group | None:
    """The group of that name."""
    row = db.execute(f"{_GROUPS} WHERE name = ?", (name,)).fetchone()
    return Group(*row) if row else None


def groups(db: sqlite3.Connection) -> list[Group]:
    """All groups, by name."""
    return [Group(*row) for row in db.execute(f"{_GROUPS} ORDER BY name")]


def ensure_group(db: sqlite3.Connection, name: str, now: int) -> Group:
    """The group, made if there is none yet."""
    db.execute("INSERT OR IGNORE INTO log_groups (name, created) VALUES (?, ?)", (name, now))
    group = find_group(db, name)
    assert group is not None
    return group


def set_retention(db: sqlite3.Connection, name: str, days: int | None) -> None:
    """How long events are kept; `None`: for ever."""
    db.execute("UPDATE log_groups SET retention = ? WHERE name = ?", (days, name))


def delete_group(db: sqlite3.Connection, group: Group) -> None:
    """The group with all that is in it."""
    db.execute("DELETE FROM log_groups WHERE id = ?", (group.id,))


def ensure_stream(db: sqlite3.Connection, group: Group, name: str, now: int) -> int:
    """The id of the stream, made if there is none yet."""
    db.execute(
        "INSERT OR IGNORE INTO log_streams (log_group, name, created) VALUES (?, ?, ?)",
        (group.id, name, now),
    )
    found = find_stream(db, group, name)
    assert found is not None
    return found


def find_stream(db: sqlite3.Connection, group: Group, name: str) -> int | None:
    """The id of the stream of that name."""
    row = db.execute(
        "SELECT id FROM log_streams WHERE log_group = ? AND name = ?", (group.id, name)
    ).fetchone()
    return int(row[0]) if row else None


def delete_stream(db: sqlite3.Connection, group: Group, stream: int) -> None:
    """The stream with its events."""
    _delete(db, group.id, "stream = ?", (stream,))
    db.execute("DELETE FROM log_streams WHERE id = ?", (stream,))


def streams(db: sqlite3.Connection, group: Group) -> list[Stream]:
    """All streams of a group, by name."""
    rows = db.execute(
        "SELECT s.name, s.created,"
        " (SELECT min(timestamp) FROM log_events WHERE stream = s.id),"
        " (SELECT max(timestamp) FROM log_events WHERE stream = s.id),"
        " (SELECT ingested FROM log_events WHERE stream = s.id"
        "  ORDER BY timestamp DESC, id DESC LIMIT 1)"
        " FROM log_streams s WHERE s.log_group = ? ORDER BY s.name",
        (group.id,),
    )
    return [Stream(*row) for row in rows]


def declare(
    db: sqlite3.Connection, declared: Iterable[LogGroup], names: Mapping[str, str], now: int
) -> None:
    """Make the template's groups, and note by which names people know which group."""
    for group in declared:
        ensure_group(db, group.name, now)
        set_retention(db, group.name, group.retention_days)
    db.execute("DELETE FROM log_names")
    db.executemany("INSERT INTO log_names VALUES (?, ?)", names.items())


def known_names(db: sqlite3.Connection) -> dict[str, str]:
    """What `declare` noted."""
    return dict(db.execute("SELECT name, log_group FROM log_names ORDER BY name"))


# Events.


def append(
    db: sqlite3.Connection, group: str, stream: str, events: Sequence[tuple[int, str]], now: int
) -> None:
    """Add events (time, message) to a stream, which is made if there is none yet."""
    into = ensure_group(db, group, now)
    stream_id = ensure_stream(db, into, stream, now)
    db.executemany(
        "INSERT INTO log_events (log_group, stream, timestamp, ingested, message)"
        " VALUES (?, ?, ?, ?, ?)",
        [(into.id, stream_id, at, now, message) for at, message in events],
    )
    size = sum(len(message.encode()) + EVENT_OVERHEAD for _, message in events)
    db.execute("UPDATE log_groups SET stored = stored + ? WHERE id = ?", (size, into.id))


def events(db: sqlite3.Connection, query: Query) -> Iterator[Event]:
    """The events asked for, in the order of time, or against it."""
    order = "DESC" if query.newest_first else "ASC"
    if query.streams is None:
        where, parameters = "log_group = ?", [query.group.id]
    elif len(query.streams) == 1:
        where, parameters = "stream = ?", [*query.streams]
    else:
        # The plus keeps SQLite on the index by group, which has the events of all in order.
        marks = ", ".join("?" * len(query.streams))
        where, parameters = (
            f"log_group = ? AND +stream IN ({marks})",
            [query.group.id, *query.streams],
        )
    rows = db.execute(
        f"{_EVENTS} WHERE {where} AND (timestamp, id) > (?, ?) AND (timestamp, id) < (?, ?)"
        f" ORDER BY timestamp {order}, id {order}",
        (*parameters, *query.after, *query.before),
    )
    return (Event(*row) for row in rows)


def last_id(db: sqlite3.Connection) -> int:
    """The id of the event that was stored last."""
    return int(db.execute("SELECT coalesce(max(id), 0) FROM log_events").fetchone()[0])


def stored_after(db: sqlite3.Connection, group: Group, event_id: int) -> Iterator[Event]:
    """What was added to a group after an event, in the order of coming."""
    # The plus keeps SQLite on the ids: few of them are new.
    rows = db.execute(
        f"{_EVENTS} WHERE +log_group = ? AND id > ? ORDER BY id", (group.id, event_id)
    )
    return (Event(*row) for row in rows)


def expire(db: sqlite3.Connection, now: int) -> None:
    """Delete what is older than its group's retention, and the streams that are empty then."""
    for group in groups(db):
        if group.retention is not None:
            oldest = now - group.retention * DAY_MS
            _delete(db, group.id, "log_group = ? AND timestamp < ?", (group.id, oldest))
            db.execute(
                "DELETE FROM log_streams WHERE log_group = ? AND created < ?"
                " AND NOT EXISTS (SELECT 1 FROM log_events WHERE stream = log_streams.id)",
                (group.id, oldest),
            )


def trim(db: sqlite3.Connection, limit: int) -> set[str]:
    """Bring the store down to its limit; the names of the groups that had to lose events."""
    losers = set()
    total = "SELECT total(stored) FROM log_groups"
    if db.execute(total).fetchone()[0] > limit:
        # A sixteenth more than needed, so that this is not done with each event.
        while (excess := db.execute(total).fetchone()[0] - limit * 15 // 16) > 0:
            group_id, name = db.execute(
                "SELECT id, name FROM log_groups ORDER BY stored DESC LIMIT 1"
            ).fetchone()
            _drop_oldest(db, group_id, excess)
            losers.add(name)
    return losers


def _drop_oldest(db: sqlite3.Connection, group_id: int, excess: float) -> None:
    """Drop so many bytes of a group's oldest events, and leave a line that says so."""
    size = 0
    last = (0, *FIRST, 0)
    rows = db.execute(
        f"SELECT stream, timestamp, id, {_SIZE} FROM log_events"  # noqa: S608 - a constant
        " WHERE log_group = ? ORDER BY timestamp, id",
        (group_id,),
    )
    # More than the line takes up that is left in their place.
    while size < excess + 1000 and (row := rows.fetchone()):
        last = row
        size += row[3]
    rows.close()
    stream, timestamp, event_id, _ = last
    _delete(
        db, group_id, "log_group = ? AND (timestamp, id) <= (?, ?)", (group_id, timestamp, event_id)
    )
    db.execute("UPDATE log_groups SET dropped = dropped + ? WHERE id = ?", (size, group_id))
    (dropped,) = db.execute("SELECT dropped FROM log_groups WHERE id = ?", (group_id,)).fetchone()
    message = f"LOGS_DROPPED Bytes: {dropped}\tReason: the log store is full; these were the oldest events.\n"
    db.execute(
        "INSERT INTO log_events VALUES (?, ?, ?, ?, ?, ?)",
        (event_id, group_id, stream, timestamp, timestamp, message),
    )
    db.execute(
        "UPDATE log_groups SET stored = stored + ? WHERE id = ?",
        (len(message) + EVENT_OVERHEAD, group_id),
    )


def _delete(db: sqlite3.Connection, group_id: int, where: str, parameters: Sequence[int]) -> None:
    """Delete events of one group, and take them off what it stores."""
    (size,) = db.execute(
        f"SELECT total({_SIZE}) FROM log_events WHERE {where}",  # noqa: S608 - constants
        parameters,
    ).fetchone()
    db.execute(f"DELETE FROM log_events WHERE {where}", parameters)  # noqa: S608 - constants
    db.execute("UPDATE log_groups SET stored = stored - ? WHERE id = ?", (int(size), group_id))


_EVENTS = (
    "SELECT id, (SELECT name FROM log_streams WHERE id = stream), timestamp, ingested, message"
    " FROM log_events"
)
_GROUPS = "SELECT id, name, created, retention, stored FROM log_groups"
_SIZE = f"length(CAST(message AS BLOB)) + {EVENT_OVERHEAD}"
