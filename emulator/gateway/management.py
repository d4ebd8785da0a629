"""`@connections`: post to a connection, ask about it, close it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.types import Receive, Scope, Send

from emulator.clock import Clock, Entropy
from emulator.errors import AwsError
from emulator.gateway.connections import Connection, Connections, LimitExceededError
from emulator.gateway.deployments import Deployment, Deployments
from emulator.gateway.protocol import MAX_MESSAGE
from emulator.iam.credentials import Principal
from emulator.iam.sigv4 import Verifier


ACTION = "execute-api:ManageConnections"

_MARK = "@connections/"
_METHODS = frozenset({"GET", "POST", "DELETE"})
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


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    path: str
    headers: Mapping[str, str]
    """By lower-case name; of a repeated one the first."""
    body: bytes


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int = 200
    body: bytes = b""
    error_type: str = ""


class ManagementApi:
    """The management endpoint of all stages. An ASGI application of its own, for speed: a message
    to a hundred clients is a hundred calls."""

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

    @staticmethod
    def serves(path: str) -> bool:
        """Whether a request's path is one of its own."""
        return _MARK in path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        try:
            answer = self._answer(scope, await _read(scope, receive))
        except AwsError as error:
            answer = _error(error)
        headers = [
            (b"x-amzn-requestid", self._entropy.uuid().encode()),
            (b"x-amz-apigw-id", self._entropy.gateway_id().encode()),
        ]
        if answer.status != 204:
            headers.append((b"content-length", str(len(answer.body)).encode()))
        if answer.body:
            headers.append((b"content-type", b"application/json"))
        if answer.error_type:
            headers.append((b"x-amzn-errortype", answer.error_type.encode()))
        start = {"type": "http.response.start", "status": answer.status, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": answer.body})

    def _answer(self, scope: Scope, call: _Call) -> _Answer:
        principal = self._verifier.verify(
            call.method,
            scope["raw_path"].decode("latin-1"),
            scope["query_string"].decode("latin-1"),
            call.headers,
            call.body,
            "execute-api",
        )
        stage, _, connection_id = call.path.rpartition(_MARK)
        deployment = self._deployment(call, stage)
        if call.method != "DELETE" and not deployment.gate.admits_call(self._clock.now_ms()):
            raise LimitExceededError("Too Many Requests")
        _check_permission(principal, deployment, f"{call.method}/@connections/{connection_id}")
        if not _CONNECTION_ID.fullmatch(connection_id):
            raise BadRequestError("Invalid connectionId: the id is not well-formed")
        connection = self._connections.find(deployment.api.id, deployment.stage.name, connection_id)
        if call.method == "POST":
            connection.post(_text(call.body))
            return _Answer()
        if call.method == "DELETE":
            connection.close(1000, "Connection Closed Normally")
            return _Answer(204)
        return _Answer(body=_json(_description(connection)))

    def _deployment(self, call: _Call, stage: str) -> Deployment:
        deployment = self._deployments.find(call.headers.get("host", ""), stage)
        if deployment is None or not stage.endswith("/"):
            raise ForbiddenError("Forbidden")
        if call.method not in _METHODS:
            path = call.path.removeprefix("/")
            raise ForbiddenError(
                f"No method found matching route {path} for http method {call.method}."
            )
        return deployment


async def _read(scope: Scope, receive: Receive) -> _Call:
    """Take a call in, its body only as far as a message may go."""
    body, more = b"", True
    while more:
        message = await receive()
        # A client that leaves in between has sent something shorter than it signed.
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MAX_MESSAGE:
            raise PayloadTooLargeError(f"Message too long: at most {MAX_MESSAGE} bytes")
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1")
        for name, value in reversed(scope["headers"])
    }
    return _Call(scope["method"], scope["path"], headers, body)


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


def _error(error: AwsError) -> _Answer:
    """410 has no body at all; SDKs go by the header (reference, section 6.3)."""
    if not error.message:
        return _Answer(error.status, error_type=error.code)
    key = "Message" if isinstance(error, AccessDeniedError) else "message"
    return _Answer(error.status, _json({key: error.message}), error.code)


def _json(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
