"""`labchat mail`: what the user pools have mailed, with the codes."""

import json
import time
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from emulator.commands.running import Running, data_dir_option, find_running
from emulator.errors import UsageError


PAUSE = 0.5
"""Seconds between two looks at the mailbox."""


@click.command()
@data_dir_option
@click.option("--follow", "-f", is_flag=True, help="Go on until Ctrl+C, showing what arrives.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option(
    "--last",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    help="How many messages of the past to show.",
)
def mail(data_dir: Path, follow: bool, as_json: bool, last: int) -> None:
    """Show mails of the user pools that are on this machine, the newest last.

    They hold confirmation codes and temporary passwords. With a relay (`labchat up --smtp`), only
    what waits for it is here.
    """
    running = find_running(data_dir)
    show = _as_json if as_json else _for_people
    try:
        for message in _messages(running, last, follow):
            show(message)
    except KeyboardInterrupt:
        pass


def _messages(running: Running, last: int, follow: bool) -> Iterator[dict[str, Any]]:
    known = _fetch(running)
    yield from known[len(known) - last :] if last < len(known) else known
    newest = known[-1]["id"] if known else 0
    while follow:
        time.sleep(PAUSE)
        for message in _fetch(running):
            if message["id"] > newest:
                newest = message["id"]
                yield message


def _fetch(running: Running) -> list[dict[str, Any]]:
    """All that there are, the oldest first."""
    url = f"{running.addresses['mail']}.json"
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            messages: list[dict[str, Any]] = json.load(answer)["messages"]
    except OSError as error:
        raise UsageError(f"The emulator does not answer at {url} ({error}).") from error
    return messages[::-1]


def _as_json(message: dict[str, Any]) -> None:
    click.echo(json.dumps(message, ensure_ascii=False))


def _for_people(message: dict[str, Any]) -> None:
    sent = datetime.fromtimestamp(message["sent"]).astimezone()
    body = escape(_printable(message["body"]))
    code = escape(_printable(message["code"]))
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[dim]{sent:%Y-%m-%d %H:%M:%S}[/]  {escape(_printable(message['recipient']))}")
    console.print("  " + body.replace(code, f"[bold]{code}[/]") if code else f"  {body}")


def _printable(text: str) -> str:
    """An address is a stranger's text: no terminal shall obey it."""
    return "".join(c if c.isprintable() else "?" for c in text)
