"""`labchat deploy rollback`: back to an earlier build."""

from typing import Any

import click

from deploy import deployment
from deploy.aws import Place, run
from deploy.commands.terminal import console, place, place_options, told


@click.command()
@click.option(
    "--to",
    metavar="RELEASE",
    help="The release to go back to, or its beginning.  [default: the one before]",
)
@click.option("--no-smoke", is_flag=True, help="Do not run the health check.")
@click.option("--role", metavar="ARN", default="", help="Have CloudFormation act as this.")
@place_options
def rollback(to: str | None, no_smoke: bool, role: str, **where: Any) -> None:
    """Go back to an earlier release: the functions within seconds, then the rest of the stack.

    Open sockets stay. Tables, accounts and files are never rolled back.
    """
    run(_rollback(place(where), to, role, not no_smoke))


async def _rollback(where: Place, to: str | None, role: str, smoke: bool) -> None:
    async with deployment.session(where, role) as session:
        record = await deployment.rollback(session, to, told, smoke=smoke)
    console.print(f"[green]Build {record.release} runs again[/], in place of {record.previous}.")
    console.print("The web client goes back by itself: labchat deploy web --back")
