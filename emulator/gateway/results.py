"""What functions may return to the gateway, and what becomes of anything else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.gateway.policy import allows
from emulator.runtime.invoker import Result


ERROR_TYPES = {
    401: "UnauthorizedException",
    403: "ForbiddenException",
    429: "LimitExceededException",
    500: "InternalServerErrorException",
    502: "InternalServerErrorException",
    504: "InternalServerErrorException",
}
"""The header x-amzn-ErrorType of a refused upgrade."""

PROXY_KEYS = frozenset({"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"})
"""What a proxy result may hold; with any other key it is refused."""

_INTERNAL = "Internal server error"
_TIMED_OUT = "Endpoint request timed out"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The gateway's own answer in place of the function's."""

    status: int
    message: str


@dataclass(frozen=True, slots=True)
class Response:
    """A valid result of a Lambda proxy integration."""

    status: int
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def header(self, name: str) -> str | None:
        """A header's value, whatever the case of its name."""
        for key, value in self.headers.items():
            if key.lower() == name.lower():
                return value
        return None


def connection(result: Result | None) -> Response | Refusal:
    """The outcome of `$connect`; `None` is an integration that timed out."""
    if result is None:
        return Refusal(504, _TIMED_OUT)
    response = _response(result)
    if response is None or response.status < 200 or not _sendable(response):
        return Refusal(502, _INTERNAL)
    return response


def message(result: Result | None) -> Response | Refusal:
    """The outcome of a message's integration."""
    if result is None:
        return Refusal(504, _TIMED_OUT)
    return _response(result) or Refusal(500, _INTERNAL)


def authorization(result: Result | None, method_arn: str) -> Mapping[str, str] | Refusal:
    """The outcome of an authorizer: the context for later events, or the refusal."""
    if result is None:
        return Refusal(500, _INTERNAL)
    document = result.document()
    if result.error is not None:
        # An authorizer says 401 by failing with this very message.
        unauthorized = isinstance(document, dict) and document.get("errorMessage") == "Unauthorized"
        return Refusal(401, "Unauthorized") if unauthorized else Refusal(500, _INTERNAL)
    if not isinstance(document, dict) or not isinstance(document.get("principalId"), str):
        return Refusal(500, _INTERNAL)
    policy = document.get("policyDocument")
    context = document.get("context") or {}
    if not isinstance(policy, dict) or not isinstance(context, dict):
        return Refusal(500, _INTERNAL)
    if any(not isinstance(value, str | int | float | bool) for value in context.values()):
        return Refusal(500, _INTERNAL)
    if not allows(policy, method_arn):
        return Refusal(403, "User is not authorized to access this resource")
    texts = {str(key): _text(value) for key, value in context.items()}
    return {**texts, "principalId": document["principalId"]}


def _response(result: Result) -> Response | None:
    """The proxy response in a result, or `None` if it is not a valid one."""
    document = result.document()
    if (
        result.error is not None
        or not isinstance(document, dict)
        or not set(document) <= PROXY_KEYS
    ):
        return None
    status, body = document.get("statusCode"), document.get("body")
    if not isinstance(status, int) or isinstance(status, bool) or not 100 <= status < 600:
        return None
    if body is not None and not isinstance(body, str):
        return None
    if body is not None:
        # JSON can hold half a surrogate pair; UTF-8, in which it would be sent, cannot.
        body = body.encode(errors="replace").decode()
    return Response(status, body, _headers(document))


def _sendable(response: Response) -> bool:
    """Whether the one header that reaches the client can stand in an HTTP response."""
    protocol = response.header("Sec-WebSocket-Protocol") or ""
    return protocol.isascii() and protocol.isprintable()


def _headers(document: Mapping[str, Any]) -> dict[str, str]:
    headers: dict[str, str] = {}
    many = document.get("multiValueHeaders")
    if isinstance(many, dict):
        headers |= {
            str(key): str(values[-1])
            for key, values in many.items()
            if isinstance(values, list) and values
        }
    single = document.get("headers")
    if isinstance(single, dict):
        headers |= {str(key): str(value) for key, value in single.items()}
    return headers


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
