"""`labchat person`: what is stored of one person, given to them or deleted."""

from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec
from chat.clock import SystemClock
from rich.progress import Progress

from deploy.commands.export import profiles_of, take, tell_damaged
from deploy.commands.options import data_dir_option, source_option, stack_option
from deploy.commands.terminal import console
from deploy.data.commits import Commits
from deploy.data.files import Writer, new_folder
from deploy.data.forgetting import PLACEHOLDER
from deploy.data.from_items import View
from deploy.data.people import attributes, delete_account, find_person
from deploy.data.pseudonyms import Names
from deploy.data.rows import Manifest
from deploy.data.site import Asking, find_site
from deploy.data.sockets import close_sockets
from deploy.data.taking_out import Choice, TakingOut


@click.group()
def person() -> None:
    """What is stored of one person: given to them, or deleted as they ask."""


@person.command("export")
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path))
@source_option
@stack_option
@data_dir_option
def export(name: str, folder: Path, source: str, stack: str | None, data_dir: Path) -> None:
    """Write all that is stored of NAME to a new FOLDER.

    NAME is a mail address, a display name or an id. The files are those of `labchat export`, with
    what this person wrote and did, and account.json, the sign-in account.
    """
    with Asking(), new_folder(folder) as part:
        site = find_site(source, data_dir, stack)
        profiles = profiles_of(site)
        found = find_person(site, profiles, name)
        damaged: list[str] = []
        writer = Writer(part, "jsonl")
        taking = TakingOut(View(Names(None)), Choice(person=found.uid), profiles)
        take(site, taking, writer, damaged)
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
    console.print(
        f"Deleted; what stays of the name is “{PLACEHOLDER}”. Backups that were made before "
        "still hold it: remove those too.",
        highlight=False,
    )
    click.echo(found.uid)
