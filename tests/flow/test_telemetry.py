"""Logs and metrics of the running server, read as its users read them."""

import asyncio
import base64
import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deploy.data.pseudonyms import Names
from tests.fakes import until
from tests.flow.conftest import USAGE_KEY, Account
from tests.support.people import Person, new_id
from tests.support.server import ROOT, Server


pytestmark = pytest.mark.process


def test_an_invocation_can_be_found_again(server: Server) -> None:
    """By its request id: the tail in the answer, `aws logs tail`'s calls, `labchat logs`, metrics."""
    lambda_ = server.client("lambda")
    logs = server.client("logs")
    group = _group(logs, "DisconnectLog")
    answer = lambda_.invoke(FunctionName=_function(server), Payload=b"{}", LogType="Tail")
    assert answer["FunctionError"] == "Unhandled"
    tail = [json.loads(line) for line in base64.b64decode(answer["LogResult"]).splitlines()]
    request_id = tail[0]["record"]["requestId"]
    assert [each.get("type", each.get("errorType")) for each in tail] == [
        *("platform.start", "KeyError", "platform.runtimeDone", "platform.report")
    ]
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group,
        startTime=int(time.time() * 1000) - 600_000,
        filterPattern=f'"{request_id}"',
    )
    found = [json.loads(event["message"]) for page in pages for event in page["events"]]
    assert found == tail
    done = subprocess.run(
        [
            *(sys.executable, "-m", "emulator", "logs", "DisconnectFunction", "--json"),
            *("--data-dir", str(server.data_dir), "--filter", f'"{request_id}"'),
        ],
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=60,
    )
    shown = [json.loads(json.loads(line)["message"]) for line in done.stdout.splitlines()]
    assert shown == tail


def test_functions_are_measured(server: Server) -> None:
    """Invocations, errors and duration of each, as CloudWatch has them in AWS/Lambda."""
    function = _function(server)
    server.client("lambda").invoke(FunctionName=function, Payload=b"{}")
    cloudwatch = server.client("cloudwatch")
    dimensions = [{"Name": "FunctionName", "Value": function}]
    listed = cloudwatch.list_metrics(Namespace="AWS/Lambda", Dimensions=dimensions)["Metrics"]
    assert {metric["MetricName"] for metric in listed} == {"Duration", "Errors", "Invocations"}
    now = datetime.now(UTC)
    [errors] = cloudwatch.get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=dimensions,
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=1),
        Period=7200,
        Statistics=["Sum"],
    )["Datapoints"]
    assert errors["Sum"] >= 1


def test_the_template_s_retention_holds(server: Server) -> None:
    """Each function's group is there from the start, with the days that the template says."""
    groups = server.client("logs").describe_log_groups()["logGroups"]
    assert {group["retentionInDays"] for group in groups} == {365}
    assert len(groups) >= 5


async def test_what_the_chat_says_of_itself(server: Server, ada: Account, bob: Account) -> None:
    """Metrics and usage events of a conversation, found as their users find them; no text, no token."""
    who, text = Names(USAGE_KEY).person(ada.sub), "the text of a message, for its readers alone"
    async with Person(server, ada.token) as first, Person(server, bob.token) as second:
        await second.call("hello", v=1, name="Bob")
        await first.call("hello", v=1, name="Ada")
        assert (await first.say(text, ids=[new_id(900_000)]))["msgs"][0]["ok"]
        await second.heard(text)
        await first.call("auth", jwt=ada.token)
    logs = server.client("logs")
    events: list[dict[str, Any]] = []

    def found() -> bool:
        events[:] = [json.loads(each) for each in _everything(logs) if '"usage"' in each]
        mine = {each["usage"] for each in events if each["who"] == who}
        return mine >= {"connected", "sent", "disconnected"}

    await until(found, within=60)
    sent = [each for each in events if (each["usage"], each["who"]) == ("sent", who)]
    assert len(text) in [each["length"] for each in sent]
    said = "\n".join(await asyncio.to_thread(_everything, logs))
    assert '"action":"send"' in said
    for secret in (text, ada.token, ada.token.split(".")[2], ada.sub, bob.sub):
        assert secret not in said
    now = datetime.now(UTC)
    [messages] = server.client("cloudwatch").get_metric_statistics(
        Namespace="labchat",
        MetricName="Messages",
        Dimensions=[{"Name": "Site", "Value": "A"}],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=1),
        Period=7200,
        Statistics=["Sum"],
    )["Datapoints"]
    assert messages["Sum"] >= 1


def _everything(logs: Any) -> list[str]:
    """All that the functions have written."""
    groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    paginator = logs.get_paginator("filter_log_events")
    return [
        event["message"]
        for group in groups
        for page in paginator.paginate(logGroupName=group)
        for event in page["events"]
    ]


def _group(logs: Any, logical_id: str) -> str:
    found = logs.describe_log_groups(logGroupNamePattern=logical_id)["logGroups"]
    return str(found[0]["logGroupName"])


def _function(server: Server) -> str:
    """The name of the function that does nothing but fail on an empty event."""
    page = subprocess.run(
        [
            *(sys.executable, "-m", "emulator", "logs", "?"),
            *("--data-dir", str(server.data_dir)),
        ],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    ).stderr
    [name] = [line.strip() for line in page.splitlines() if "-DisconnectFunction-" in line]
    return name
