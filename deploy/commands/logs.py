"""`labchat deploy logs`: what the deployed functions have logged."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import click

from deploy.aws import Client, Place, run
from deploy.commands.terminal import console, place, place_options
from deploy.errors import DeployError
from deploy.stack import Stack


UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
LOOK_EVERY = 2.0
"""Seconds between two looks for new events."""


@click.command()
@click.argument("which", metavar="[FUNCTION]", required=False, default="Message")
@click.option("--since", default="10m", show_default=True, metavar="10m|2h|1d")
@click.option("--follow", "-f", is_flag=True, help="Go on with new events until Ctrl+C.")
@click.option("--filter", "pattern", default="", help="A filter pattern of CloudWatch Logs.")
@place_options
def logs(which: str, since: str, follow: bool, pattern: str, **where: Any) -> None:
    """Show the log of FUNCTION: Message, Connect, Authorizer, Disconnect, PreSignUp, Health, Access."""
    try:
        run(_logs(place(where), which, _seconds(since), follow, pattern))
    except KeyboardInterrupt:
        return


async def _logs(where: Place, which: str, seconds: int, follow: bool, pattern: str) -> None:
    async with where.client("cloudformation") as cloudformation, where.client("logs") as client:
        stack = Stack(cloudformation, where.stack)
        await stack.outputs()
        groups = {
            name.removesuffix("Log"): resource["PhysicalResourceId"]
            for name, resource in (await stack.resources()).items()
            if resource["ResourceType"] == "AWS::Logs::LogGroup"
        }
        wanted = which.removesuffix("Function")
        if wanted not in groups:
            raise DeployError(f"There is no log of {which}; there are {', '.join(sorted(groups))}.")
        start = int((datetime.now(UTC).timestamp() - seconds) * 1000)
        found = False
        async for event in _events(client, groups[wanted], start, pattern, follow):
            found = True
            click.echo(_line(event))
    if not found:
        console.print(f"{wanted} has logged nothing of that kind in this time.")


async def _events(
    client: Client, group: str, start: int, pattern: str, follow: bool
) -> AsyncIterator[dict[str, Any]]:
    """Events in the order of time, each once."""
    seen: set[str] = set()
    while True:
        pages = client.get_paginator("filter_log_events").paginate(
            logGroupName=group, startTime=start, **({"filterPattern": pattern} if pattern else {})
        )
        async for page in pages:
            for event in page["events"]:
                # The id is optional in the API's model.
                identity = event.get("eventId") or repr(event)
                if identity not in seen:
                    seen.add(identity)
                    # Events may still come late, but not that late.
                    start = max(start, event["timestamp"] - 60_000)
                    yield event
        if not follow:
            return
        await asyncio.sleep(LOOK_EVERY)


def _line(event: dict[str, Any]) -> str:
    at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC).astimezone()
    text = event["message"].rstrip()
    try:
        record = json.loads(text)
    except ValueError:
        record = None
    if isinstance(record, dict) and isinstance(record.get("message"), str):
        text = f"{record.get('level', '')} {record['message']}".strip()
        text += "".join("\n" + each.rstrip() for each in record.get("stackTrace", []))
    return f"{at:%Y-%m-%d %H:%M:%S}  {text}"


def _seconds(since: str) -> int:
    match = re.fullmatch(r"(\d{1,6})([smhd])", since)
    if match is None:
        raise DeployError(f"--since {since}: give a duration such as 10m, 2h or 1d.")
    return int(match[1]) * UNITS[match[2]]
