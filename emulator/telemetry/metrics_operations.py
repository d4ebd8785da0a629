"""The operations of CloudWatch: ListMetrics, GetMetricStatistics, PutMetricData.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Operations.html
"""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from emulator.errors import AwsError
from emulator.telemetry import metric_store
from emulator.telemetry.datum import UNITS, Datum, Dimensions, Metric, Statistics
from emulator.telemetry.ingest import NEWEST, OLDEST
from emulator.telemetry.metric_store import MINUTE, Datapoint
from emulator.telemetry.wire import Arguments


PAGE = 500
"""Metrics on a page of ListMetrics."""

MAX_DATAPOINTS = 1440

STATISTICS: Mapping[str, Callable[[Statistics], float]] = {
    "SampleCount": lambda values: values.count,
    "Average": lambda values: values.sum / (values.count or 1),
    "Sum": lambda values: values.sum,
    "Minimum": lambda values: values.minimum,
    "Maximum": lambda values: values.maximum,
}


class InvalidParameterValueError(AwsError):
    """An argument has a value that it cannot have."""

    code = "InvalidParameterValue"


class InvalidParameterCombinationError(AwsError):
    """Arguments that do not go together."""

    code = "InvalidParameterCombination"


@dataclass(frozen=True, slots=True)
class Call:
    """What an operation is given."""

    db: sqlite3.Connection
    arguments: Arguments
    now: float
    """Seconds since the epoch."""


def list_metrics(call: Call) -> dict[str, Any]:
    """ListMetrics: dimensions without a value match whatever value."""
    arguments = call.arguments
    namespace, name = arguments.optional_text("Namespace"), arguments.optional_text("MetricName")
    wanted = {
        filter_.text("Name"): filter_.optional_text("Value")
        for filter_ in arguments.structures("Dimensions")
    }

    def matches(metric: Metric) -> bool:
        known = dict(metric.dimensions)
        return (
            namespace in {"", metric.namespace}
            and name in {"", metric.name}
            and all(key in known and value in {"", known[key]} for key, value in wanted.items())
        )

    found = [metric for metric in metric_store.list_metrics(call.db) if matches(metric)]
    token = arguments.optional_text("NextToken", "0")
    if not token.isdecimal():
        raise InvalidParameterValueError("The value for parameter NextToken is invalid.")
    start = int(token)
    page = found[start : start + PAGE]
    document = {
        "Metrics": [
            {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": key, "Value": value} for key, value in metric.dimensions],
            }
            for metric in page
        ]
    }
    more = start + PAGE < len(found)
    return {**document, "NextToken": str(start + PAGE)} if more else document


def get_metric_statistics(call: Call) -> dict[str, Any]:
    """GetMetricStatistics: one metric by periods; there are no percentiles."""
    arguments = call.arguments
    metric = Metric(
        arguments.text("Namespace"), arguments.text("MetricName"), _dimensions(arguments)
    )
    start, end = arguments.moment("StartTime"), arguments.moment("EndTime")
    period = int(arguments.number("Period"))
    statistics = arguments.texts("Statistics")
    if "ExtendedStatistics" in arguments or not statistics:
        raise InvalidParameterCombinationError(
            "Give Statistics; ExtendedStatistics are not supported by this emulator."
        )
    if unknown := set(statistics) - STATISTICS.keys():
        raise InvalidParameterValueError(f"Unknown statistic: {', '.join(sorted(unknown))}")
    if period < MINUTE or period % MINUTE:
        raise InvalidParameterValueError(
            "Period must be a multiple of 60; values are kept by minute."
        )
    if start >= end:
        raise InvalidParameterValueError("StartTime must be less than EndTime.")
    if (end - start) / period > MAX_DATAPOINTS:
        raise InvalidParameterCombinationError(
            f"You have requested more than {MAX_DATAPOINTS} datapoints; choose a longer Period."
        )
    unit = arguments.optional_text("Unit")
    found = [
        point
        for point in metric_store.datapoints(call.db, metric, start, end, period)
        if unit in {"", point.unit}
    ]
    return {
        "Label": metric.name,
        "Datapoints": [_datapoint(point, statistics) for point in found],
    }


def put_metric_data(call: Call) -> None:
    """PutMetricData: single values, lists of values, and statistic sets."""
    namespace = call.arguments.text("Namespace")
    data = [
        datum
        for item in call.arguments.structures("MetricData")
        for datum in _data(call, namespace, item)
    ]
    if not metric_store.merge(call.db, data):
        raise InvalidParameterValueError(
            f"This emulator keeps {metric_store.MAX_METRICS} metrics and no more."
        )


def _data(call: Call, namespace: str, item: Arguments) -> list[Datum]:
    metric = Metric(namespace, item.text("MetricName"), _dimensions(item))
    unit = item.optional_text("Unit", "None")
    if unit not in UNITS:
        raise InvalidParameterValueError(f"The parameter Unit is no unit: {unit}")
    at = item.moment("Timestamp", call.now)
    if not call.now - OLDEST <= at <= call.now + NEWEST:
        raise InvalidParameterValueError(
            "The parameter Timestamp must lie within the last two weeks and the next two hours."
        )
    return [Datum(metric, unit, at, values) for values in _values(item)]


def _values(item: Arguments) -> list[Statistics]:
    if "StatisticValues" in item:
        parts = item.structure("StatisticValues")
        names = ("SampleCount", "Sum", "Minimum", "Maximum")
        return [Statistics(*(parts.number(name) for name in names))]
    if "Values" in item:
        values = item.numbers("Values")
        counts = item.numbers("Counts") or [1.0] * len(values)
        if len(counts) != len(values):
            raise InvalidParameterCombinationError("Values and Counts must be of the same length.")
        return [
            Statistics(count, value * count, value, value)
            for value, count in zip(values, counts, strict=True)
        ]
    return [Statistics.of(item.number("Value"))]


def _dimensions(arguments: Arguments) -> Dimensions:
    pairs = [(each.text("Name"), each.text("Value")) for each in arguments.structures("Dimensions")]
    if len(pairs) > 30:
        raise InvalidParameterValueError("There may be at most 30 Dimensions.")
    return tuple(sorted(pairs))


def _datapoint(point: Datapoint, statistics: list[str]) -> dict[str, Any]:
    figures = {name: STATISTICS[name](point.values) for name in statistics}
    return {
        "Timestamp": datetime.fromtimestamp(point.timestamp, UTC),
        **figures,
        "Unit": point.unit,
    }
