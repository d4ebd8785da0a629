"""`labchat import`: an export, put into a lab that has nothing yet."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click
from chat.items import Plain
from rich.progress import Progress

from deploy.commands.options import data_dir_option, source_option, stack_option
from deploy.commands.terminal import console
from deploy.data.files import read, read_manifest
from deploy.data.rows import IMPORTED, Manifest
from deploy.data.site import BATCH, Asking, find_site
from deploy.data.to_items import Builder, Unfit


SHOWN = 50


@click.command("import")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--skip-refused", is_flag=True, help="Import the rest where some rows are refused.")
@click.option("--continue", "again", is_flag=True, help="Finish an import that was interrupted.")
@source_option
@stack_option
@data_dir_option
def import_(
    folder: Path, skip_refused: bool, again: bool, source: str, stack: str | None, data_dir: Path
) -> None:
    """Put what `labchat export` wrote to FOLDER into a chat that nobody has used yet.

    Every row is checked before the first is stored; what is refused is named by file and line.
    Sign-in accounts are not part of an export: `labchat users import` makes them.
    """
    manifest = read_manifest(folder)
    refused: list[str] = []
    total = sum(1 for _ in items_of(folder, manifest, refused))
    for text in refused[:SHOWN]:
        console.print(text, highlight=False, markup=False, style="red")
    if len(refused) > SHOWN:
        console.print(f"… and {len(refused) - SHOWN} more.", highlight=False)
    if refused and not skip_refused:
        raise click.ClickException(
            f"{len(refused)} rows are refused, and nothing was stored: mend them, "
            "or import the rest with --skip-refused."
        )
    with Asking():
        site = find_site(source, data_dir, stack)
        if not again and not site.empty():
            raise click.ClickException(
                f"{site.name} is in use: import into a new data directory, "
                "or finish an interrupted import with --continue."
            )
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("Storing", total=total)
            for batch in _batches(items_of(folder, manifest, [])):
                site.put(batch)
                progress.advance(task, len(batch))
    console.print(f"{total} items stored.", highlight=False)
    if events := manifest.rows.get("usage", 0):
        console.print(
            f"{events} usage events are left where they are: a chat's own are lines of its logs.",
            highlight=False,
        )


def items_of(folder: Path, manifest: Manifest, refused: list[str]) -> Iterator[Plain]:
    """What is to be stored; `refused` gets what cannot be."""
    builder = Builder()
    for name in IMPORTED:
        count = 0
        for number, row in read(folder, name, manifest.format):
            count = number
            try:
                if isinstance(row, str):
                    raise Unfit(row)
                yield from builder.build(row)
            except Unfit as unfit:
                refused.append(f"{name}.{manifest.format}:{number}: {unfit}")
        if count != manifest.rows.get(name, 0):
            refused.append(
                f"{name}.{manifest.format}: {count} rows, where manifest.json says "
                f"{manifest.rows.get(name, 0)}"
            )
    yield from builder.rest()


def _batches(plain: Iterator[Plain]) -> Iterator[list[Plain]]:
    while batch := list(islice(plain, BATCH)):
        yield batch
