"""`labchat deploy metrics`: the figures of the last hours."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from deploy.aws import Place, run
from deploy.commands.terminal import place, place_options, table, write
from deploy.stack import Stack


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric, and how an hour of it becomes a number."""

    title: str
    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...]
    """Name of the dimension, and the logical id or output whose value it has."""
    stat: str


API = (("ApiId", "Api"), ("Stage", "Stage"))

FIGURES = (
    Figure("sockets opened", "AWS/ApiGateway", "ConnectCount", API, "Sum"),
    Figure("messages in and out", "AWS/ApiGateway", "MessageCount", API, "Sum"),
    Figure("refused by clients' fault", "AWS/ApiGateway", "ClientError", API, "Sum"),
    Figure("integration errors", "AWS/ApiGateway", "IntegrationError", API, "Sum"),
    *(
        Figure(title, "AWS/Lambda", metric, (("FunctionName", "MessageFunction"),), stat)
        for title, metric, stat in (
            ("events of Message", "Invocations", "Sum"),
            ("errors of Message", "Errors", "Sum"),
            ("throttles of Message", "Throttles", "Sum"),
            ("ms of Message, p50", "Duration", "p50"),
            ("ms of Message, p95", "Duration", "p95"),
        )
    ),
    *(
        Figure(title, "AWS/DynamoDB", metric, (("TableName", "ChatTable"),), "Sum")
        for title, metric in (
            ("read units", "ConsumedReadCapacityUnits"),
            ("write units", "ConsumedWriteCapacityUnits"),
        )
    ),
)


@click.command()
@click.option("--hours", type=click.IntRange(1, 24 * 14), default=6, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@place_options
def metrics(hours: int, as_json: bool, **where: Any) -> None:
    """Show sockets, messages, errors, times and units, hour by hour."""
    starts, found = run(_metrics(place(where), hours))
    if as_json:
        times = [each.isoformat() for each in starts]
        click.echo(json.dumps({"hours": times, "figures": found}, indent=2))
        return
    columns = [f"{each.astimezone():%d. %H:%M}" for each in starts]
    rows = [(title, *(_short(value) for value in values)) for title, values in found.items()]
    write(table("", *columns, rows=rows))


async def _metrics(
    where: Place, hours: int
) -> tuple[list[datetime], dict[str, list[float | None]]]:
    """The beginnings of the hours, and the values by title; `None` where nothing was measured."""
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    starts = [end - timedelta(hours=back) for back in range(hours, 0, -1)]
    async with (
        where.client("cloudformation") as cloudformation,
        where.client("cloudwatch") as client,
    ):
        stack = Stack(cloudformation, where.stack)
        await stack.outputs()
        ids = {
            name: resource["PhysicalResourceId"]
            for name, resource in (await stack.resources()).items()
        }
        answer = await client.get_metric_data(
            MetricDataQueries=list(_queries(ids)), StartTime=starts[0], EndTime=end
        )
    values: dict[str, list[float | None]] = {}
    for figure, result in zip(FIGURES, answer["MetricDataResults"], strict=True):
        measured = dict(zip(result["Timestamps"], result["Values"], strict=True))
        values[figure.title] = [measured.get(start) for start in starts]
    return starts, values


def _queries(ids: dict[str, str]) -> Iterable[dict[str, Any]]:
    for number, figure in enumerate(FIGURES):
        yield {
            "Id": f"m{number}",
            "MetricStat": {
                "Metric": {
                    "Namespace": figure.namespace,
                    "MetricName": figure.metric,
                    "Dimensions": [
                        {"Name": name, "Value": ids[source]} for name, source in figure.dimensions
                    ],
                },
                "Period": 3600,
                "Stat": figure.stat,
            },
        }


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"
