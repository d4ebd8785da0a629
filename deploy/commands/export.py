"""`labchat export`: what was said, for research, without who said it."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from chat import items, rooms, shapes
from chat.shapes import Unsound
from rich.progress import Progress

from deploy.commands.options import data_dir_option, source_option, stack_option
from deploy.commands.terminal import console
from deploy.data.files import Writer, new_folder
from deploy.data.from_items import View
from deploy.data.pseudonyms import Names, load_key
from deploy.data.rows import Manifest
from deploy.data.site import Asking, Site, find_site
from deploy.data.taking_out import Choice, TakingOut
from deploy.data.usage import UsageEvents, by_pseudonym


class Time(click.ParamType[datetime]):
    """A day or a moment, of UTC unless it says otherwise."""

    name = "time"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        """The moment; a day is its beginning."""
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail(
                f"{value!r} is no time: write 2026-11-22 or 2026-11-22T08:30:00Z.", param, ctx
            )
        return found if found.tzinfo else found.replace(tzinfo=UTC)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "format_",
    type=click.Choice(["jsonl", "parquet"]),
    default="jsonl",
    show_default=True,
    help="JSON Lines, or Parquet for pandas, DuckDB and the like.",
)
@click.option("--room", "wanted", multiple=True, metavar="ROOM", help="Only this one: name or id.")
@click.option("--since", type=Time(), help="Only from this time on.")
@click.option("--until", type=Time(), help="Only before this time.")
@click.option("--names", is_flag=True, help="People as who they are, not by pseudonyms.")
@click.option("--without-text", is_flag=True, help="Messages without what they say.")
@click.option("--without-usage", is_flag=True, help="No usage events: logs are not searched.")
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The key of the pseudonyms; made when it is not there.  [default: DATA_DIR/export.key]",
)
@source_option
@stack_option
@data_dir_option
def export(  # noqa: PLR0913 - click passes each option as an argument
    folder: Path,
    format_: str,
    wanted: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    names: bool,
    without_text: bool,
    without_usage: bool,
    key: Path | None,
    source: str,
    stack: str | None,
    data_dir: Path,
) -> None:
    """Write rooms, messages, reactions, people and usage to a new FOLDER, a file for each.

    People have pseudonyms: the same in every export that is made with the same key, which stays
    with the lab. Texts are as they were written, and may name people: docs/data.md.
    """
    with Asking(), new_folder(folder) as part:
        site = find_site(source, data_dir, stack)
        key = key or data_dir / "export.key"
        secret = None if names and not key.exists() else load_key(key)
        damaged: list[str] = []
        profiles = profiles_of(site)
        chosen = rooms_of(site, wanted)
        shown = {uid: profile.name for uid, profile in profiles.items()}
        view = View(Names(None if names else secret, shown), text=not without_text)
        choice = Choice(frozenset(chosen), since, until)
        writer = Writer(part, format_)
        take(site, TakingOut(view, choice, profiles), writer, damaged)
        if not without_usage:
            people = by_pseudonym(profiles, secret)
            take_usage(UsageEvents(site, choice, view.names, people), writer)
        writer.finish(
            Manifest(
                made_at=datetime.now(UTC),
                source=site.name,
                format="parquet" if format_ == "parquet" else "jsonl",
                pseudonyms=not names,
                text=not without_text,
                rooms=chosen,
                since=since,
                until=until,
                rows=writer.rows,
                damaged=len(damaged),
            )
        )
    told = ", ".join(f"{count} {name}" for name, count in writer.rows.items())
    console.print(f"{told}.", highlight=False)
    tell_damaged(damaged)
    click.echo(folder)


def take(site: Site, taking: TakingOut, writer: Writer, damaged: list[str]) -> None:
    """Read the table and write what it is to give."""
    with Progress(console=console, transient=True) as progress:
        reading = site.scan(lambda unsound: damaged.append(str(unsound)))
        for plain in progress.track(reading, total=site.size() or None, description="Reading"):
            for row in taking.take(plain):
                writer.write(row)
        for row in taking.rest():
            writer.write(row)


def take_usage(usage: UsageEvents, writer: Writer) -> None:
    """Search the functions' logs and write the usage events that they have."""
    with Progress(console=console, transient=True) as progress:
        for row in progress.track(usage.take(), description="Reading logs"):
            writer.write(row)
    if usage.strangers:
        console.print(
            f"{usage.strangers} usage events are under another key and left out: give the one that "
            "is the parameter UsageKey with --key.",
            highlight=False,
        )
    if usage.damaged:
        console.print(f"damaged, left out: {usage.damaged} usage events", style="red")


def profiles_of(site: Site) -> dict[str, items.Profile]:
    """Everybody in the directory, by id."""
    found = (items.load(items.Profile, each) for each in site.partition(items.USERS, _passed))
    return {profile.uid: profile for profile in found}


def rooms_of(site: Site, wanted: Iterable[str]) -> list[str]:
    """The ids of rooms that are named by id or, where they are public, by name."""
    if not wanted:
        return []
    public = {}
    for plain in site.partition(items.ROOMS, _passed):
        if str(plain["sk"]).startswith(items.PUBLIC):
            public[str(plain["sk"])[len(items.PUBLIC) :]] = str(plain["rid"])
    found = []
    for each in wanted:
        rid = public.get(rooms.fold(each), each)
        try:
            shapes.check_change((items.room_pk(rid), items.META), {})
        except Unsound:
            raise click.ClickException(
                f"There is no public room {each}: give one of {', '.join(sorted(public))}, "
                "or the id of a room."
            ) from None
        found.append(rid)
    return found


def tell_damaged(damaged: list[str]) -> None:
    """Name what could not be read."""
    for text in damaged:
        console.print(f"damaged, left out: {text}", highlight=False, markup=False, style="red")


def _passed(_unsound: Unsound) -> None:
    """It is told when the whole table is read."""
