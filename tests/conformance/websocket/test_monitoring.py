"""Checklist line 103: what a stage leaves in CloudWatch, read by boto3."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as HttpRoute

from emulator.clock import Clock, Entropy
from emulator.gateway.monitoring import GATHERED_FOR, Monitor
from emulator.iam.sigv4 import Verifier
from emulator.telemetry.cloudwatch import CloudWatch
from emulator.telemetry.logs_endpoint import LogsEndpoint
from emulator.telemetry.metrics_endpoint import MetricsEndpoint
from emulator.template.model import AccessLog, RouteSettings, Stage
from tests.conformance.websocket.world import KEYS, World, allow, frame, guarded, ok
from tests.emulator.gateway.apis import route


pytestmark = pytest.mark.asyncio(loop_scope="session")

VARIABLES = (
    *("apiId", "connectedAt", "connectionId", "domainName", "eventType", "extendedRequestId"),
    *("messageId", "requestId", "requestTime", "requestTimeEpoch", "routeKey", "stage", "status"),
    *("identity.sourceIp", "identity.userAgent", "authorizer.principalId", "authorizer.team"),
    *("authorizer.error", "authorizer.status", "authorizer.latency", "authorize.status"),
    *("integrationLatency", "integration.status", "integration.integrationStatus"),
    *("integration.error", "error.message", "error.messageString", "error.responseType"),
    *("identity.caller", "waf.status"),
)

FORMAT = "|".join(f"{name}=$context.{name}" for name in VARIABLES)


@pytest_asyncio.fixture(loop_scope="session")
async def cloudwatch(tmp_path: Path) -> AsyncIterator[CloudWatch]:
    """The store of logs and metrics."""
    made = await CloudWatch.open(tmp_path, Clock())
    yield made
    await made.close()


async def test_103_access_logs_and_metrics(world: World, cloudwatch: CloudWatch) -> None:
    """Every variable of every kind of request, and the counts that AWS's documentation defines."""
    stage = Stage(
        "prod",
        default=RouteSettings(logging_level="INFO", detailed_metrics=True),
        access_log=AccessLog("access", FORMAT),
    )
    clock, entropy = Clock(), Entropy()
    verifier = Verifier(KEYS, clock)
    logs = LogsEndpoint(
        cloudwatch, "arn:aws:logs:us-east-1:1:log-group:", verifier, (clock, entropy)
    )
    metrics = MetricsEndpoint(cloudwatch, verifier, clock, entropy)

    async def aws(request: Request) -> Response:
        if "x-amz-target" in request.headers:
            return await logs.handle(request)
        return await metrics.handle_query(request)

    world.serve(
        guarded(),
        route("$disconnect", "bye"),
        route("answer", "answer", two_way=True),
        route("broken", "broken"),
        monitored=partial(Monitor, telemetry=cloudwatch, clock=clock, entropy=entropy),
        services=[HttpRoute("/", aws, methods=["POST"])],
        changed={"stages": {"prod": stage}},
        auth=lambda event: allow(context={"team": 1}),
        connect=ok(),
        answer=ok(body="hello"),
        broken=lambda event: 1,
        bye=lambda event: {"statusCode": 500},
    )
    async with world.connect(user_agent_header='a "client"') as client:
        received = []
        for to in ("answer", "broken", "nowhere"):
            await client.send(json.dumps({"to": to}))
            received.append(str(await client.recv()))
        told = [frame(text)["message"] for text in received[1:]]
        connection_id = (await world.context("connect"))["connectionId"]
        await world.call("post_to_connection", connection_id, Data=b"x")
    await world.event("bye")
    await world.gateways[0].drain()
    await asyncio.sleep(3 * GATHERED_FOR)

    connect, answer, broken, nowhere, disconnect = await _lines(world)
    same = {
        "apiId": "abcd1234ef",
        "domainName": "abcd1234ef.execute-api.us-east-1.amazonaws.com",
        "stage": "prod",
        "identity.sourceIp": "127.0.0.1",
        "identity.userAgent": r"a \"client\"",
        "identity.caller": "-",
        "waf.status": "-",
    }
    for line in (connect, answer, broken, nowhere, disconnect):
        assert {name: line[name] for name in same} == same
        # What these are like is the matter of other statements.
        assert line["connectionId"].startswith(connection_id.rstrip("="))
        assert "-" not in {line["requestId"], line["extendedRequestId"], line["connectedAt"]}
        assert abs(int(line["requestTimeEpoch"]) - clock.now_ms()) < 60_000
    keys = ("eventType", "routeKey", "status", "integration.status", "error.messageString")
    assert [tuple(line[key] for key in keys) for line in (connect, answer, broken)] == [
        ("CONNECT", "$connect", "200", "200", "-"),
        ("MESSAGE", "answer", "200", "200", "-"),
        ("MESSAGE", "broken", "500", "-", f'"{told[0]}"'),
    ]
    assert [tuple(line[key] for key in keys) for line in (nowhere, disconnect)] == [
        ("MESSAGE", "-", "403", "-", f'"{told[1]}"'),
        ("DISCONNECT", "$disconnect", "500", "500", "-"),
    ]
    assert (connect["authorizer.principalId"], connect["authorizer.team"]) == ("me", "1")
    assert connect["authorizer.status"] == connect["authorize.status"] == "200"
    assert int(connect["authorizer.latency"]) >= 0
    assert answer["authorizer.status"] == "-"
    assert answer["messageId"] != "-" == connect["messageId"]
    assert broken["integration.integrationStatus"] == "200"
    assert broken["integration.error"] == "Malformed proxy response"
    assert broken["error.responseType"] == "INTEGRATION_FAILURE"
    assert nowhere["integrationLatency"] == "-"

    by_api = [{"Name": "ApiId", "Value": "abcd1234ef"}]
    by_route = [
        *by_api,
        {"Name": "Stage", "Value": "prod"},
        {"Name": "Route", "Value": "broken"},
    ]
    # Three messages come; an answer, two error frames and a post go.
    assert await _sums(world, by_api) == {
        "ConnectCount": 1,
        "MessageCount": 7,
        "ClientError": 1,
        "ExecutionError": 1,
        "IntegrationError": 1,
    }
    assert await _sums(world, by_route) == {"MessageCount": 1, "ExecutionError": 1}
    executed = await _events(world, "/aws/apigateway/abcd1234ef/prod")
    assert any("Execution failed: Malformed proxy response" in line for line in executed)


async def _lines(world: World) -> list[Mapping[str, str]]:
    events = await _events(world, "access")
    return [dict(part.split("=", 1) for part in line.strip().split("|")) for line in events]


async def _events(world: World, group: str) -> list[str]:
    client = world.listener.client("logs")
    found = await asyncio.to_thread(client.filter_log_events, logGroupName=group)
    return [event["message"] for event in found["events"]]


async def _sums(world: World, dimensions: list[dict[str, str]]) -> dict[str, float]:
    """The sum of each metric with these very dimensions but for latencies, which vary."""
    client: Any = world.listener.client("cloudwatch")
    listed = (await asyncio.to_thread(client.list_metrics, Dimensions=dimensions))["Metrics"]
    now, sums = datetime.now(UTC), {}
    for metric in listed:
        if len(metric["Dimensions"]) != len(dimensions):
            continue
        found = await asyncio.to_thread(
            client.get_metric_statistics,
            **metric,
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(hours=1),
            Period=3600,
            Statistics=["Sum"],
        )
        sums[metric["MetricName"]] = sum(point["Sum"] for point in found["Datapoints"])
    assert sums.pop("IntegrationLatency") >= 0
    return sums
