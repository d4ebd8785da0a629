"""`labchat up`: run a template until told to stop."""

import asyncio
import gc
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
from emulator.commands.smtp import relay_settings
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
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; 0.0.0.0: all of this machine's.",
)
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
@click.option("--tls", is_flag=True, help="Serve the web client and the objects over HTTPS.")
@click.option(
    "--tls-cert",
    type=click.Path(path_type=Path),
    help="A certificate of your own for that (PEM), with its intermediate ones.",
)
@click.option("--tls-key", type=click.Path(path_type=Path), help="Its key (PEM).")
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
    "--packages",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Run the zip files in DIR, {LogicalId}.zip or {Name}.zip for each function and layer, "
    "instead of the code that the template names.",
)
@click.option(
    "--smtp",
    metavar="URL",
    help="Hand the user pools' mail to this server: smtp://USER@HOST:587 or smtps://USER@HOST. "
    "Its password comes from LABCHAT_SMTP_PASSWORD or --smtp-password-file.",
)
@click.option(
    "--smtp-password-file", type=click.Path(path_type=Path), help="Holds the relay's password."
)
@click.option(
    "--mail-from", metavar="ADDRESS", help="Who mail is from; no-reply@ the relay's host."
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
@click.option(
    "--debug",
    metavar="FUNCTION",
    help="Have this function (logical id or name) wait for a debugger; its time limits rest.",
)
@click.option(
    "--debug-port",
    type=click.IntRange(1, 65535),
    help="Where it waits, on this machine.  [default: 5678 for Python, 9229 for Node.js]",
)
@click.option(
    "--record",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Keep an event of each kind here, without secrets, to replay by `labchat invoke`.",
)
@click.option("--verbose", is_flag=True, help="Log more.")
def up(  # noqa: PLR0913 - click passes each option as an argument
    template: Path,
    host: str,
    port: int,
    data_dir: Path,
    tls: bool,
    tls_cert: Path | None,
    tls_key: Path | None,
    dynamodb: str,
    auth: str,
    parameters: tuple[str, ...],
    packages: Path | None,
    smtp: str | None,
    smtp_password_file: Path | None,
    mail_from: str | None,
    time_scale: float,
    concurrency: int,
    backup_hours: float,
    backup_keep: int,
    ready_file: Path | None,
    debug: str | None,
    debug_port: int | None,
    record: Path | None,
    verbose: bool,
) -> None:
    """Run the template: web client, sockets, functions, sign-in, database."""
    _log_to_terminal(verbose)
    settings = Settings(
        template=template,
        data_dir=data_dir.absolute(),
        host=host,
        port=port,
        tls=tls,
        tls_certificate=tls_cert,
        tls_key=tls_key,
        dynamodb=checked_dynamodb(dynamodb),
        strict=auth == "strict",
        parameters=_checked_parameters(parameters),
        packages=packages and packages.absolute(),
        time_scale=time_scale,
        concurrency=concurrency,
        backup_every=backup_hours * 3600,
        backup_keep=backup_keep,
        ready_file=ready_file,
        site=_site(template),
        debug=debug,
        debug_port=debug_port,
        record=record,
        relay=relay_settings(smtp, smtp_password_file, mail_from, os.environ),
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
            _announce(settings, addresses)
            for file in files:
                _write_ready_file(file, addresses)
            _tune_garbage_collection()
            await stop.wait()
            console.print("Stopping …")
        finally:
            for file in files:
                file.unlink(missing_ok=True)


def _announce(settings: Settings, addresses: Addresses) -> None:
    console.print()
    console.print(f"  [bold green]Ready:[/] [bold]{addresses.ui}[/]", highlight=False)
    console.print(f"  mailbox (sign-up codes)  {addresses.mail}", highlight=False)
    console.print(f"  console                  {addresses.console}", highlight=False)
    console.print(f"  AWS endpoint             {addresses.aws}", highlight=False)
    console.print(f"  its credentials          {addresses.credentials}", highlight=False)
    if settings.tls and settings.tls_certificate is None:
        console.print(f"  devices must trust       {settings.authority_file}", highlight=False)
    console.print("  Ctrl+C stops it; nothing is lost.\n", highlight=False)


def _tune_garbage_collection() -> None:
    """What is there by now stays, and need not be looked at again and again: full collections over
    all of it held up connects for a tenth of a second. Cycles made later are still found."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 50, 50)


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
