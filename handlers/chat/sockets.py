"""Open sockets, as the chat needs them."""

from typing import Protocol


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
