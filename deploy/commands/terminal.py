"""Talk goes to standard error, data to standard output."""

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.aws import Place
from deploy.changes import Change


console = Console(
    stderr=True, highlight=False, width=None if sys.stderr.isatty() else 1000
)  # Where no terminal is, nothing is broken into lines.

F = TypeVar("F", bound=Callable[..., Any])

PACKAGES_HELP = "Take the packages from this folder instead of building them."


def place_options(command: F) -> F:
    """`--stack`, `--region`, `--profile`."""
    for option in (
        click.option("--profile", metavar="NAME", help="Profile of the AWS configuration."),
        # botocore itself does not read the first, which other SDKs and Lambda do.
        click.option(
            "--region",
            metavar="REGION",
            envvar=["AWS_REGION", "AWS_DEFAULT_REGION"],
            help="Region of the chat.",
        ),
        click.option(
            "--stack",
            default="labchat",
            show_default=True,
            envvar="LABCHAT_STACK",
            help="Name of the chat's stack.",
        ),
    ):
        command = option(command)
    return command


def place(options: Mapping[str, Any]) -> Place:
    """What those options say."""
    return Place(options["stack"], options["region"], options["profile"])


def told(event: Mapping[str, Any]) -> None:
    """One line for an event of a stack."""
    status = str(event["ResourceStatus"])
    style = "red" if "FAILED" in status else "green" if status.endswith("_COMPLETE") else "dim"
    at = event["Timestamp"].astimezone().strftime("%H:%M:%S")
    line = Text.assemble(
        (at, "cyan"), "  ", (f"{status:28}", style), "  ", event["LogicalResourceId"]
    )
    if "FAILED" in status and event.get("ResourceStatusReason"):
        line.append(f"\n{'':12}{event['ResourceStatusReason']}", "red")
    console.print(line, soft_wrap=True)


def table(*columns: str, rows: Iterable[Iterable[object]]) -> Table:
    """A table without frames, good for pipes too."""
    made = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*(each if isinstance(each, Text) else Text(str(each)) for each in row))
    return made


def write(made: Table) -> None:
    """A table on standard output, as wide as it needs to be."""
    Console(width=None if console.is_terminal else 200, highlight=False).print(made)


def changes_table(changes: list[Change]) -> Table:
    """A change set for people: what is lost in red, what is replaced in yellow."""
    rows = []
    for each in changes:
        replaced = each.replaces
        style = "red" if each.loses else "yellow" if replaced or each.action == "Remove" else ""
        rows.append(
            (
                Text(each.action, style),
                Text(each.logical_id, style),
                each.type.removeprefix("AWS::"),
                Text({"True": "yes", "Conditional": "maybe"}.get(each.replacement, ""), style),
                ", ".join(each.because),
            )
        )
    return table("Action", "Resource", "Type", "Replaced", "Because of", rows=rows)
