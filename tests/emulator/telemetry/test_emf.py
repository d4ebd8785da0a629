"""The embedded metric format."""

import json
from typing import Any

import pytest

from emulator.telemetry.datum import Datum, Metric, Statistics
from emulator.telemetry.emf import embedded_metrics


def document(**changes: Any) -> dict[str, Any]:
    """A valid one, as the specification's example."""
    directive = {
        "Namespace": "lambda-function-metrics",
        "Dimensions": [["functionVersion", "a"], []],
        "Metrics": [{"Name": "time", "Unit": "Milliseconds"}, {"Name": "many"}],
    }
    return {
        "_aws": {"Timestamp": 1_574_109_732_004, "CloudWatchMetrics": [{**directive, **changes}]},
        "functionVersion": "$LATEST",
        "a": 1,
        "time": 100,
        "many": [1.5, 2],
    }


def test_each_metric_under_each_set_of_dimensions() -> None:
    """Values, units, time; a list is several values."""
    dimensions = (("a", "1"), ("functionVersion", "$LATEST"))
    expected = [
        Datum(Metric("lambda-function-metrics", name, each), unit, 1_574_109_732.004, values)
        for name, unit, value in (
            ("time", "Milliseconds", 100),
            ("many", "None", 1.5),
            ("many", "None", 2),
        )
        for each in (dimensions, ())
        for values in [Statistics.of(value)]
    ]
    found = embedded_metrics(json.dumps(document()) + "\n")
    assert sorted(found, key=repr) == sorted(expected, key=repr)


@pytest.mark.parametrize(
    "message",
    [
        "plain",
        '"_aws"',
        '{"_aws": 1}',
        '{"_aws": {}}',
        "x" + json.dumps(document()),
        json.dumps({**document(), "time": "100"}),
        json.dumps({**document(), "time": True}),
        json.dumps({**document(), "time": float("inf")}),
        json.dumps({**document(), "a": "\ud800"}),
        json.dumps(document(Dimensions=[["absent"]])),
        json.dumps(document(Dimensions=None)),
        json.dumps(document(Metrics=[{"Name": "absent"}])),
        json.dumps(document(Metrics=[{"Name": "time", "Unit": "Parsecs"}])),
        '{"_aws":' * 100_000,
    ],
)
def test_what_is_not_valid_gives_nothing(message: str) -> None:
    """Nor does it raise: it is an event like any other."""
    assert embedded_metrics(message) == []
