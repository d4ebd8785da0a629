"""The floor of an invocation: AWS's runtime client on a Runtime API that does nothing else."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import cast


class BareRuntimeApi(asyncio.Protocol):
    """Hands one event at a time to one runtime process, by finding what it must in raw bytes."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._waits: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def invoke(self, event: bytes) -> bytes:
        """One event; returns the result."""
        await self._waits
        self._waits = asyncio.get_running_loop().create_future()
        self._answer = asyncio.get_running_loop().create_future()
        assert self._transport is not None
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            b"Lambda-Runtime-Aws-Request-Id: 1\r\nLambda-Runtime-Deadline-Ms: 9999999999999\r\n"
            b"Lambda-Runtime-Invoked-Function-Arn: a\r\nLambda-Runtime-Trace-Id: t\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(event), event)
        )
        return await self._answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, body = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return
        if head.startswith(b"GET"):
            self._buffer = body
            self._waits.set_result(None)
            return
        length = int(head.lower().partition(b"content-length:")[2].split(None, 1)[0])
        if len(body) < length:
            return
        assert self._transport is not None
        self._transport.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        self._buffer = body[length:]
        self._answer.set_result(body[:length])


async def start_bare(
    code: Path, handler: str, environment: Mapping[str, str]
) -> tuple[BareRuntimeApi, asyncio.subprocess.Process]:
    """A runtime process on a Runtime API of its own."""
    api = BareRuntimeApi()
    server = await asyncio.get_running_loop().create_server(lambda: api, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-S", "-m", "awslambdaric", handler),
        cwd=code,
        env={**environment, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}"},
    )
    return api, process
