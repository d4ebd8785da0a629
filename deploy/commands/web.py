"""`labchat deploy web`: the public address, and the web client behind it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from deploy import checkout, deployment, parameters, site
from deploy.aws import Client, Place, run
from deploy.commands.terminal import changes_table, console, place, place_options, told, write
from deploy.deployment import Session
from deploy.errors import DeployError
from deploy.releases import Deployment, now
from deploy.stack import Stack, Update
from deploy.template import parse


EDGE = "us-east-1"
"""Where CloudFront takes certificates from, and where charges are measured."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for."""

    options: tuple[str, ...]
    client: Path
    yes: bool
    back: bool
    role: str


@click.command()
@click.option(
    "--parameter",
    "options",
    multiple=True,
    metavar="NAME=VALUE",
    help="Of hosting.yaml, such as DomainName=chat.lab.example; the stack remembers it.",
)
@click.option(
    "--client",
    type=click.Path(path_type=Path, file_okay=False),
    default=checkout.CLIENT,
    show_default="static/dist",
    help="The built web client.",
)
@click.option("--back", is_flag=True, help="Publish the client that was there before.")
@click.option("--role", metavar="ARN", default="", help="Have CloudFormation act as this.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@place_options
def web(
    options: tuple[str, ...], client: Path, back: bool, role: str, yes: bool, **where: Any
) -> None:
    """Publish the web client: CloudFront, Amplify Hosting, domain, budget, billing alarm.

    The first time takes CloudFront some minutes. A built client is needed: `make ui`.
    """
    run(_web(place(where), Wanted(options, client, yes, back, role)))


async def _web(where: Place, wanted: Wanted) -> None:
    async with (
        deployment.session(where, wanted.role) as session,
        where.client("cloudformation", EDGE) as edge,
        where.client("amplify", EDGE) as amplify,
    ):
        core = await session.stack.outputs()
        hosting = await _host(session, Stack(edge, where.hosting_stack), core, wanted)
        await _let_in(session, hosting["SiteUrl"])
        if app := hosting.get("AppId"):
            await _publish(session, amplify, app, core, wanted)
        else:
            await _hand_over(core, session, wanted)
    console.print(f"[green]The chat is at {hosting['SiteUrl']}[/]")


async def _host(
    session: Session, stack: Stack, core: dict[str, str], wanted: Wanted
) -> dict[str, str]:
    """Bring the hosting stack up to date; its outputs."""
    template = checkout.template("hosting")
    document = parse(template)
    own = {
        "ApiDomain": urlsplit(core["WebSocketUrl"]).hostname or "",
        "ChatRegion": core["Region"],
        "AttachmentDomain": core["AttachmentDomain"],
    }
    given = parameters.given(wanted.options, document)
    values = parameters.merged(document, await stack.parameters(), own, given)
    change_set = await stack.propose(Update(template, values, role=session.role))
    if change_set is not None:
        write(changes_table(change_set.changes))
        if not wanted.yes and not click.confirm("Do this?", err=True):
            await stack.discard(change_set)
            raise DeployError("Nothing was changed.")
        await stack.execute(change_set, told)
    return await stack.outputs()


async def _let_in(session: Session, url: str) -> None:
    """Have the functions take sockets of this page, and the health check come by this way."""
    current = await session.stack.parameters()
    socket = f"wss://{urlsplit(url).netloc}/ws"
    origins = parameters.with_site(current["AllowedOrigins"], url)
    if current["AllowedOrigins"] == origins:
        return
    console.print(f"The functions learn of {url}.")
    change = {"AllowedOrigins": origins, "SocketUrl": socket}
    record = await deployment.reconfigure(session, change, told)
    console.print(f"{record.release} runs.")


async def _publish(
    session: Session, amplify: Client, app: str, core: dict[str, str], wanted: Wanted
) -> None:
    record = Deployment(
        at=now(), build=core["BuildId"], kind="web", outcome="good", by=session.caller
    )
    if wanted.back:
        key = _earlier(await session.releases.history(200))
        content = await session.releases.web(key)
    else:
        content = site.packed(wanted.client, site.configuration(core, session.stack.name))
        key = site.key(content)
        await session.releases.put_web(key, content)
    with console.status("Publishing …"):
        await site.publish(amplify, app, content)
    await session.releases.record(replace(record, web=key, commit=checkout.commit()))


def _earlier(history: list[Deployment]) -> str:
    """The client before the one that is published. Raises `DeployError` if there is none."""
    published = [each.web for each in history if each.web and each.good]
    for key in published:
        if key != published[0]:
            return key
    raise DeployError("No other web client was published before; build one with `make ui`.")


async def _hand_over(core: dict[str, str], session: Session, wanted: Wanted) -> None:
    """Where another host serves the client, its operator uploads it."""
    path = checkout.CACHE / "web.zip"
    content = site.packed(wanted.client, site.configuration(core, session.stack.name))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    console.print(f"Have the host of WebOrigin serve what is in {path}.")
