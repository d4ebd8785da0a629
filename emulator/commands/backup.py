"""`labchat backup`, `labchat verify`, `labchat restore`: nothing that is stored gets lost."""

import asyncio
from pathlib import Path

import click
from rich.progress import Progress

from emulator.clock import Clock, Entropy
from emulator.commands.running import data_dir_option
from emulator.commands.terminal import console
from emulator.errors import UsageError
from emulator.iam.credentials import KeyRing, load_secret
from emulator.settings import ACCOUNT_ID, REGION, checked_dynamodb
from emulator.storage import archive
from emulator.storage.backup import Source, back_up
from emulator.storage.check import findings
from emulator.storage.data_dir import read_record
from emulator.storage.restore import Target, restore as restore_into
from emulator.storage.schedule import backup_path, backups


@click.command()
@data_dir_option
@click.option(
    "--to",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write.  [default: DATA_DIR/backups/TIME.labchat.zip]",
)
def backup(data_dir: Path, to: Path | None) -> None:
    """Save everything in one file: tables, accounts, keys, objects.

    Works while an emulator runs on the data directory, and while none does. The file holds keys and
    messages: keep it as you keep the data directory.
    """
    source = source_of(data_dir)
    now = Clock().now()
    path = to or backup_path(data_dir, now)
    with console.status("Saving …"):
        manifest = asyncio.run(back_up(source, path, now))
    items = sum(manifest.tables.values())
    console.print(f"{items} items of {len(manifest.tables)} tables saved.", highlight=False)
    click.echo(path)


@click.command()
@data_dir_option
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, dir_okay=False))
def verify(data_dir: Path, files: tuple[Path, ...]) -> None:
    """Check backups byte by byte; without FILES, the data directory and all backups in it.

    Exit code 2 if anything is damaged.
    """
    if not files:
        if read_record(data_dir) is None:
            raise UsageError(f"{data_dir} holds no data; name another with --data-dir.")
        damaged = findings(data_dir)
        if damaged:
            raise UsageError("; ".join(damaged) + ". Restore a backup with `labchat restore`.")
        console.print(f"{data_dir}: whole.", highlight=False)
        files = tuple(backups(data_dir))
    for file in files:
        with archive.reading(file) as reader:
            items = sum(reader.manifest.tables.values())
            console.print(f"{file}: whole, {items} items.", highlight=False)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    required=True,
    help="A new folder for what is restored.",
)
@click.option(
    "--dynamodb",
    metavar="embedded|local|URL",
    default="embedded",
    show_default=True,
    help="The database to put the tables into, whichever they were in.",
)
def restore(file: Path, data_dir: Path, dynamodb: str) -> None:
    """Make a data directory of a backup. Nothing that exists is replaced."""
    target = Target(data_dir.absolute(), checked_dynamodb(dynamodb), REGION, ACCOUNT_ID)
    with archive.reading(file) as reader, Progress(console=console) as progress:
        tasks = {
            name: progress.add_task(name, total=count)
            for name, count in reader.manifest.tables.items()
        }
        asyncio.run(
            restore_into(reader, target, lambda table, count: progress.advance(tasks[table], count))
        )
    console.print(f"Restored. Start it with: labchat up --data-dir {data_dir}", highlight=False)


def source_of(data_dir: Path) -> Source:
    """What there is to back up. Raises `UsageError` if nothing is stored there."""
    record = read_record(data_dir)
    if record is None:
        raise UsageError(f"{data_dir} holds no data; name another with --data-dir.")
    keys = KeyRing(load_secret(data_dir, Entropy()), ACCOUNT_ID)
    return Source(data_dir.absolute(), record, REGION, keys.operator)
