"""The events that functions receive, key by key as AWS sends them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from emulator.template.model import Stage, WebSocketApi


_HOP_BY_HOP = frozenset({"connection", "upgrade", "content-length"})
"""Headers of the upgrade that only the authorizer sees, in a fixed spelling."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Stamp:
    """When something happened and the request id that it got."""

    at_ms: int
    request_id: str


@dataclass(frozen=True)
class Upgrade:
    """One upgrade request and the connection that it asks for."""

    api: WebSocketApi
    stage: Stage
    connection_id: str
    connected_at: int
    """Milliseconds since the epoch."""
    headers: tuple[tuple[str, str], ...]
    """As the client spelled them."""
    query_string: str
    source_ip: str
    trace_id: str
    port: int
    domain_name: str
    """The API's host on AWS; functions build the address of `@connections` from it."""

    @cached_property
    def query(self) -> list[tuple[str, str]]:
        """The decoded query parameters in order."""
        return parse_qsl(self.query_string, keep_blank_values=True)

    def header(self, name: str) -> str | None:
        """A header's value, whatever the case of its name; repeated ones are joined."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None

    @cached_property
    def identity(self) -> Mapping[str, str]:
        """Who connected; `userAgent` only if the client named one."""
        agent = self.header("user-agent")
        return ({"userAgent": agent} if agent is not None else {}) | {"sourceIp": self.source_ip}


def authorizer_event(upgrade: Upgrade, stamp: Stamp) -> dict[str, Any]:
    """The REQUEST authorizer's event. It alone shows the headers of the upgrade itself."""
    own = [("Connection", "upgrade"), ("content-length", "0"), ("Upgrade", "websocket")]
    headers = [*own, *_client_headers(upgrade)]
    query = upgrade.query
    return {
        "type": "REQUEST",
        "methodArn": upgrade.api.arn(upgrade.stage.name, "$connect"),
        "headers": _single(headers),
        "multiValueHeaders": _multi(headers),
        "queryStringParameters": _single(query),
        "multiValueQueryStringParameters": _multi(query),
        "stageVariables": dict(upgrade.stage.variables),
        "requestContext": request_context(upgrade, stamp, "$connect", "CONNECT"),
    }


def connect_event(
    upgrade: Upgrade, stamp: Stamp, authorizer: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The event of `$connect`."""
    headers = list(_client_headers(upgrade))
    query = upgrade.query
    event: dict[str, Any] = {"headers": _single(headers), "multiValueHeaders": _multi(headers)}
    if query:
        event["queryStringParameters"] = _single(query)
        event["multiValueQueryStringParameters"] = _multi(query)
    event |= _stage_variables(upgrade)
    event["requestContext"] = request_context(upgrade, stamp, "$connect", "CONNECT", authorizer)
    event["isBase64Encoded"] = False
    return event


def message_event(
    upgrade: Upgrade,
    stamp: Stamp,
    authorizer: Mapping[str, Any] | None,
    *,
    route_key: str,
    message_id: str,
    body: str,
) -> dict[str, Any]:
    """The event of a message on any route."""
    context = request_context(upgrade, stamp, route_key, "MESSAGE", authorizer)
    context["messageId"] = message_id
    return _stage_variables(upgrade) | {
        "requestContext": context,
        "body": body,
        "isBase64Encoded": False,
    }


def disconnect_event(
    upgrade: Upgrade,
    stamp: Stamp,
    authorizer: Mapping[str, Any] | None,
    *,
    code: int,
    reason: str,
) -> dict[str, Any]:
    """The event of `$disconnect`, with the four odd headers that AWS sends."""
    headers = [("Host", upgrade.domain_name), ("x-api-key", ""), ("X-Forwarded-For", "")]
    headers.append(("x-restapi", ""))
    context = request_context(upgrade, stamp, "$disconnect", "DISCONNECT", authorizer)
    context["disconnectStatusCode"] = code
    context["disconnectReason"] = reason
    return _stage_variables(upgrade) | {
        "headers": _single(headers),
        "multiValueHeaders": _multi(headers),
        "requestContext": context,
        "isBase64Encoded": False,
    }


def request_time(at_ms: int) -> str:
    """`dd/MMM/yyyy:HH:mm:ss +0000`, with English month names whatever the locale."""
    moment = time.gmtime(at_ms / 1000)
    return (
        f"{moment.tm_mday:02d}/{_MONTHS[moment.tm_mon - 1]}/{moment.tm_year}:"
        f"{moment.tm_hour:02d}:{moment.tm_min:02d}:{moment.tm_sec:02d} +0000"
    )


def request_context(
    upgrade: Upgrade,
    stamp: Stamp,
    route_key: str,
    event_type: str,
    authorizer: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    context: dict[str, Any] = {"routeKey": route_key}
    if authorizer is not None:
        context["authorizer"] = authorizer
    context |= {
        "eventType": event_type,
        "extendedRequestId": stamp.request_id,
        "requestTime": request_time(stamp.at_ms),
        "messageDirection": "IN",
        "stage": upgrade.stage.name,
        "connectedAt": upgrade.connected_at,
        "requestTimeEpoch": stamp.at_ms,
        "identity": upgrade.identity,
        "requestId": stamp.request_id,
        "domainName": upgrade.domain_name,
        "connectionId": upgrade.connection_id,
        "apiId": upgrade.api.id,
    }
    return context


def _client_headers(upgrade: Upgrade) -> Iterable[tuple[str, str]]:
    for name, value in upgrade.headers:
        if name.lower() not in _HOP_BY_HOP and not name.lower().startswith("x-forwarded-"):
            yield name, value
    yield "X-Amzn-Trace-Id", upgrade.trace_id
    yield "X-Forwarded-For", upgrade.source_ip
    yield "X-Forwarded-Port", str(upgrade.port)
    yield "X-Forwarded-Proto", "https"


def _stage_variables(upgrade: Upgrade) -> dict[str, Any]:
    variables = upgrade.stage.variables
    return {"stageVariables": dict(variables)} if variables else {}


def _single(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The last value of each name."""
    return dict(pairs)


def _multi(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values
