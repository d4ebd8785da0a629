"""Who answers a request: sockets and `@connections` go straight to the gateway, the rest elsewhere."""

from collections.abc import Callable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from emulator.gateway.management import ManagementApi
from emulator.gateway.websocket import WebSocketGateway


class Dispatch:
    """An ASGI application before others.

    What it hands on by itself is what a busy API consists of; a framework's layers around an open
    socket would cost memory for as long as it lasts.
    """

    def __init__(
        self,
        gateway: WebSocketGateway,
        others: ASGIApp,
        management: ManagementApi | None = None,
        trusted: Callable[[str], bool] | None = None,
    ) -> None:
        """Without `management` there is none here; `trusted` judges the name in Host headers."""
        self._gateway = gateway
        self._others = others
        self._management = management
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one socket."""
        if self._trusted is not None and not self._trusted(_host(scope)):
            await PlainTextResponse("Invalid host header", 400)(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._gateway(scope, receive, send)
        elif self._management is not None and ManagementApi.serves(scope["path"]):
            await self._management(scope, receive, send)
        else:
            await self._others(scope, receive, send)


def _host(scope: Scope) -> str:
    """The Host header as it came; sockets keep the spelling of header names."""
    for name, value in scope["headers"]:
        if name.lower() == b"host":
            host: str = value.decode("latin-1")
            return host
    return ""
