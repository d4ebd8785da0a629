"""Posting to sockets, through the management API."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import BotoCoreError, ClientError


if TYPE_CHECKING:
    from types_aiobotocore_apigatewaymanagementapi import ApiGatewayManagementApiClient


class Gone(Exception):
    """The socket is closed."""


class Unreachable(Exception):
    """The frame could not be delivered; the next push or ping will show the gap."""


class Sockets(Protocol):
    """Where frames go."""

    async def post(self, connection: str, frame: bytes) -> None:
        """Deliver a frame; raises `Gone` or `Unreachable`."""
        ...

    async def close(self, connection: str) -> None:
        """Close a socket; raises `Gone` or `Unreachable`."""
        ...


class ManagedSockets:
    """The sockets of an API."""

    def __init__(self, client: "ApiGatewayManagementApiClient") -> None:
        self._client = client

    async def post(self, connection: str, frame: bytes) -> None:
        """Deliver a frame; raises `Gone` or `Unreachable`."""
        await self._call(self._client.post_to_connection(ConnectionId=connection, Data=frame))

    async def close(self, connection: str) -> None:
        """Close a socket; raises `Gone` or `Unreachable`."""
        await self._call(self._client.delete_connection(ConnectionId=connection))

    async def _call(self, call: Awaitable[object]) -> None:
        try:
            await call
        except ClientError as error:
            # A 410 has no body; an emulator may send it without the error's name as well.
            code, answer = error.response["Error"]["Code"], error.response["ResponseMetadata"]
            if code == "GoneException" or answer["HTTPStatusCode"] == 410:
                raise Gone from error
            raise Unreachable(code) from error
        except BotoCoreError as error:
            raise Unreachable(type(error).__name__) from error
