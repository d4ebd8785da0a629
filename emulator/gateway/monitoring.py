"""What a stage leaves in CloudWatch: access logs, execution logs and metrics.

https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-monitor.html
"""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Protocol

from emulator.clock import Clock, Entropy
from emulator.gateway import access_log
from emulator.gateway.exchange import Exchange
from emulator.telemetry.datum import Datum, Metric, Statistics
from emulator.template.model import Stage, WebSocketApi


NAMESPACE = "AWS/ApiGateway"

GATHERED_FOR = 0.2
"""Seconds for which values are added up before they are handed on."""

TRACE_LIMIT = 1024
"""Bytes of a body that an execution log shows."""


class Log(Protocol):
    """An open log stream."""

    def append(self, events: Sequence[tuple[int, str]]) -> None:
        """Add events: the time in milliseconds, and the message."""
        ...


class Telemetry(Protocol):
    """CloudWatch, as the gateway needs it."""

    def open_log(self, group: str, stream: str) -> Log:
        """A stream to add events to."""
        ...

    def put(self, datum: Datum) -> None:
        """Add values to a metric."""
        ...


class Monitor:
    """Observes one stage."""

    def __init__(
        self, api: WebSocketApi, stage: Stage, telemetry: Telemetry, clock: Clock, entropy: Entropy
    ) -> None:
        self._api = api
        self._stage = stage
        self._telemetry = telemetry
        self._clock = clock
        self._values: dict[tuple[str, str], Statistics] = {}
        """By metric and route; the route is empty where none is counted by itself."""
        stream = entropy.bytes(16).hex()
        access = stage.access_log
        self._access = telemetry.open_log(access.group, stream) if access is not None else None
        # AWS names no group for WebSocket APIs; users of it have published this one.
        self._execution = telemetry.open_log(f"/aws/apigateway/{api.id}/{stage.name}", stream)

    def ended(self, exchange: Exchange) -> None:
        """A request has ended: log it and count it."""
        now = self._clock.now_ms()
        if self._access is not None:
            assert self._stage.access_log is not None
            line = access_log.line(self._stage.access_log.format, exchange)
            self._access.append([(now, line + "\n")])
        settings = self._stage.settings_of(exchange.route_key)
        if settings.logging_level == "INFO" or (exchange.fault and settings.logging_level != "OFF"):
            lines = _execution_lines(exchange, data=settings.data_trace)
            self._execution.append([(now, line + "\n") for line in lines])
        route = exchange.route_key if settings.detailed_metrics else ""
        for name, value in self._measured(exchange):
            self._count(name, value, route)

    def sent(self) -> None:
        """A message goes to a client."""
        self._count("MessageCount", 1, "")

    def _measured(self, exchange: Exchange) -> Iterator[tuple[str, float]]:
        """https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html"""
        kind, called = exchange.context["eventType"], exchange.integration
        if kind == "MESSAGE":
            yield "MessageCount", 1
        if called is None:
            if 400 <= exchange.status < 500:
                yield "ClientError", 1
            return
        if kind == "CONNECT":
            yield "ConnectCount", 1
        if called.status is None:
            yield "ExecutionError", 1
        elif called.status >= 400:
            yield "IntegrationError", 1
        if not self._is_mock(exchange.route_key):
            yield "IntegrationLatency", called.latency_ms

    def _is_mock(self, route_key: str) -> bool:
        route = self._api.routes.get(route_key)
        if route is None or route.integration is None:
            return False
        backend = self._api.backends.get(route.integration.function)
        return backend is not None and backend.kind == "MOCK"

    def _count(self, name: str, value: float, route: str) -> None:
        if not self._values:
            asyncio.get_running_loop().call_later(GATHERED_FOR, self.hand_on)
        known, new = self._values.get((name, route)), Statistics.of(value)
        self._values[name, route] = known + new if known is not None else new

    def hand_on(self) -> None:
        """Give what was counted to CloudWatch."""
        values, self._values = self._values, {}
        now = self._clock.now()
        for (name, route), statistics in values.items():
            unit = "Milliseconds" if name == "IntegrationLatency" else "Count"
            for dimensions in self._dimensions(route):
                self._telemetry.put(
                    Datum(Metric(NAMESPACE, name, dimensions), unit, now, statistics)
                )

    def _dimensions(self, route: str) -> Iterator[tuple[tuple[str, str], ...]]:
        api, stage = ("ApiId", self._api.id), ("Stage", self._stage.name)
        yield (api,)
        yield (api, stage)
        if route:
            yield (api, ("Route", route), stage)


def _execution_lines(exchange: Exchange, *, data: bool) -> Iterator[str]:
    """What is known of a request, in the manner of REST APIs' execution logs.

    AWS publishes no sample for WebSocket APIs: the words are the emulator's own.
    """
    context, called = exchange.context, exchange.integration
    request_id = context["requestId"]
    yield f"({request_id}) Extended Request Id: {request_id}"
    who = f"connection {context['connectionId']}"
    yield f"({request_id}) {context['eventType']} on route {exchange.route_key}, {who}"
    if data and exchange.body:
        yield f"({request_id}) Request body: {_cut(exchange.body)}"
    if called is not None and called.error:
        yield f"({request_id}) Execution failed: {called.error}"
    elif called is not None:
        took = f"in {called.latency_ms} ms"
        yield f"({request_id}) Endpoint answered with status {called.status} {took}"
        if data and called.answer:
            yield f"({request_id}) Endpoint response body: {_cut(called.answer)}"
    if exchange.fault:
        yield f"({request_id}) Gateway response: {exchange.fault}"
    yield f"({request_id}) Completed with status {exchange.status}"


def _cut(text: str) -> str:
    whole = text.replace("\n", "\\n").encode()
    if len(whole) <= TRACE_LIMIT:
        return whole.decode()
    return whole[:TRACE_LIMIT].decode(errors="ignore") + " [TRUNCATED]"
