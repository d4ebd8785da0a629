"""`labchat up`: run a template until told to stop."""

import asyncio
import json
import logging
import os
import re
import signal
from dataclasses import asdict
from pathlib import Path

import click
import uvloop
from rich.logging import RichHandler

from emulator.app import Addresses, running
from emulator.commands.terminal import console
from emulator.errors import UsageError
from emulator.iam.credentials import write_private
from emulator.settings import RUNNING_FILE, Settings, checked_dynamodb


@click.command()
@click.option(
    "--template",
    type=click.Path(path_type=Path),
    default=Path("deploy/template.yaml"),
    show_default=True,
    help="The CloudFormation template to run.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65533),
    default=8080,
    show_default=True,
    help="Port of the web client; the AWS endpoint and the objects take the next two. 0: any.",
)
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    default=Path(".labchat"),
    show_default=True,
    help="Folder for everything that is stored.",
)
@click.option(
    "--dynamodb",
    default="embedded",
    show_default=True,
    metavar="embedded|local|URL",
    help="The database: the embedded engine, DynamoDB Local (needs Java 17), or any endpoint.",
)
@click.option(
    "--auth",
    type=click.Choice(["strict", "relaxed"]),
    default="strict",
    show_default=True,
    help="Whether calls on the AWS endpoint must be signed.",
)
@click.option(
    "--parameter", "parameters", multiple=True, metavar="KEY=VALUE", help="A template parameter."
)
@click.option(
    "--time-scale",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="Divides every duration: 60 makes a minute a second.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 1000),
    default=10,
    show_default=True,
    help="Lambda's account limit: events handled at the same time, and processes of a function.",
)
@click.option(
    "--backup-hours",
    type=click.FloatRange(min=0),
    default=24,
    show_default=True,
    help="Hours between automatic backups into DATA_DIR/backups. 0: none.",
)
@click.option(
    "--backup-keep",
    type=click.IntRange(1),
    default=7,
    show_default=True,
    help="How many automatic backups are kept.",
)
@click.option(
    "--ready-file", type=click.Path(path_type=Path), help="Write addresses here (JSON) when ready."
)
@click.option("--verbose", is_flag=True, help="Log more.")
def up(  # noqa: PLR0913 - click passes each option as an argument
    template: Path,
    host: str,
    port: int,
    data_dir: Path,
    dynamodb: str,
    auth: str,
    parameters: tuple[str, ...],
    time_scale: float,
    concurrency: int,
    backup_hours: float,
    backup_keep: int,
    ready_file: Path | None,
    verbose: bool,
) -> None:
    """Run the template: web client, sockets, functions, sign-in, database."""
    _log_to_terminal(verbose)
    settings = Settings(
        template=template,
        data_dir=data_dir.absolute(),
        host=host,
        port=port,
        dynamodb=checked_dynamodb(dynamodb),
        strict=auth == "strict",
        parameters=_checked_parameters(parameters),
        time_scale=time_scale,
        concurrency=concurrency,
        backup_every=backup_hours * 3600,
        backup_keep=backup_keep,
        ready_file=ready_file,
        site=_site(template),
    )
    uvloop.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with running(settings) as addresses:
        files = [settings.data_dir / RUNNING_FILE]
        if settings.ready_file is not None:
            files.append(settings.ready_file)
        try:
            for file in files:
                _write_ready_file(file, addresses)
            _announce(addresses)
            await stop.wait()
            console.print("Stopping …")
        finally:
            for file in files:
                file.unlink(missing_ok=True)


def _announce(addresses: Addresses) -> None:
    console.print()
    console.print(f"  [bold green]Ready:[/] [bold]{addresses.ui}[/]", highlight=False)
    console.print(f"  mailbox (sign-up codes)  {addresses.mail}", highlight=False)
    console.print(f"  console                  {addresses.console}", highlight=False)
    console.print(f"  AWS endpoint             {addresses.aws}", highlight=False)
    console.print(f"  its credentials          {addresses.credentials}", highlight=False)
    console.print("  Ctrl+C stops it; nothing is lost.\n", highlight=False)


def _write_ready_file(path: Path, addresses: Addresses) -> None:
    write_private(path, [json.dumps({**asdict(addresses), "pid": os.getpid()})])


def _checked_parameters(pairs: tuple[str, ...]) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not re.fullmatch(r"[A-Za-z0-9]+", name):
            raise UsageError(f"--parameter {pair}: give it as KEY=VALUE.")
        parameters[name] = value
    return parameters


def _site(template: Path) -> Path | None:
    """The built web client that lies beside the template's folder, as in this checkout."""
    folder = template.absolute().parent.parent / "static" / "dist"
    return folder if folder.is_dir() else None


def _log_to_terminal(verbose: bool) -> None:
    """Short coloured lines for people; plain dated lines for a file or a service manager."""
    if console.is_terminal:
        handler: logging.Handler = RichHandler(console=console, show_path=False)
        handler.setFormatter(logging.Formatter("%(message)s", "%H:%M:%S"))
    else:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("emulator").setLevel(logging.DEBUG if verbose else logging.INFO)
