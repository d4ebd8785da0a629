"""CloudWatch's metrics: by boto3 in the query protocol, and in JSON as newer clients call."""

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from emulator.telemetry import metrics_operations
from tests.emulator.telemetry.conftest import Service


Call = Callable[..., Any]

HOUR = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
SPAN = {"StartTime": HOUR, "EndTime": HOUR + timedelta(hours=1)}


@pytest.fixture
async def metrics(service: Service) -> AsyncIterator[Call]:
    """Calls operations by their names in boto3, while the event loop serves them."""
    client = service.client("cloudwatch")

    async def call(operation: str, **arguments: Any) -> Any:
        return await asyncio.to_thread(lambda: getattr(client, operation)(**arguments))

    yield call
    client.close()


def datum(name: str, minute: int = 0, **members: Any) -> dict[str, Any]:
    """One of PutMetricData's, some minutes after the hour."""
    return {"MetricName": name, "Timestamp": HOUR + timedelta(minutes=minute, seconds=7), **members}


async def test_what_was_put_is_listed(metrics: Call, service: Service) -> None:
    """By namespace, name, dimensions with and without their values."""
    color = [{"Name": "color", "Value": "<red> & blue"}]
    data = [datum("m", Value=1, Dimensions=color), datum("n", Value=1)]
    await metrics("put_metric_data", Namespace="N", MetricData=data)
    service.cloudwatch.put_metric("AWS/X", "m", 1)

    async def listed(**arguments: Any) -> list[tuple[str, str]]:
        found = (await metrics("list_metrics", **arguments))["Metrics"]
        return [(metric["Namespace"], metric["MetricName"]) for metric in found]

    assert await listed() == [("AWS/X", "m"), ("N", "m"), ("N", "n")]
    assert await listed(Namespace="N") == [("N", "m"), ("N", "n")]
    assert await listed(MetricName="m") == [("AWS/X", "m"), ("N", "m")]
    assert await listed(Dimensions=[{"Name": "color"}]) == [("N", "m")]
    assert await listed(Dimensions=color) == [("N", "m")]
    assert await listed(Dimensions=[{"Name": "color", "Value": "green"}]) == []
    [found] = (await metrics("list_metrics", Dimensions=color))["Metrics"]
    assert found["Dimensions"] == color


async def test_long_lists_come_in_pages(metrics: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a token as long as there is more."""
    monkeypatch.setattr(metrics_operations, "PAGE", 2)
    data = [datum(name, Value=1) for name in "abc"]
    await metrics("put_metric_data", Namespace="N", MetricData=data)
    page = await metrics("list_metrics")
    rest = await metrics("list_metrics", NextToken=page["NextToken"])
    assert [metric["MetricName"] for metric in page["Metrics"] + rest["Metrics"]] == [*"abc"]
    assert "NextToken" not in rest


async def test_statistics_by_period(metrics: Call) -> None:
    """Single values, lists with counts and statistic sets add up."""
    sets = {"SampleCount": 2, "Sum": 30, "Minimum": 10, "Maximum": 20}
    data = [
        datum("m", 0, Value=1),
        datum("m", 4, Values=[2, 3], Counts=[1, 2]),
        datum("m", 5, StatisticValues=sets),
        datum("m", 59, Value=7, Unit="Seconds"),
        datum("other", 0, Value=100),
        datum("m", 0, Value=100, Dimensions=[{"Name": "a", "Value": "b"}]),
    ]
    await metrics("put_metric_data", Namespace="N", MetricData=data)
    names = ["SampleCount", "Sum", "Average", "Minimum", "Maximum"]
    request = {"Namespace": "N", "MetricName": "m", **SPAN, "Period": 300, "Statistics": names}
    answer = await metrics("get_metric_statistics", **request)
    assert answer["Label"] == "m"
    found = [
        (
            int((each["Timestamp"] - HOUR).total_seconds() / 60),
            each["Unit"],
            *(each[name] for name in names),
        )
        for each in answer["Datapoints"]
    ]
    assert found == [
        (0, "None", 4, 9, 2.25, 1, 3),
        (5, "None", 2, 30, 15, 10, 20),
        (55, "Seconds", 1, 7, 7, 7, 7),
    ]
    one = await metrics(
        "get_metric_statistics", **{**request, "Statistics": ["Sum"], "Unit": "Seconds"}
    )
    assert [{*each} for each in one["Datapoints"]] == [{"Timestamp", "Sum", "Unit"}]
    nothing = await metrics("get_metric_statistics", **{**request, "MetricName": "absent"})
    assert nothing["Datapoints"] == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Period": 30}, "InvalidParameterValue"),
        ({"Period": 60, "StartTime": HOUR - timedelta(days=2)}, "InvalidParameterCombination"),
        ({"EndTime": HOUR}, "InvalidParameterValue"),
        ({"Statistics": ["Median"]}, "InvalidParameterValue"),
        ({"ExtendedStatistics": ["p99"]}, "InvalidParameterCombination"),
    ],
)
async def test_refused_statistics(metrics: Call, changes: dict[str, Any], code: str) -> None:
    """Each with AWS's code."""
    request = {"Namespace": "N", "MetricName": "m", **SPAN, "Period": 300, "Statistics": ["Sum"]}
    with pytest.raises(ClientError) as refusal:
        await metrics("get_metric_statistics", **{**request, **changes})
    assert refusal.value.response["Error"]["Code"] == code
    assert refusal.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "MissingParameter"),
        ({"Value": 1, "Unit": "Parsecs"}, "InvalidParameterValue"),
        ({"Value": 1, "Timestamp": datetime(2020, 1, 1, tzinfo=UTC)}, "InvalidParameterValue"),
        ({"Values": [1, 2], "Counts": [1]}, "InvalidParameterCombination"),
        ({"Value": float("inf")}, "SerializationException"),
    ],
)
async def test_refused_values(metrics: Call, changes: dict[str, Any], code: str) -> None:
    """And none of the request is stored."""
    data = [datum("good", Value=1), {**datum("m"), **changes}]
    with pytest.raises(ClientError) as refusal:
        await metrics("put_metric_data", Namespace="N", MetricData=data)
    assert refusal.value.response["Error"]["Code"] == code
    assert (await metrics("list_metrics"))["Metrics"] == []


async def test_unknown_operations_are_named(metrics: Call) -> None:
    """What CloudWatch has and this emulator has not."""
    with pytest.raises(ClientError, match="DescribeAlarms is not supported"):
        await metrics("describe_alarms")


def post(service: Service, operation: str, body: bytes, *, signed: bool = True) -> tuple[int, Any]:
    """A call in JSON 1.0."""
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": f"GraniteServiceVersion20100801.{operation}",
    }
    request = AWSRequest("POST", f"{service.url}/", headers, body)
    if signed:
        keys = service.keys.operator
        credentials = Credentials(keys.access_key_id, keys.secret_access_key)
        SigV4Auth(credentials, "monitoring", "us-east-1").add_auth(request)
    sent = urllib.request.Request(f"{service.url}/", body, dict(request.headers.items()))
    try:
        with urllib.request.urlopen(sent) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, {"header": error.headers["x-amzn-query-error"], **json.load(error)}


async def test_the_json_protocol(service: Service) -> None:
    """Times are numbers; errors carry both protocols' names."""

    async def call(operation: str, document: Any, **how: bool) -> tuple[int, Any]:
        body = json.dumps(document).encode()
        return await asyncio.to_thread(lambda: post(service, operation, body, **how))

    now = time.time()
    data = [{"MetricName": "m", "Value": 2.5, "Timestamp": now}]
    assert await call("PutMetricData", {"Namespace": "N", "MetricData": data}) == (200, {})
    request = {
        "Namespace": "N",
        "MetricName": "m",
        "StartTime": now - 60,
        "EndTime": now + 60,
        "Period": 60,
        "Statistics": ["Sum"],
    }
    status, found = await call("GetMetricStatistics", request)
    [point] = found["Datapoints"]
    assert (status, point["Sum"], point["Timestamp"]) == (200, 2.5, now // 60 * 60)
    assert await call("GetMetricStatistics", {**request, "Period": 1}) == (
        400,
        {
            "__type": "InvalidParameterValueException",
            "header": "InvalidParameterValue;Sender",
            "message": "Period must be a multiple of 60; values are kept by minute.",
        },
    )
    wrong: list[Any] = [[], {"MetricData": 1}, {"Namespace": "N", "MetricData": [1]}]
    for document in wrong:
        assert (await call("PutMetricData", document))[0] == 400
    status, refused = await call("ListMetrics", {}, signed=False)
    assert (status, refused["__type"]) == (400, "MissingAuthenticationTokenException")


@pytest.mark.parametrize("body", [b"", b"Action=ListMetrics", b"\xff", b"Action=A.B&Action.C=1"])
async def test_unsigned_forms_are_refused(service: Service, body: bytes) -> None:
    """Before anything of them is read; the answer is XML."""
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    request = urllib.request.Request(f"{service.url}/", body, headers)

    def send() -> tuple[int, str]:
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(request)
        with refusal.value as answer:
            return answer.code, answer.read().decode()

    status, text = await asyncio.to_thread(send)
    assert status == 400
    assert "<Code>MissingAuthenticationTokenException</Code>" in text
