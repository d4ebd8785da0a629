"""`labchat deploy load`: a bounded load test of a running chat."""

import json
from typing import Any

import click

from deploy import load as loads
from deploy.aws import Place, run
from deploy.commands.status import all_outputs
from deploy.commands.terminal import console, place, place_options, table, write
from deploy.errors import DeployError
from deploy.load import Plan, Result


@click.command()
@click.option("--url", metavar="URL", help="Address of the page.  [default: the stack's socket]")
@click.option("--people", type=click.IntRange(2, 100), default=25, show_default=True)
@click.option("--seconds", type=click.IntRange(1, 600), default=30, show_default=True)
@click.option(
    "--rate",
    type=click.FloatRange(0.1, 50),
    default=2.0,
    show_default=True,
    help="Messages a second, of all people together.",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@place_options
def load(
    url: str | None, people: int, seconds: int, rate: float, as_json: bool, **where: Any
) -> None:
    """Have people write to each other, and measure. Exit code 1 if a message is refused or lost.

    They get accounts and a private room of their own, which keeps messages for a day; the accounts
    are deleted at the end. The default costs about a tenth of a cent.
    """
    plan = Plan(people, seconds, rate)
    result = run(_load(place(where), url, plan))
    if as_json:
        click.echo(json.dumps(result.summary(), indent=2))
    else:
        _show(result)
    if result.lost or result.refused:
        raise DeployError(
            f"{result.refused} messages were refused and {result.lost} hearings are missing; look at "
            "`labchat deploy metrics` and `labchat deploy logs`."
        )


async def _load(where: Place, url: str | None, plan: Plan) -> Result:
    if url:
        site = await loads.site_of(url.rstrip("/"))
    else:
        outputs = await all_outputs(where)
        site = {
            "websocket": outputs["SocketUrl"],
            "userPoolId": outputs["UserPoolId"],
            "userPoolClientId": outputs["UserPoolClientId"],
        }
    with console.status(f"{plan.people} people write for {plan.seconds} s …"):
        async with where.client("cognito-idp") as cognito:
            return await loads.run(cognito, site, plan)


def _show(result: Result) -> None:
    summary = result.summary()
    rows = [
        (title, *(f"{summary[name].get(share, 0):,.0f}" for share in ("p50", "p95", "p99", "max")))
        for title, name in (
            ("socket opened", "connect"),
            ("acknowledged", "acknowledged"),
            ("heard by another", "heard"),
        )
    ]
    write(table("ms", "p50", "p95", "p99", "longest", rows=rows))
    console.print(f"{result.sent} sent, {result.refused} refused, {result.lost} hearings missing.")
