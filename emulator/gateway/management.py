"""`@connections`: post to a connection, ask about it, close it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

import re
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulator.clock import Entropy
from emulator.errors import AwsError
from emulator.gateway.connections import Connection, Connections
from emulator.gateway.deployments import Deployments
from emulator.gateway.protocol import MAX_MESSAGE
from emulator.iam.requests import read_body, verify_request
from emulator.iam.sigv4 import Verifier


_CONNECTION_ID = re.compile(r"[A-Za-z0-9_-]{15}=")


class ForbiddenError(AwsError):
    """No such stage."""

    status = 403
    code = "ForbiddenException"


class BadRequestError(AwsError):
    """The id has not the form of one, or the data is not text."""

    status = 400
    code = "BadRequestException"


class PayloadTooLargeError(AwsError):
    """More than a message may hold."""

    status = 413
    code = "PayloadTooLargeException"


class ManagementApi:
    """The management endpoint of all stages."""

    def __init__(
        self,
        deployments: Deployments,
        connections: Connections,
        verifier: Verifier,
        entropy: Entropy,
    ) -> None:
        self._deployments = deployments
        self._connections = connections
        self._verifier = verifier
        self._entropy = entropy

    def route(self) -> Route:
        """The one route that serves it."""
        return Route(
            "/{stage}/@connections/{connection_id:path}",
            self._serve,
            methods=["GET", "POST", "DELETE"],
        )

    async def _serve(self, request: Request) -> Response:
        request_id = self._entropy.uuid()
        try:
            response = await self._answer(request)
        except AwsError as error:
            response = _error_response(error)
        response.headers["x-amzn-RequestId"] = request_id
        response.headers["x-amz-apigw-id"] = self._entropy.gateway_id()
        return response

    async def _answer(self, request: Request) -> Response:
        too_large = PayloadTooLargeError(f"Message too long: at most {MAX_MESSAGE} bytes")
        body = await read_body(request, MAX_MESSAGE, too_large)
        verify_request(self._verifier, request, body, "execute-api")
        connection = self._find(request)
        if request.method == "POST":
            connection.post(_text(body))
            return Response()
        if request.method == "DELETE":
            connection.close(1000, "Connection Closed Normally")
            return Response(status_code=204)
        return JSONResponse(_description(connection))

    def _find(self, request: Request) -> Connection:
        deployment = self._deployments.find(request.path_params["stage"])
        if deployment is None:
            raise ForbiddenError("Forbidden")
        connection_id = request.path_params["connection_id"]
        if not _CONNECTION_ID.fullmatch(connection_id):
            raise BadRequestError("Invalid connectionId: the id is not well-formed")
        return self._connections.find(deployment.api.id, deployment.stage.name, connection_id)


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise BadRequestError("The data must be UTF-8 text") from None


def _description(connection: Connection) -> dict[str, object]:
    upgrade = connection.session.upgrade
    return {
        "connectedAt": _iso(upgrade.connected_at),
        "identity": {
            "sourceIp": upgrade.source_ip,
            "userAgent": upgrade.identity.get("userAgent"),
        },
        "lastActiveAt": _iso(connection.last_active_ms),
    }


def _iso(at_ms: int) -> str:
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"


def _error_response(error: AwsError) -> Response:
    """410 has no body at all; SDKs go by the header (reference, section 6.3)."""
    headers = {"x-amzn-ErrorType": error.code}
    if not error.message:
        return Response(status_code=error.status, headers=headers)
    return JSONResponse({"message": error.message}, error.status, headers)
