"""CloudWatch behind a listener of its own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from emulator.aws_endpoint import AwsEndpoint
from emulator.clock import Clock, Entropy
from emulator.iam.credentials import KeyRing
from emulator.iam.sigv4 import Verifier
from emulator.listeners import bind, port_of, serving
from emulator.storage.forward import DynamoDbForward
from emulator.telemetry import logs_endpoint, metrics_endpoint
from emulator.telemetry.cloudwatch import CloudWatch
from emulator.telemetry.logs_endpoint import LogsEndpoint
from emulator.telemetry.metrics_endpoint import MetricsEndpoint


ARNS = "arn:aws:logs:us-east-1:000000000000:log-group:"


@dataclass(frozen=True, slots=True)
class Service:
    """A running CloudWatch."""

    cloudwatch: CloudWatch
    url: str
    keys: KeyRing

    def client(self, name: str, **options: Any) -> Any:
        """A boto3 client with the operator's keys."""
        keys = {
            "aws_access_key_id": self.keys.operator.access_key_id,
            "aws_secret_access_key": self.keys.operator.secret_access_key,
        }
        return boto3.client(
            name, endpoint_url=self.url, region_name="us-east-1", **{**keys, **options}
        )


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """CloudWatch alone on the AWS endpoint."""
    clock, entropy = Clock(), Entropy()
    keys = KeyRing(b"secret", "000000000000")
    verifier = Verifier(keys, clock)
    cloudwatch = await CloudWatch.open(tmp_path, clock)
    logs = LogsEndpoint(cloudwatch, ARNS, verifier, (clock, entropy))
    metrics = MetricsEndpoint(cloudwatch, verifier, clock, entropy)
    services = {
        logs_endpoint.TARGET_PREFIX: logs.handle,
        metrics_endpoint.TARGET_PREFIX: metrics.handle_json,
    }
    dynamodb = DynamoDbForward("http://127.0.0.1:1")
    aws = AwsEndpoint(services, metrics.handle_query, dynamodb, verifier, entropy)
    sockets = bind("127.0.0.1", 0)
    sockets.edge.close()
    sockets.objects.close()
    app = Starlette(routes=[Route("/", aws.handle, methods=["POST"])])
    async with serving(app, sockets.aws):
        yield Service(cloudwatch, f"http://127.0.0.1:{port_of(sockets.aws)}", keys)
    await cloudwatch.close()
