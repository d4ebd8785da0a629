"""CloudWatch Logs on the AWS endpoint: `aws logs tail`, `filter-log-events`, boto3's `logs`.

JSON 1.1 with `X-Amz-Target: Logs_20140328.*`.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/Welcome.html
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from emulator.clock import Clock, Entropy
from emulator.errors import AwsError
from emulator.iam.requests import verify_request
from emulator.iam.sigv4 import Verifier
from emulator.telemetry import logs_reading as reading, logs_writing as writing, wire
from emulator.telemetry.cloudwatch import CloudWatch
from emulator.telemetry.logs_call import Call, InvalidParameterError


TARGET_PREFIX = "Logs_20140328."
CONTENT_TYPE = "application/x-amz-json-1.1"

OPERATIONS: Mapping[str, Callable[[Call], Mapping[str, Any] | None]] = {
    "CreateLogGroup": writing.create_log_group,
    "CreateLogStream": writing.create_log_stream,
    "DeleteLogGroup": writing.delete_log_group,
    "DeleteLogStream": writing.delete_log_stream,
    "DeleteRetentionPolicy": writing.delete_retention_policy,
    "DescribeLogGroups": reading.describe_log_groups,
    "DescribeLogStreams": reading.describe_log_streams,
    "FilterLogEvents": reading.filter_log_events,
    "GetLogEvents": reading.get_log_events,
    "PutLogEvents": writing.put_log_events,
    "PutRetentionPolicy": writing.put_retention_policy,
}


class LogsEndpoint:
    """Serves the operations above."""

    def __init__(
        self,
        cloudwatch: CloudWatch,
        arn_prefix: str,
        verifier: Verifier,
        sources: tuple[Clock, Entropy],
    ) -> None:
        """`arn_prefix` is `arn:aws:logs:REGION:ACCOUNT:log-group:`."""
        self._cloudwatch = cloudwatch
        self._arn_prefix = arn_prefix
        self._verifier = verifier
        self._clock, self._entropy = sources

    async def handle(self, request: Request) -> Response:
        """Answer one call."""
        headers = {"x-amzn-RequestId": self._entropy.uuid()}
        try:
            document = await self._answer(request)
        except AwsError as error:
            document = {"__type": error.code, "message": error.message}
            headers["x-amzn-ErrorType"] = error.code
            status = 500 if error.status >= 500 else 400
            return Response(json.dumps(document), status, headers, media_type=CONTENT_TYPE)
        content = b"" if document is None else json.dumps(document)
        return Response(content, 200, headers, media_type=CONTENT_TYPE)

    async def _answer(self, request: Request) -> Mapping[str, Any] | None:
        name = request.headers["x-amz-target"].removeprefix(TARGET_PREFIX)
        if name not in OPERATIONS:
            raise wire.UnknownOperationError(f"{name} is not supported by this emulator.")
        body = await wire.body_of(request)
        verify_request(self._verifier, request, body, "logs")
        arguments = wire.Arguments(wire.parse(body), InvalidParameterError)
        now = self._clock.now_ms()
        return await self._cloudwatch.run(
            lambda db: OPERATIONS[name](Call(db, arguments, now, self._arn_prefix))
        )
