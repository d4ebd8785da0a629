"""Cognito's JSON 1.1 over HTTP: requests in, answers and errors out (reference sections 1.1 to 1.5)."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from emulator.cognito.errors import Serialization
from emulator.errors import AwsError


TARGET_PREFIX = "AWSCognitoIdentityProviderService."
CONTENT_TYPE = "application/x-amz-json-1.1"
MAX_BODY = 1 << 20
"""Far above any request of the service model; keeps a stranger from filling the memory."""

CORS = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date",
}
"""On every answer, also on errors: without it a browser sees a network error (section 1.5)."""


async def read_body(request: Request) -> bytes:
    """The whole body, unless it is absurdly long."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY:
            raise Serialization("Request body is too large")
        chunks.append(chunk)
    return b"".join(chunks)


def parse(body: bytes) -> Mapping[str, Any]:
    """The request document; an empty body counts as `{}`."""
    try:
        document = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise Serialization("Request body is not valid JSON") from None
    if not isinstance(document, dict):
        raise Serialization("Start of structure or map expected")
    return document


def answer(document: Mapping[str, Any] | None, request_id: str) -> Response:
    """A success. `None` stands for an operation without output: zero bytes (section 1.3)."""
    return Response(encode(document), 200, _headers(request_id))


def failure(error: AwsError, request_id: str) -> Response:
    """An error, told in headers and body alike (section 1.4)."""
    headers = _headers(request_id)
    headers["x-amzn-ErrorType"] = f"{error.code}:"
    headers["x-amzn-ErrorMessage"] = header_safe(error.message)
    body = encode({"__type": error.code, "message": error.message})
    # The signature errors that other services share carry 403; here every client error is a 400.
    return Response(body, 500 if error.status >= 500 else 400, headers)


def preflight(request: Request) -> Response:
    """The answer to a browser's OPTIONS, as captured from AWS (section 1.5)."""
    headers = {
        **CORS,
        "access-control-allow-methods": "POST",
        "access-control-max-age": "172800",
    }
    if asked := request.headers.get("access-control-request-headers"):
        headers["access-control-allow-headers"] = asked
    return Response(b"", 200, headers)


def encode(document: Mapping[str, Any] | None) -> bytes:
    """Compact JSON with sorted keys; null members are left out at the top (section 1.3)."""
    if document is None:
        return b""
    present = {name: value for name, value in document.items() if value is not None}
    return json.dumps(present, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def header_safe(message: str) -> str:
    """One line of latin-1, whatever a trigger function may have put into its message."""
    line = "".join(c if c.isprintable() else " " for c in message)
    return line.encode("latin-1", "replace").decode("latin-1")


def _headers(request_id: str) -> dict[str, str]:
    return {"content-type": CONTENT_TYPE, "x-amzn-RequestId": request_id, **CORS}
