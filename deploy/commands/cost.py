"""`labchat cost`: what a month of chatting costs on AWS."""

import json
from dataclasses import asdict

import click

from deploy.commands.terminal import console, table, write
from deploy.costs import prices
from deploy.costs.model import Line, Load, bill, total, usage


PLAN = 5.29
"""US dollars a month that the chat was planned to cost, at the default load."""


@click.command()
@click.option("--people", type=click.IntRange(1), default=30, show_default=True)
@click.option(
    "--messages",
    type=click.IntRange(0),
    default=50_000,
    show_default=True,
    help="Written in a month.",
)
@click.option(
    "--minutes",
    type=click.IntRange(0),
    default=150_000,
    show_default=True,
    help="Of open sockets in a month, of all people together.",
)
@click.option(
    "--recipients",
    type=click.FloatRange(min=1),
    default=9.0,
    show_default=True,
    help="Open sockets that hear a message.",
)
@click.option(
    "--uploads",
    type=click.IntRange(0),
    default=300,
    show_default=True,
    help="Files in a month.",
)
@click.option("--no-domain", is_flag=True, help="Without a zone in Route 53.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def cost(  # noqa: PLR0913 - click passes each option as an argument
    people: int,
    messages: int,
    minutes: int,
    recipients: float,
    uploads: int,
    no_domain: bool,
    as_json: bool,
) -> None:
    """Estimate a month's bill, with a year of messages and files in store.

    Without options: the plan's load of 30 people, 50,000 messages and 150,000 connection minutes.
    """
    load = Load(
        people=people,
        messages=messages,
        minutes=minutes,
        recipients=recipients,
        uploads=uploads,
        custom_domain=not no_domain,
    )
    known = prices.load()
    lines = bill(usage(load), known)
    if as_json:
        whole, after_free = total(lines)
        document = {
            "load": asdict(load),
            "prices": str(known.date),
            "lines": [asdict(line) for line in lines],
            "usd": round(whole, 2),
            "usdAfterFree": round(after_free, 2),
        }
        click.echo(json.dumps(document, indent=2))
        return
    _show(lines)
    console.print(f"Prices of us-east-1 as of {known.date}, from deploy/costs/prices.toml.")
    if load == Load():
        console.print(f"The plan said ${PLAN:.2f} for this load.")


def _show(lines: list[Line]) -> None:
    rows: list[tuple[str, ...]] = [
        (
            line.service,
            f"{line.quantity:,.0f}" if line.quantity >= 100 else f"{line.quantity:,.2f}",
            line.what,
            f"{line.usd:.2f}",
            f"{line.usd_after_free:.2f}",
        )
        for line in lines
        if line.quantity
    ]
    whole, after_free = total(lines)
    rows.append(("Total", "", "US dollars a month", f"{whole:.2f}", f"{after_free:.2f}"))
    write(table("Service", "Quantity", "", "List price", "With what is always free", rows=rows))
