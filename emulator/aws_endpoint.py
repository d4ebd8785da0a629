"""The AWS endpoint: everything that an SDK or the AWS CLI calls with `--endpoint-url`."""

import json
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from emulator.clock import Entropy
from emulator.errors import AwsError
from emulator.iam.requests import verify_request
from emulator.iam.sigv4 import Verifier
from emulator.storage.forward import DynamoDbForward, is_dynamodb


FORM = "application/x-www-form-urlencoded"
JSON_1_0 = "application/x-amz-json-1.0"

Handler = Callable[[Request], Awaitable[Response]]


class UnknownOperationError(AwsError):
    """The call is for a service that is not emulated."""

    code = "UnknownOperationException"


class AwsEndpoint:
    """`POST /`: tells the services that share this path apart by `X-Amz-Target`."""

    def __init__(
        self,
        services: Mapping[str, Handler],
        query: Handler,
        dynamodb: DynamoDbForward,
        verifier: Verifier,
        entropy: Entropy,
    ) -> None:
        """`services` are told apart by how `X-Amz-Target` begins; `query` takes form fields."""
        self._services = services
        self._query = query
        self._dynamodb = dynamodb
        self._verifier = verifier
        self._entropy = entropy

    async def handle(self, request: Request) -> Response:
        """Serve one call."""
        target = request.headers.get("x-amz-target", "")
        for prefix, handle in self._services.items():
            if target.startswith(prefix):
                return await handle(request)
        if not target and request.headers.get("content-type", "").startswith(FORM):
            return await self._query(request)
        try:
            if not is_dynamodb(request):
                raise UnknownOperationError(
                    f"{target or 'A call without X-Amz-Target'} is not supported by this emulator."
                )
            return await self._forward(request)
        except AwsError as error:
            return self._error(error)

    async def _forward(self, request: Request) -> Response:
        body = await request.body()
        verify_request(self._verifier, request, body, "dynamodb")
        return await self._dynamodb.forward(body, request.headers)

    def _error(self, error: AwsError) -> Response:
        content = json.dumps({"__type": error.code, "message": error.message})
        status = 400 if error.status < 500 else error.status
        headers = {"x-amzn-RequestId": self._entropy.uuid()}
        return Response(content, status, headers, media_type=JSON_1_0)
