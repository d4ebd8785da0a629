"""CloudWatch's metrics on the AWS endpoint: `aws cloudwatch list-metrics`, boto3's `cloudwatch`.

Two protocols: AWS query, which older SDKs speak, and JSON 1.0 with `X-Amz-Target:
GraniteServiceVersion20100801.*`, which newer ones and the AWS CLI prefer.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from emulator.clock import Clock, Entropy
from emulator.errors import AwsError
from emulator.iam.requests import verify_request
from emulator.iam.sigv4 import Verifier
from emulator.telemetry import metrics_operations as operations, query, wire
from emulator.telemetry.cloudwatch import CloudWatch
from emulator.telemetry.metrics_operations import Call


TARGET_PREFIX = "GraniteServiceVersion20100801."
FORM = "application/x-www-form-urlencoded"
JSON_1_0 = "application/x-amz-json-1.0"
XML = "text/xml"

OPERATIONS: Mapping[str, Callable[[Call], Mapping[str, Any] | None]] = {
    "GetMetricStatistics": operations.get_metric_statistics,
    "ListMetrics": operations.list_metrics,
    "PutMetricData": operations.put_metric_data,
}

_JSON_CODES = {
    "InvalidParameterCombination": "InvalidParameterCombinationException",
    "InvalidParameterValue": "InvalidParameterValueException",
    "MissingParameter": "MissingRequiredParameterException",
}
"""What the JSON protocol calls errors that the query protocol has shorter names for."""


class MissingParameterError(AwsError):
    """A required argument is missing."""

    code = "MissingParameter"


class MetricsEndpoint:
    """Serves the operations above."""

    def __init__(
        self, cloudwatch: CloudWatch, verifier: Verifier, clock: Clock, entropy: Entropy
    ) -> None:
        self._cloudwatch = cloudwatch
        self._verifier = verifier
        self._clock = clock
        self._entropy = entropy

    async def handle_json(self, request: Request) -> Response:
        """Answer one call in JSON."""
        request_id = self._entropy.uuid()
        headers = {"x-amzn-RequestId": request_id}
        name = request.headers["x-amz-target"].removeprefix(TARGET_PREFIX)
        try:
            body = await self._verified(request)
            document = await self._run(name, wire.parse(body))
        except AwsError as error:
            headers["x-amzn-query-error"] = f"{error.code};{_fault(error)}"
            code = _JSON_CODES.get(error.code, error.code)
            content = json.dumps({"__type": code, "message": error.message})
            return Response(content, _status(error), headers, media_type=JSON_1_0)
        content = json.dumps(document or {}, default=datetime.timestamp)
        return Response(content, 200, headers, media_type=JSON_1_0)

    async def handle_query(self, request: Request) -> Response:
        """Answer one call in XML."""
        request_id = self._entropy.uuid()
        headers = {"x-amzn-RequestId": request_id}
        try:
            document = _form(await self._verified(request))
            name = str(document.get("Action", ""))
            content = query.response(name, await self._run(name, document), request_id)
        except AwsError as error:
            content = query.failure(_fault(error), error.code, error.message, request_id)
            return Response(content, _status(error), headers, media_type=XML)
        return Response(content, 200, headers, media_type=XML)

    async def _verified(self, request: Request) -> bytes:
        body = await wire.body_of(request)
        verify_request(self._verifier, request, body, "monitoring")
        return body

    async def _run(self, name: str, document: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if name not in OPERATIONS:
            raise wire.UnknownOperationError(f"{name or 'It'} is not supported by this emulator.")
        arguments = wire.Arguments(document, MissingParameterError)
        now = self._clock.now()
        return await self._cloudwatch.run(lambda db: OPERATIONS[name](Call(db, arguments, now)))


def _form(body: bytes) -> dict[str, Any]:
    try:
        return query.parse_form(body)
    except ValueError:
        raise wire.SerializationError("The request body is no form of the query protocol") from None


def _fault(error: AwsError) -> str:
    return "Receiver" if error.status >= 500 else "Sender"


def _status(error: AwsError) -> int:
    return 500 if error.status >= 500 else 400
