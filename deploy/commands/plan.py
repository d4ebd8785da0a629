"""`labchat deploy plan` and `apply`: what would change, and changing it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from deploy import deployment, parameters
from deploy.aws import Place, run
from deploy.commands.package import built, package_options
from deploy.commands.terminal import (
    PACKAGES_HELP,
    changes_table,
    console,
    place,
    place_options,
    told,
    write,
)
from deploy.deployment import Plan, Session
from deploy.errors import DeployError
from deploy.packaging import build as builds
from deploy.template import parse


F = TypeVar("F", bound=Callable[..., Any])


def change_options(command: F) -> F:
    """What both commands take."""
    for option in (
        click.option(
            "--replace",
            multiple=True,
            metavar="RESOURCE",
            help="A data resource that may be replaced or removed, with what is in it.",
        ),
        click.option(
            "--packages",
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            help=PACKAGES_HELP,
        ),
        click.option(
            "--parameter",
            "options",
            multiple=True,
            metavar="NAME=VALUE",
            help="A template parameter; the stack remembers it.",
        ),
        click.option("--role", metavar="ARN", default="", help="Have CloudFormation act as this."),
        package_options,
        place_options,
    ):
        command = option(command)
    return command


@click.command()
@change_options
def plan(**options: Any) -> None:
    """Show what `apply` would change, and change nothing.

    Exit code 1 if something would be lost.
    """
    run(_plan(place(options), options))


@click.command()
@change_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--watch",
    type=click.IntRange(0, 180),
    default=3,
    show_default=True,
    metavar="MINUTES",
    help="How long an alarm after an update undoes it.",
)
@click.option("--no-smoke", is_flag=True, help="Do not run the health check afterwards.")
def apply(yes: bool, watch: int, no_smoke: bool, **options: Any) -> None:
    """Bring the stack to this checkout: package, change, check; go back if the chat is not well."""
    run(_apply(place(options), options, yes, watch, not no_smoke))


async def _plan(where: Place, options: dict[str, Any]) -> None:
    async with deployment.session(where, options["role"]) as session:
        made = await _made(session, options, 0)
        if made.change_set is not None:
            await session.stack.discard(made.change_set)
            deployment.check(made.change_set, options["replace"])


async def _apply(where: Place, options: dict[str, Any], yes: bool, watch: int, smoke: bool) -> None:
    async with deployment.session(where, options["role"]) as session:
        made = await _made(session, options, watch)
        if made.change_set is not None:
            await _agreed(session, made, options["replace"], yes)
        record = await deployment.apply(session, made, told, smoke=smoke)
        outputs = await session.stack.outputs()
    console.print(f"[green]{record.release} runs.[/] Clients connect to {outputs['SocketUrl']}")
    if not made.previous:
        console.print("Next: labchat deploy web")


async def _made(session: Session, options: dict[str, Any], watch: int) -> Plan:
    folder = built(options["packages"], options["template_file"], options["no_bytecode"])
    build = builds.read(folder)
    given = parameters.given(options["options"], parse((folder / builds.TEMPLATE).read_text()))
    made = await deployment.plan(session, build, folder, given, watch)
    previous = f", after {made.previous}" if made.previous else ""
    console.print(f"Release {made.parameters['ReleaseId']}{previous}, stack {session.stack.name}.")
    if made.change_set is None:
        console.print("Nothing changes.")
    else:
        write(changes_table(made.change_set.changes))
    return made


async def _agreed(session: Session, made: Plan, replace: tuple[str, ...], yes: bool) -> None:
    """Raises `DeployError` if data would be lost, or if the person does not agree."""
    assert made.change_set is not None
    try:
        deployment.check(made.change_set, replace)
        if not yes and not click.confirm("Do this?", err=True):
            raise DeployError("Nothing was changed.")
    except (DeployError, click.Abort):
        await session.stack.discard(made.change_set)
        raise
