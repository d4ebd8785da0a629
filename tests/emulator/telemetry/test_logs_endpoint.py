"""CloudWatch Logs, called by boto3."""

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from emulator.telemetry import logs_reading
from tests.emulator.telemetry.conftest import ARNS, Service


NOW = int(time.time() * 1000)
DAY = 86_400_000
HOUR = 3_600_000

Call = Callable[..., Any]


@pytest.fixture
async def logs(service: Service) -> AsyncIterator[Call]:
    """Calls operations by their names in boto3, while the event loop serves them."""
    client = service.client("logs")

    async def call(operation: str, **arguments: Any) -> Any:
        return await asyncio.to_thread(lambda: getattr(client, operation)(**arguments))

    yield call
    client.close()


@pytest.fixture
async def stream(logs: Call) -> dict[str, str]:
    """A group with a stream: the arguments that name them."""
    names = {"logGroupName": "/g/one", "logStreamName": "2024/01/31/[$LATEST]abc"}
    await logs("create_log_group", logGroupName=names["logGroupName"])
    await logs("create_log_stream", **names)
    return names


def events(*messages: str, start: int = NOW) -> list[dict[str, Any]]:
    """Events a millisecond apart."""
    return [{"timestamp": start + n, "message": each} for n, each in enumerate(messages)]


async def test_groups_are_made_described_and_deleted(logs: Call) -> None:
    """In pages, by prefix, by a part of the name."""
    for name in ("/b", "/a/Two", "/a/one"):
        await logs("create_log_group", logGroupName=name)
    await logs("put_retention_policy", logGroupName="/b", retentionInDays=7)
    page = await logs("describe_log_groups", limit=2)
    assert [group["logGroupName"] for group in page["logGroups"]] == ["/a/Two", "/a/one"]
    rest = await logs("describe_log_groups", nextToken=page["nextToken"])
    assert "nextToken" not in rest
    [group] = rest["logGroups"]
    assert group["creationTime"] >= NOW
    assert {
        key: group[key] for key in ("arn", "logGroupArn", "retentionInDays", "storedBytes")
    } == {
        "arn": f"{ARNS}/b:*",
        "logGroupArn": f"{ARNS}/b",
        "retentionInDays": 7,
        "storedBytes": 0,
    }
    for arguments in ({"logGroupNamePrefix": "/a/T"}, {"logGroupNamePattern": "tW"}):
        found = (await logs("describe_log_groups", **arguments))["logGroups"]
        assert [group["logGroupName"] for group in found] == ["/a/Two"]
        assert "retentionInDays" not in found[0]
    await logs("delete_retention_policy", logGroupName="/b")
    await logs("delete_log_group", logGroupName="/a/one")
    found = (await logs("describe_log_groups"))["logGroups"]
    assert [(each["logGroupName"], each.get("retentionInDays")) for each in found] == [
        ("/a/Two", None),
        ("/b", None),
    ]


async def test_streams_are_described_and_deleted(logs: Call, stream: dict[str, str]) -> None:
    """By name or by the time of their last event."""
    group = stream["logGroupName"]
    await logs("put_log_events", **stream, logEvents=events("x", "y"))
    await logs("create_log_stream", logGroupName=group, logStreamName="zzz")
    by_time = {"orderBy": "LastEventTime", "descending": True}
    found = (await logs("describe_log_streams", logGroupName=group, **by_time))["logStreams"]
    assert [each["logStreamName"] for each in found] == [stream["logStreamName"], "zzz"]
    assert (found[0]["firstEventTimestamp"], found[0]["lastEventTimestamp"]) == (NOW, NOW + 1)
    assert found[0]["lastIngestionTime"] >= NOW
    assert found[0]["arn"] == f"{ARNS}{group}:log-stream:{stream['logStreamName']}"
    assert "lastEventTimestamp" not in found[1]
    page = await logs("describe_log_streams", logGroupName=group, limit=1)
    rest = await logs("describe_log_streams", logGroupName=group, nextToken=page["nextToken"])
    assert [each["logStreamName"] for each in rest["logStreams"]] == ["zzz"]
    await logs("delete_log_stream", **stream)
    left = await logs("describe_log_streams", logGroupIdentifier=f"{ARNS}{group}:*")
    assert [each["logStreamName"] for each in left["logStreams"]] == ["zzz"]
    assert (await logs("filter_log_events", logGroupName=group))["events"] == []


async def test_a_stream_is_read_in_both_directions(logs: Call, stream: dict[str, str]) -> None:
    """From its end by default; tokens go on from there, and at an end come back as they were."""
    await logs("put_log_events", **stream, logEvents=events(*"abcde"))

    async def page(**arguments: Any) -> tuple[str, dict[str, Any]]:
        found = await logs("get_log_events", **stream, **arguments)
        return "".join(each["message"] for each in found["events"]), found

    text, last = await page(limit=2)
    assert text == "de"
    assert {*last["events"][0]} == {"timestamp", "message", "ingestionTime"}
    text, before = await page(limit=2, nextToken=last["nextBackwardToken"])
    assert text == "bc"
    assert (await page(nextToken=before["nextBackwardToken"]))[0] == "a"
    text, end = await page(nextToken=last["nextForwardToken"])
    assert (text, end["nextForwardToken"]) == ("", last["nextForwardToken"])
    await logs("put_log_events", **stream, logEvents=events("f", start=NOW + 5))
    assert (await page(nextToken=end["nextForwardToken"]))[0] == "f"
    assert (await page(startFromHead=True, limit=3))[0] == "abc"
    assert (await page(startTime=NOW + 1, endTime=NOW + 3))[0] == "bc", "the end excluded"


async def test_events_of_a_group_in_pages(
    logs: Call, stream: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All streams in the order of time; each page says whether there is more."""
    group = stream["logGroupName"]
    other = {"logGroupName": group, "logStreamName": "other"}
    await logs("create_log_stream", **other)
    await logs("put_log_events", **stream, logEvents=events("a", "c ERROR", start=NOW))
    await logs("put_log_events", **other, logEvents=events("b ERROR", "d", start=NOW + 1))

    async def every(**arguments: Any) -> list[str]:
        found: list[str] = []
        ids: set[str] = set()
        while True:
            page = await logs("filter_log_events", logGroupName=group, **arguments)
            found += [each["message"][:1] for each in page["events"]]
            ids |= {each["eventId"] for each in page["events"]}
            if "nextToken" not in page:
                assert len(ids) == len(found)
                return found
            arguments["nextToken"] = page["nextToken"]

    assert sorted(await every()) == [*"abcd"]
    assert await every(limit=1) == await every()
    assert await every(filterPattern="ERROR", limit=1) in (["b", "c"], ["c", "b"])
    assert await every(logStreamNames=["other"]) == ["b", "d"]
    assert await every(logStreamNames=["other", stream["logStreamName"]]) == await every()
    assert await every(logStreamNamePrefix="oth") == ["b", "d"]
    assert await every(logStreamNamePrefix="nothing") == []
    assert await every(startTime=NOW + 2, endTime=NOW + 2) == ["d"], "the end included"
    monkeypatch.setattr(logs_reading, "PAGE_SCAN", 2)
    first = await logs("filter_log_events", logGroupName=group, filterPattern="d")
    assert (first["events"], "nextToken" in first) == ([], True), "it looked at as many as it may"
    assert await every(filterPattern="d") == ["d"]


async def test_pages_are_bounded_by_their_size(logs: Call, stream: dict[str, str]) -> None:
    """1 MB, as on AWS."""
    for number in range(3):
        await logs("put_log_events", **stream, logEvents=events("x" * 600_000, start=NOW + number))
    page = await logs("filter_log_events", logGroupName=stream["logGroupName"])
    assert (len(page["events"]), "nextToken" in page) == (1, True)
    assert len((await logs("get_log_events", **stream))["events"]) == 1


async def test_json_patterns_filter(logs: Call, stream: dict[str, str]) -> None:
    """As `aws logs filter-log-events --filter-pattern` sends them."""
    lines = [json.dumps({"level": level}) for level in ("INFO", "ERROR")]
    await logs("put_log_events", **stream, logEvents=events(*lines, "plain ERROR"))
    name = stream["logGroupName"]
    found = await logs(
        "filter_log_events", logGroupName=name, filterPattern='{ $.level = "ERROR" }'
    )
    assert [each["message"] for each in found["events"]] == [lines[1]]


async def test_too_old_and_too_new_events_are_left_out(logs: Call, stream: dict[str, str]) -> None:
    """The rest is taken, and the answer says which were not."""
    await logs("put_retention_policy", logGroupName=stream["logGroupName"], retentionInDays=1)
    old = await logs(
        "put_log_events",
        **stream,
        logEvents=[
            *events("old", start=NOW - DAY - HOUR),
            *events("taken", start=NOW - DAY + HOUR),
        ],
    )
    assert old["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}
    new = await logs(
        "put_log_events",
        **stream,
        logEvents=[*events("too"), *events("new", start=NOW + DAY // 2)],
    )
    assert new["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 1}
    found = (await logs("get_log_events", **stream))["events"]
    assert [each["message"] for each in found] == ["taken", "too"]


@pytest.mark.parametrize(
    ("operation", "arguments", "code"),
    [
        ("create_log_group", {"logGroupName": "/g/one"}, "ResourceAlreadyExistsException"),
        ("create_log_group", {"logGroupName": "with space"}, "InvalidParameterException"),
        ("create_log_stream", {"logStreamName": "a:b"}, "InvalidParameterException"),
        (
            "create_log_stream",
            {"logGroupName": "no", "logStreamName": "s"},
            "ResourceNotFoundException",
        ),
        (
            "create_log_stream",
            {"logStreamName": "2024/01/31/[$LATEST]abc"},
            "ResourceAlreadyExistsException",
        ),
        ("delete_log_group", {"logGroupName": "no"}, "ResourceNotFoundException"),
        ("delete_log_stream", {"logStreamName": "no"}, "ResourceNotFoundException"),
        ("put_retention_policy", {"retentionInDays": 2}, "InvalidParameterException"),
        (
            "describe_log_groups",
            {"logGroupName": None, "nextToken": "x"},
            "InvalidParameterException",
        ),
        ("describe_log_streams", {"logGroupName": "no"}, "ResourceNotFoundException"),
        ("describe_log_streams", {"orderBy": "Size"}, "InvalidParameterException"),
        (
            "describe_log_streams",
            {"orderBy": "LastEventTime", "logStreamNamePrefix": "a"},
            "InvalidParameterException",
        ),
        ("describe_log_streams", {"logGroupIdentifier": "/g/one"}, "InvalidParameterException"),
        ("filter_log_events", {"logGroupName": "no"}, "ResourceNotFoundException"),
        ("filter_log_events", {"filterPattern": "[a]"}, "InvalidParameterException"),
        ("filter_log_events", {"logStreamNames": ["no"]}, "ResourceNotFoundException"),
        ("filter_log_events", {"nextToken": "7"}, "InvalidParameterException"),
        ("filter_log_events", {"nextToken": "9" * 56}, "InvalidParameterException"),
        ("filter_log_events", {"limit": 10_001}, "InvalidParameterException"),
        ("filter_log_events", {"startTime": 2**63}, "InvalidParameterException"),
        ("get_log_events", {"logStreamName": "no"}, "ResourceNotFoundException"),
        ("get_log_events", {"nextToken": "f/7/s"}, "InvalidParameterException"),
        ("put_log_events", {"logEvents": events("b", "a")[::-1]}, "InvalidParameterException"),
        ("put_log_events", {"logEvents": events("")}, "InvalidParameterException"),
        ("put_log_events", {"logEvents": events("x" * 1_048_576)}, "InvalidParameterException"),
        (
            "put_log_events",
            {"logEvents": [*events("a", start=NOW - 2 * DAY), *events("b")]},
            "InvalidParameterException",
        ),
        (
            "put_log_events",
            {"logStreamName": "no", "logEvents": events("a")},
            "ResourceNotFoundException",
        ),
        ("list_tags_log_group", {}, "UnknownOperationException"),
    ],
)
async def test_refusals(
    service: Service, stream: dict[str, str], operation: str, arguments: dict[str, Any], code: str
) -> None:
    """Each with AWS's error type."""
    # What this SDK checks by itself others do not.
    client = service.client("logs", config=Config(parameter_validation=False))
    members = client.meta.service_model.operation_model(
        client.meta.method_to_api_mapping[operation]
    ).input_shape.members
    given = {**{key: stream[key] for key in stream if key in members}, **arguments}
    given = {key: value for key, value in given.items() if value is not None}
    with pytest.raises(ClientError) as refusal:
        await asyncio.to_thread(lambda: getattr(client, operation)(**given))
    assert refusal.value.response["Error"]["Code"] == code
    assert refusal.value.response["Error"]["Message"]
    client.close()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "SerializationException"),
        (b"[]", "SerializationException"),
        (b'{"logGroupNamePrefix": 7}', "SerializationException"),
        (b'{"limit": "many"}', "SerializationException"),
        (b'{"limit": true}', "SerializationException"),
        (b'{"limit": 0}', "InvalidParameterException"),
        (b'{"logGroupNamePrefix": "\\ud800"}', "SerializationException"),
        (b'{"a":' * 100_000, "SerializationException"),
        (b" " * 5_000_000, "SerializationException"),
    ],
)
async def test_requests_that_no_sdk_sends(service: Service, body: bytes, code: str) -> None:
    """Signed, but of a wrong form: AWS's error types, never a failure of the server."""
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "Logs_20140328.DescribeLogGroups",
    }
    request = AWSRequest("POST", f"{service.url}/", headers, body)
    keys = service.keys.operator
    credentials = Credentials(keys.access_key_id, keys.secret_access_key)
    SigV4Auth(credentials, "logs", "us-east-1").add_auth(request)
    status, document = await asyncio.to_thread(
        _send, service.url, body, dict(request.headers.items())
    )
    assert (status, document["__type"]) == (400, code)


async def test_unsigned_calls_are_refused(service: Service) -> None:
    """As on every service of the AWS endpoint."""
    headers = {"X-Amz-Target": "Logs_20140328.DescribeLogGroups"}
    status, document = await asyncio.to_thread(_send, service.url, b"{}", headers)
    assert (status, document["__type"]) == (400, "MissingAuthenticationTokenException")


def _send(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
    request = urllib.request.Request(f"{url}/", body, headers)
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request)
    with refusal.value as answer:
        return answer.code, json.load(answer)
