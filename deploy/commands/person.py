"""`labchat person`: what is stored of one person, given to them or deleted."""

from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec
from chat.clock import SystemClock
from rich.progress import Progress

from deploy.commands.export import profiles_of, take, take_usage, tell_damaged
from deploy.commands.options import data_dir_option, source_option, stack_option
from deploy.commands.terminal import console
from deploy.data.commits import Commits
from deploy.data.files import Writer, new_folder
from deploy.data.forgetting import PLACEHOLDER
from deploy.data.from_items import View
from deploy.data.people import attributes, delete_account, find_person
from deploy.data.pseudonyms import Names, load_key
from deploy.data.rows import Manifest
from deploy.data.site import Asking, find_site
from deploy.data.sockets import close_sockets
from deploy.data.taking_out import Choice, TakingOut
from deploy.data.usage import UsageEvents, by_pseudonym, kept_for


@click.group()
def person() -> None:
    """What is stored of one person: given to them, or deleted as they ask."""


@person.command("export")
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The key that usage events are recorded under.  [default: DATA_DIR/export.key]",
)
@source_option
@stack_option
@data_dir_option
def export(
    name: str, folder: Path, key: Path | None, source: str, stack: str | None, data_dir: Path
) -> None:
    """Write all that is stored of NAME to a new FOLDER.

    NAME is a mail address, a display name or an id. The files are those of `labchat export`, with
    what this person wrote and did, and account.json, the sign-in account. Usage events are found by
    the key of their pseudonyms.
    """
    with Asking(), new_folder(folder) as part:
        site = find_site(source, data_dir, stack)
        profiles = profiles_of(site)
        found = find_person(site, profiles, name)
        damaged: list[str] = []
        writer = Writer(part, "jsonl")
        view, choice = View(Names(None)), Choice(person=found.uid)
        take(site, TakingOut(view, choice, profiles), writer, damaged)
        key = key or data_dir / "export.key"
        people = by_pseudonym({found.uid, *profiles}, load_key(key) if key.exists() else None)
        take_usage(UsageEvents(site, choice, view.names, people), writer)
        account = msgspec.json.encode(attributes(found.account))
        (part / "account.json").write_bytes(msgspec.json.format(account, indent=2) + b"\n")
        writer.finish(
            Manifest(
                made_at=datetime.now(UTC),
                source=site.name,
                format="jsonl",
                pseudonyms=False,
                text=True,
                rows=writer.rows,
                damaged=len(damaged),
            )
        )
    tell_damaged(damaged)
    console.print(f"{found.called}: {writer.rows['messages']} messages.", highlight=False)
    click.echo(folder)


@person.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask; for scripts.")
@source_option
@stack_option
@data_dir_option
def delete(name: str, yes: bool, source: str, stack: str | None, data_dir: Path) -> None:
    """Delete what is stored of NAME, for ever.

    Messages become deleted ones, reactions are taken back, the name becomes a placeholder; the
    sign-in account and open connections end. What others wrote stays, also where it names the
    person. Interrupted, it goes on where it ended.
    """
    with Asking():
        site = find_site(source, data_dir, stack)
        found = find_person(site, profiles_of(site), name)
        commits = Commits(site, SystemClock())
        rooms = list(commits.traces(found.uid))
        messages = sum(trace.own for room in rooms for trace in room.found)
        console.print(
            f"{found.called}: {messages} messages in {len(rooms)} rooms.",
            highlight=False,
            markup=False,
        )
        if not yes:
            click.confirm("Delete all this? It cannot be undone", abort=True, err=True)
        # First of all nothing new may come.
        commits.shut_out(found.uid)
        delete_account(site, found)
        close_sockets(site, found.uid)
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("Deleting", total=sum(room.count for room in rooms))
            for room in rooms:
                for done in commits.take_out(room):
                    progress.advance(task, done)
        commits.rename(found.uid)
        kept = kept_for(site)
    console.print(
        f"Deleted; what stays of the name is “{PLACEHOLDER}”. Backups that were made before "
        "still hold it: remove those too. Usage events, which are under a pseudonym, cannot be "
        f"deleted: they are log lines, and expire after {kept}.",
        highlight=False,
    )
    click.echo(found.uid)
