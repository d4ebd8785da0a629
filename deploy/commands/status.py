"""`labchat deploy status`, `history`, `outputs`: what is there."""

import json
from dataclasses import asdict
from typing import Any

import click
from rich.text import Text

from deploy import aliases, deployment
from deploy.aws import Place, run
from deploy.commands.terminal import console, place, place_options, table, write
from deploy.errors import DeployError
from deploy.stack import Stack


json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON.")


@click.command()
@json_option
@place_options
def outputs(as_json: bool, **where: Any) -> None:
    """Show the addresses and names of what was made."""
    found = run(all_outputs(place(where)))
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        write(table("Output", "Value", rows=sorted(found.items())))


@click.command()
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@json_option
@place_options
def history(limit: int, as_json: bool, **where: Any) -> None:
    """Show the deployments and rollbacks, newest first."""
    found = run(_history(place(where), limit))
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found], indent=2))
        return
    rows = [
        (
            each.at[:19] + "Z",
            each.kind,
            each.release,
            each.commit,
            Text(each.outcome, "green" if each.good else "red"),
            each.by.rpartition("/")[2],
        )
        for each in found
    ]
    write(table("When", "What", "Release", "Commit", "Outcome", "By", rows=rows))


@click.command()
@place_options
def status(**where: Any) -> None:
    """Show the stacks, the running build, and the alarms.

    Exit code 1 while an alarm rings.
    """
    ringing = run(_status(place(where)))
    if ringing:
        raise DeployError(
            f"These alarms ring: {', '.join(ringing)}. What to do stands in docs/deploy.md."
        )


async def all_outputs(where: Place) -> dict[str, str]:
    """Those of the chat's stack, and of the hosting stack if there is one."""
    async with (
        where.client("cloudformation") as client,
        where.client("cloudformation", "us-east-1") as edge,
    ):
        found = await Stack(client, where.stack).outputs()
        hosting = await Stack(edge, where.hosting_stack).describe()
    return found | {o["OutputKey"]: o["OutputValue"] for o in (hosting or {}).get("Outputs", [])}


async def _history(where: Place, limit: int) -> list[Any]:
    async with deployment.session(where) as session:
        return await session.releases.history(limit)


async def _status(where: Place) -> list[str]:
    async with deployment.session(where) as session, where.client("cloudwatch") as cloudwatch:
        found = await session.stack.describe()
        if found is None:
            raise DeployError(f"There is no stack {where.stack} yet; run `labchat deploy apply`.")
        live = await aliases.read(session.aws_lambda, session.stack)
        newest = next(
            (d for d in await session.releases.history(50) if d.good and d.versions), None
        )
        answer = await cloudwatch.describe_alarms(AlarmNamePrefix=f"{where.stack}-")
    console.print(f"Stack {where.stack} is {found['StackStatus']}.")
    if newest is not None:
        moved = newest.versions != aliases.versions(live)
        by = "; an alias was moved by hand since" if moved else ""
        console.print(f"{newest.release} of {newest.at[:19]}Z runs{by}.")
    write(
        table("Function", "Version", rows=sorted((a.function, a.version) for a in live)),
    )
    alarms = answer["MetricAlarms"]
    states = sorted((each["AlarmName"], each["StateValue"]) for each in alarms)
    rows = [(name, Text(state, _style(state))) for name, state in states]
    write(table("Alarm", "State", rows=rows))
    return sorted(each["AlarmName"] for each in alarms if each["StateValue"] == "ALARM")


def _style(state: str) -> str:
    return {"OK": "green", "ALARM": "bold red"}.get(state, "dim")
