"""DynamoDB on the AWS endpoint: requests go on to the engine as they are."""

from collections.abc import Mapping

import aiohttp
from starlette.requests import Request
from starlette.responses import Response

from emulator.errors import AwsError


class EngineUnavailableError(AwsError):
    """The engine is being restarted; SDKs try again on this."""

    status = 500
    code = "InternalServerError"


class DynamoDbForward:
    """Passes calls to the engine over kept-alive connections."""

    def __init__(self, engine_url: str) -> None:
        self._url = f"{engine_url}/"
        self._session: aiohttp.ClientSession | None = None

    async def forward(self, body: bytes, headers: Mapping[str, str]) -> Response:
        """Send one call on and hand the answer back unchanged."""
        if self._session is None:
            self._session = aiohttp.ClientSession(auto_decompress=False)
        passed = {name: headers[name] for name in _PASSED if name in headers}
        passed["accept-encoding"] = "identity"  # Or aiohttp would ask for gzip on its own.
        try:
            async with self._session.post(self._url, data=body, headers=passed) as answer:
                content = await answer.read()
                kept = {name: answer.headers[name] for name in _KEPT if name in answer.headers}
                return Response(content, answer.status, kept)
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as error:
            raise EngineUnavailableError("The database engine is being restarted.") from error

    async def close(self) -> None:
        """Close the kept connections."""
        if self._session is not None:
            await self._session.close()


_PASSED = ("content-type", "x-amz-target", "x-amz-date", "authorization", "x-amz-security-token")
_KEPT = ("content-type", "x-amzn-requestid", "x-amz-crc32")


def is_dynamodb(request: Request) -> bool:
    """Whether a call on the AWS endpoint is meant for DynamoDB."""
    return request.headers.get("x-amz-target", "").startswith(("DynamoDB_", "DynamoDBStreams_"))
