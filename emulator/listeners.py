"""Sockets and servers: three listeners in one process, each a uvicorn server without signals."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from emulator.errors import UsageError
from emulator.gateway.protocol import WebSocketProtocol
from emulator.gateway.upgrade import HttpProtocol


LISTENERS = 3

_SHUTDOWN_WITHIN = 3


class _Server(uvicorn.Server):
    """uvicorn, whose handling of signals is the program's own business."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _TlsHttpProtocol(HttpProtocol):
    """HTTP over TLS, which ends at once at a shutdown when nothing is under way.

    Closing politely waits for the other side's goodbye, and a client that keeps an idle connection
    (a function between two events) does not look.
    """

    def shutdown(self) -> None:
        """See uvicorn's protocols."""
        super().shutdown()
        idle = self.transport.is_closing()
        if idle and not self.transport.get_write_buffer_size():
            self.transport.abort()


@dataclass(frozen=True, slots=True)
class Sockets:
    """Bound sockets: the edge, the AWS endpoint, the objects."""

    edge: socket.socket
    aws: socket.socket
    objects: socket.socket


def bind(host: str, port: int) -> Sockets:
    """Bind three ports in a row (any three for port 0). The AWS endpoint is on loopback always.

    Raises `UsageError` if one is taken.
    """
    hosts = [host, "127.0.0.1", host]
    ports = [port + index if port else 0 for index in range(LISTENERS)]
    with contextlib.ExitStack() as bound:
        listeners = [
            bound.enter_context(_bind(host, port)) for host, port in zip(hosts, ports, strict=True)
        ]
        bound.pop_all()
    return Sockets(*listeners)


def bind_loopback() -> socket.socket:
    """Bind any free port on this machine only."""
    return _bind("127.0.0.1", 0)


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # From here on a second emulator is refused the port, not first when it gets ready.
        listener.listen()
    except OSError as error:
        listener.close()
        raise UsageError(
            f"Port {port} on {host} cannot be used ({error.strerror}). The emulator needs three "
            "ports in a row; name the first with --port."
        ) from error
    return listener


def port_of(listener: socket.socket) -> int:
    """The port that a socket is bound to."""
    port: int = listener.getsockname()[1]
    return port


@contextlib.asynccontextmanager
async def serving(
    app: ASGIApp, listener: socket.socket, tls: ssl.SSLContext | None = None
) -> AsyncIterator[None]:
    """Serve `app` for as long as the context lasts; with `tls` over TLS only."""
    config = uvicorn.Config(
        app,
        http=_TlsHttpProtocol if tls else HttpProtocol,
        ws=WebSocketProtocol,
        ws_ping_interval=None,  # API Gateway never pings.
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_SHUTDOWN_WITHIN,
        ssl_context_factory=(lambda *_: tls) if tls else None,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        if task.done():
            await task
        await asyncio.sleep(0.005)
    try:
        yield
    finally:
        server.should_exit = True
        await task
