"""The command line: `labchat`."""

import sys
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

import click

from emulator.commands.terminal import console
from emulator.errors import UsageError


OWN = {
    "up": "emulator.commands.up",
    "env": "emulator.commands.env",
    "logs": "emulator.commands.logs",
    "invoke": "emulator.commands.invoke",
    "mail": "emulator.commands.mail",
    "users": "emulator.commands.users",
    "backup": "emulator.commands.backup",
    "restore": "emulator.commands.backup",
    "verify": "emulator.commands.backup",
}
"""The emulator's own commands and the module of each. One is imported when it is asked for, since
`up` brings the whole emulator and would cost every other a second."""

OTHERS = "labchat.commands"
"""The entry points by which other packages add theirs: the emulator knows none of them."""


class _Commands(click.Group):
    """Imports a command when it is used; ends in one sentence what the person can mend."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*OWN, *sorted(entry_points(group=OTHERS).names)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found: object = None
        if module := OWN.get(cmd_name):
            found = getattr(import_module(module), cmd_name)
        elif others := entry_points(group=OTHERS, name=cmd_name):
            (entry,) = others
            found = entry.load()
        return found if isinstance(found, click.Command) else None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UsageError as error:
            console.print("[bold red]labchat:[/]", end=" ", highlight=False)
            console.print(str(error), highlight=False, markup=False)
            sys.exit(2)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="labchat", prog_name="labchat")
def main() -> None:
    """AWS serverless on one machine, and the chat that runs on it."""
