"""`labchat logs`: what a function has logged, read from the data directory."""

import json
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from emulator.clock import Clock
from emulator.commands.log_lines import readable, style
from emulator.commands.running import data_dir_option
from emulator.commands.terminal import console
from emulator.errors import UsageError
from emulator.telemetry import log_store
from emulator.telemetry.database import connect_to_read
from emulator.telemetry.filter_pattern import Matches, compile_pattern
from emulator.telemetry.json_pattern import PatternError
from emulator.telemetry.log_store import Event, Query


LOOK_EVERY = 0.2
"""Seconds between two looks for new events."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


@click.command()
@click.argument("function")
@click.option("--follow", "-f", is_flag=True, help="Go on with new events until Ctrl+C.")
@click.option(
    "--since",
    default="10m",
    show_default=True,
    metavar="10m|2h|1d|TIME",
    help="How far back to begin: a duration, or a local time such as 2026-01-31T09:30.",
)
@click.option(
    "--filter", "pattern", default="", metavar="PATTERN", help="A CloudWatch filter pattern."
)
@click.option("--json", "as_json", is_flag=True, help="Write an object for each event.")
@data_dir_option
def logs(
    function: str, follow: bool, since: str, pattern: str, as_json: bool, data_dir: Path
) -> None:
    """Show what FUNCTION (its name, its id in the template, or a log group) has logged."""
    start = _start(since, Clock().now())
    matches = _compiled(pattern)
    write = _write_json if as_json else _Lines().write
    with closing(connect_to_read(data_dir)) as db:
        group = _group_name(db, function)
        shown = False
        try:
            for event in _events(db, group, start, follow):
                if matches(event.message):
                    write(event)
                    shown = True
        except KeyboardInterrupt:
            return
    if not shown:
        console.print(f"{group} has no such events since {_local(start)[:-4]}.", highlight=False)


def _events(db: sqlite3.Connection, group_name: str, start: int, follow: bool) -> Iterator[Event]:
    """What is there, in the order of time; then, if wanted, what comes, in the order of coming."""
    seen = log_store.last_id(db)
    group = log_store.find_group(db, group_name)
    if group is not None:
        events = log_store.events(db, Query(group, after=(start, -1)))
        yield from (event for event in events if event.id <= seen)
    while follow:
        time.sleep(LOOK_EVERY)
        group = log_store.find_group(db, group_name)
        for event in log_store.stored_after(db, group, seen) if group else []:
            yield event
            seen = event.id


def _group_name(db: sqlite3.Connection, name: str) -> str:
    """The log group that is meant. Raises `UsageError` if there is none of that name."""
    names = log_store.known_names(db)
    groups = {group.name for group in log_store.groups(db)} | {*names.values()}
    if name in names or name in groups:
        return names.get(name, name)
    known = "\n  ".join(sorted({*names, *groups - {*names.values()}})) or "none"
    raise UsageError(f"There is no function or log group {name}. There are:\n  {known}")


def _start(since: str, now: float) -> int:
    """The time to begin at, in milliseconds since the epoch. Raises `UsageError`."""
    if match := re.fullmatch(r"(\d{1,9})([smhdw])", since):
        return max(0, int((now - int(match[1]) * _UNITS[match[2]]) * 1000))
    try:
        return max(0, int(datetime.fromisoformat(since).astimezone().timestamp() * 1000))
    except (OverflowError, ValueError):
        raise UsageError(
            f"--since {since}: give a duration such as 10m, 2h or 1d, "
            "or a time such as 2026-01-31T09:30."
        ) from None


def _compiled(pattern: str) -> Matches:
    try:
        return compile_pattern(pattern)
    except PatternError as error:
        raise UsageError(f"--filter: {error}") from None


def _local(timestamp: int) -> str:
    moment = datetime.fromtimestamp(timestamp / 1000).astimezone()
    return moment.isoformat(" ", "milliseconds")[:-6]


def _write_json(event: Event) -> None:
    document = {
        "timestamp": event.timestamp,
        "stream": event.stream,
        "message": event.message,
    }
    click.echo(json.dumps(document))


class _Lines:
    """Writes events for people: local time, errors in red, the platform's own lines dimmed."""

    def __init__(self) -> None:
        self._console = Console(soft_wrap=True, highlight=False)

    def write(self, event: Event) -> None:
        """One event; further lines of it are indented."""
        text = readable(event.message)
        indented = text.replace("\n", "\n" + " " * 25)
        time = (_local(event.timestamp), "cyan")
        self._console.print(Text.assemble(time, "  ", (indented, style(text))))
