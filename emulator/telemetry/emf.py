"""The embedded metric format: metrics inside of log events. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import math
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from emulator.telemetry.datum import UNITS, Datum, Dimensions, Metric, Statistics


MAX_METRICS = 100
MAX_DIMENSIONS = 30
MAX_VALUES = 100


def embedded_metrics(message: str) -> list[Datum]:
    """The metrics that a log event holds; none if it is no such document, or not a valid one."""
    if '"_aws"' not in message:
        return []
    try:
        return list(_data(json.loads(message)))
    except (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError):
        return []


def _data(root: Mapping[str, Any]) -> Iterator[Datum]:
    metadata = root["_aws"]
    timestamp = metadata["Timestamp"] / 1000
    for directive in metadata["CloudWatchMetrics"]:
        sets = [_dimensions(root, names) for names in directive["Dimensions"]]
        for definition in directive["Metrics"][:MAX_METRICS]:
            name, unit = _text(definition["Name"]), definition.get("Unit", "None")
            if unit not in UNITS:
                raise ValueError(unit)
            found = root[name]
            values = found[:MAX_VALUES] if isinstance(found, list) else [found]
            for dimensions, value in product(sets, map(_number, values)):
                metric = Metric(_text(directive["Namespace"]), name, dimensions)
                yield Datum(metric, unit, timestamp, Statistics.of(value))


def _dimensions(root: Mapping[str, Any], names: list[str]) -> Dimensions:
    return tuple(sorted((_text(name), _text(root[name])) for name in names[:MAX_DIMENSIONS]))


def _text(value: object) -> str:
    text = str(value)
    text.encode()  # Half a surrogate pair is JSON, but no text: a ValueError.
    return text


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(value)
    return float(value)
