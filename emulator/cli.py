"""The command line: `labchat`."""

import sys
from typing import Any

import click

from emulator.commands.backup import backup, restore, verify
from emulator.commands.env import env
from emulator.commands.invoke import invoke
from emulator.commands.logs import logs
from emulator.commands.mail import mail
from emulator.commands.terminal import console
from emulator.commands.up import up
from emulator.commands.users import users
from emulator.errors import UsageError


class _Commands(click.Group):
    """Ends in one sentence, not in a traceback, what the person can mend."""

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


main.add_command(env)
main.add_command(up)
main.add_command(logs)
main.add_command(invoke)
main.add_command(mail)
main.add_command(users)
main.add_command(backup)
main.add_command(restore)
main.add_command(verify)
