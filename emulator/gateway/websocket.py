"""The ASGI side of a connection: pumps between the socket and its `Session`."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Iterable, MutableMapping
from typing import Any, assert_never

from emulator.clock import Clock, Entropy
from emulator.gateway import parity
from emulator.gateway.connections import (
    AsgiSend,
    Connection,
    Connections,
    LimitExceededError,
)
from emulator.gateway.deployments import Deployments
from emulator.gateway.events import Stamp, Upgrade
from emulator.gateway.hints import Hints
from emulator.gateway.orphans import Orphans
from emulator.gateway.protocol import SOCKET
from emulator.gateway.session import (
    Accept,
    Action,
    Close,
    Closed,
    Deny,
    Event,
    Invoke,
    Purpose,
    Received,
    ReceivedBinary,
    Returned,
    Send,
    Session,
    Upgraded,
    Warn,
    unobserved,
)
from emulator.runtime.invoker import Invoker, Result


logger = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]

DRAIN_WITHIN = 5.0
"""Seconds that functions still running get when the emulator stops."""


class WebSocketGateway:
    """Serves the upgrades of all stages. An ASGI application for the scope type `websocket`."""

    def __init__(
        self,
        deployments: Deployments,
        connections: Connections,
        invoker: Invoker,
        clock: Clock,
        entropy: Entropy,
        orphans: Orphans,
    ) -> None:
        self._orphans = orphans
        self._deployments = deployments
        self._connections = connections
        self._invoker = invoker
        self._clock = clock
        self._entropy = entropy
        self._hints = Hints()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Any, send: AsgiSend) -> None:
        """Serve one connection until its socket is gone."""
        await receive()  # websocket.connect
        headers = _text_headers(scope["headers"])
        host = next((value for name, value in headers if name.lower() == "host"), "")
        deployment = self._deployments.find(host, scope["path"])
        stamp = self._stamp()
        url = scope["raw_path"] + b"?" + scope["query_string"]
        if len(url.removesuffix(b"?")) > MAX_URL:
            await _deny(send, Deny(414, '{"message":"URI Too Long"}', stamp.request_id))
            return
        if deployment is None:
            body = '{"message":"Forbidden"}'
            await _deny(send, Deny(403, body, stamp.request_id, "ForbiddenException"))
            return
        upgrade = Upgrade(
            api=deployment.api,
            stage=deployment.stage,
            connection_id=self._entropy.gateway_id(),
            connected_at=stamp.at_ms,
            headers=headers,
            query_string=scope["query_string"].decode("latin-1"),
            source_ip=scope["client"][0] if scope["client"] else "127.0.0.1",
            trace_id=f"Root=1-{stamp.at_ms // 1000:08x}-{self._entropy.bytes(12).hex()}",
            port=scope["server"][1] if scope["server"] else 443,
            domain_name=deployment.domain_name,
        )
        monitor = deployment.monitor
        observe = monitor.ended if monitor is not None else unobserved
        session = Session(
            upgrade, deployment.api.routes, deployment.select, deployment.gate, observe
        )
        socket = scope["extensions"][SOCKET]
        connection = Connection(session, send, socket, self._clock, monitor)
        self._connections.add(connection)
        try:
            await self._happened(connection, Upgraded(stamp))
            await self._pump(connection, receive)
        finally:
            self._connections.remove(connection)

    async def drain(self) -> None:
        """Wait until what sockets have set going (`$disconnect` among it) is done, within reason."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=DRAIN_WITHIN)

    async def _pump(self, connection: Connection, receive: Any) -> None:
        api = connection.session.upgrade.api.name
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                if message.get("too_big"):
                    self._hints.tell(parity.too_large(api))
                code = message.get("code") or 1005
                reason = message.get("reason") or ("" if code != 1005 else _NO_STATUS)
                await self._happened(connection, Closed(code, reason, self._stamp()))
                return
            connection.touch()
            text = message.get("text")
            if text is None:
                self._hints.tell(parity.binary_frame(api))
                await self._happened(connection, ReceivedBinary())
            else:
                stamp, message_id = self._stamp(), self._entropy.gateway_id()
                await self._happened(connection, Received(text, stamp, message_id))

    async def _happened(self, connection: Connection, event: Event) -> None:
        for action in connection.session.handle(event):
            await self._perform(connection, action)

    async def _perform(self, connection: Connection, action: Action) -> None:
        match action:
            case Invoke():
                self._orphans.invoked(connection.session, action, self._stamp())
                # Never awaited here: the next message must not wait for this function.
                task = asyncio.get_running_loop().create_task(self._invoke(connection, action))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            case Accept():
                self._orphans.opened(connection.session, self._stamp())
                await connection.send(
                    {"type": "websocket.accept", "subprotocol": action.subprotocol, "headers": []}
                )
                connection.watch()
            case Deny():
                await _deny(connection.send, action)
            case Send():
                # A client that does not read is being closed by then; nobody needs to be told.
                with contextlib.suppress(LimitExceededError):
                    connection.post(action.text)
            case Close():
                connection.close(action.code, action.reason)
            case Warn():
                self._hints.tell(action.hint)
            case _:
                assert_never(action)

    async def _invoke(self, connection: Connection, action: Invoke) -> None:
        started = self._clock.monotonic()
        event = json.dumps(action.event, separators=(",", ":")).encode()
        result: Result | None
        try:
            async with asyncio.timeout(self._clock.duration(action.timeout)):
                result = await self._invoker.invoke(action.function, event)
        except TimeoutError:
            result = None
        _report(action, result)
        latency_ms = round((self._clock.monotonic() - started) * 1000)
        returned = Returned(action, result, latency_ms, self._stamp())
        try:
            await self._happened(connection, returned)
        except (OSError, RuntimeError):
            # The client left while its upgrade was pending; `_pump` reports that.
            logger.debug("a client left before its upgrade was answered", exc_info=True)
        self._orphans.returned(connection.session, action)

    def _stamp(self) -> Stamp:
        return Stamp(self._clock.now_ms(), self._entropy.gateway_id())


_NO_STATUS = "Client-side close frame status not set"
"""AWS's words for a close frame without a code."""

MAX_URL = 4096
"""Characters; developer guide, "Quotas for WebSocket APIs"."""


def _report(action: Invoke, result: Result | None) -> None:
    """A function's failure in the terminal, where whoever develops it looks first."""
    if result is None:
        logger.warning("%s did not answer within %g s", action.function, action.timeout)
    elif result.error is not None and not _is_refusal(action, result):
        document = result.document()
        message = document.get("errorMessage") if isinstance(document, dict) else ""
        logger.warning("%s failed: %s: %s", action.function, result.error, message)


def _is_refusal(action: Invoke, result: Result) -> bool:
    """An authorizer that fails with `Unauthorized` works as intended."""
    document = result.document()
    return (
        action.purpose is Purpose.AUTHORIZE
        and isinstance(document, dict)
        and document.get("errorMessage") == "Unauthorized"
    )


async def _deny(send: AsgiSend, action: Deny) -> None:
    body = action.body.encode()
    headers = [
        (b"Content-Type", b"application/json"),
        (b"Content-Length", str(len(body)).encode()),
        (b"x-amzn-RequestId", action.request_id.encode()),
        (b"x-amz-apigw-id", action.request_id.encode()),
    ]
    if action.error_type:
        headers.append((b"x-amzn-ErrorType", action.error_type.encode()))
    await send(
        {"type": "websocket.http.response.start", "status": action.status, "headers": headers}
    )
    await send({"type": "websocket.http.response.body", "body": body})


def _text_headers(headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
