"""Signed calls as they arrive over HTTP: their body, within bounds, and who signed them."""

from starlette.requests import Request

from emulator.errors import AwsError
from emulator.iam.credentials import Principal
from emulator.iam.sigv4 import Verifier


async def read_body(request: Request, limit: int, too_large: AwsError) -> bytes:
    """The body, read only as far as it may go; beyond `limit` bytes `too_large` is raised."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise too_large
    return bytes(body)


def verify_request(
    verifier: Verifier, request: Request, body: bytes | None, service: str
) -> Principal:
    """Who signed the call for `service`. Raises what `Verifier.verify` raises.

    Without a `body` the hash that the client declares is believed, and to be checked as it comes.
    """
    return verifier.verify(
        request.method,
        request.scope["raw_path"].decode("latin-1"),
        request.scope["query_string"].decode("latin-1"),
        request.headers,
        body,
        service,
    )
