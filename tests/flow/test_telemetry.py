"""Logs and metrics of the running server, read as its users read them."""

import base64
import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

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
