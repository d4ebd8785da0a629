"""`@connections`: post to a connection, ask about it, close it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

import re
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulator.clock import Clock, Entropy
from emulator.errors import AwsError
from emulator.gateway.connections import Connection, Connections, LimitExceededError
from emulator.gateway.deployments import Deployment, Deployments
from emulator.gateway.protocol import MAX_MESSAGE
from emulator.iam.credentials import Principal
from emulator.iam.requests import read_body, verify_request
from emulator.iam.sigv4 import Verifier


ACTION = "execute-api:ManageConnections"

_METHODS = ["GET", "POST", "DELETE"]
_CONNECTION_ID = re.compile(r"[A-Za-z0-9_-]{15}=")


class ForbiddenError(AwsError):
    """No such stage, or no such method."""

    status = 403
    code = "ForbiddenException"


class BadRequestError(AwsError):
    """The id has not the form of one, or the data is not text."""

    status = 400
    code = "BadRequestException"


class AccessDeniedError(AwsError):
    """Signed, but the role has no permission for it."""

    status = 403
    code = "AccessDeniedException"


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
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._deployments = deployments
        self._connections = connections
        self._verifier = verifier
        self._clock = clock
        self._entropy = entropy

    def route(self) -> Route:
        """The one route that serves it."""
        path = "/{stage:path}@connections/{connection_id:path}"
        return Route(path, self._serve, methods=[*_METHODS, "HEAD", "OPTIONS", "PATCH", "PUT"])

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
        principal = verify_request(self._verifier, request, body, "execute-api")
        deployment = self._deployment(request)
        if request.method != "DELETE" and not deployment.gate.admits_call(self._clock.now_ms()):
            raise LimitExceededError("Too Many Requests")
        connection_id = request.path_params["connection_id"]
        _check_permission(principal, deployment, f"{request.method}/@connections/{connection_id}")
        if not _CONNECTION_ID.fullmatch(connection_id):
            raise BadRequestError("Invalid connectionId: the id is not well-formed")
        connection = self._connections.find(deployment.api.id, deployment.stage.name, connection_id)
        if request.method == "POST":
            connection.post(_text(body))
            return Response()
        if request.method == "DELETE":
            connection.close(1000, "Connection Closed Normally")
            return Response(status_code=204)
        return JSONResponse(_description(connection))

    def _deployment(self, request: Request) -> Deployment:
        host, stage = request.headers.get("host", ""), request.path_params["stage"]
        deployment = self._deployments.find(host, stage)
        if deployment is None or not stage.endswith("/"):
            raise ForbiddenError("Forbidden")
        if request.method not in _METHODS:
            path = request.url.path.removeprefix("/")
            raise ForbiddenError(
                f"No method found matching route {path} for http method {request.method}."
            )
        return deployment


def _check_permission(principal: Principal, deployment: Deployment, resource: str) -> None:
    arn = deployment.api.arn(deployment.stage.name, resource)
    if not principal.may(ACTION, arn):
        # AWS shows the last four digits of the account.
        account = deployment.api.account_id
        shown = arn.replace(f":{account}:", f":{'*' * 8}{account[-4:]}:")
        raise AccessDeniedError(
            f"User: {principal.arn} is not authorized to perform: {ACTION} on resource: {shown}"
        )


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
    key = "Message" if isinstance(error, AccessDeniedError) else "message"
    return JSONResponse({key: error.message}, error.status, headers)
