"""Access logs: one line for each CONNECT, MESSAGE and DISCONNECT, in the format of the stage. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
"""

import json
import re
from collections.abc import Iterator, Mapping

from emulator.gateway.exchange import Call, Exchange


UNSET = "-"
"""What a variable without a value prints."""

_VARIABLE = re.compile(r"\$context\.([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)")

_AS_IN_EVENTS = (
    *("apiId", "connectedAt", "connectionId", "domainName", "eventType", "extendedRequestId"),
    *("messageId", "requestId", "requestTime", "requestTimeEpoch", "routeKey", "stage"),
)

_QUOTED = frozenset({"error.messageString"})
"""What comes with its quotes."""

_RESPONSE_TYPES = {
    400: "BAD_REQUEST_BODY",
    401: "UNAUTHORIZED",
    429: "THROTTLED",
    504: "INTEGRATION_TIMEOUT",
}


def line(template: str, exchange: Exchange) -> str:
    """The line for one request.

    Values are escaped as in JSON, so that a client cannot break out of the line that names it.
    """
    values = variables(exchange)

    def value(found: re.Match[str]) -> str:
        text = json.dumps(values.get(found[1], UNSET))
        return text if found[1] in _QUOTED and found[1] in values else text[1:-1]

    return _VARIABLE.sub(value, template)


def variables(exchange: Exchange) -> Mapping[str, str]:
    """The values of the `$context` variables that are set."""
    context = exchange.context
    values = {name: str(context[name]) for name in _AS_IN_EVENTS if name in context}
    values["status"] = str(exchange.status)
    values |= {f"identity.{name}": str(value) for name, value in context["identity"].items()}
    values |= {
        f"authorizer.{name}": str(value) for name, value in context.get("authorizer", {}).items()
    }
    if exchange.authorization is not None:
        values |= _authorization(exchange.authorization)
    if exchange.integration is not None:
        values |= dict(_integration(exchange.integration))
    if exchange.fault:
        values["error.message"] = exchange.fault
        values["error.messageString"] = exchange.fault
        values["error.responseType"] = response_type(exchange)
    return values


def response_type(exchange: Exchange) -> str:
    """The kind of a gateway's own answer, in the words of its gateway responses."""
    if exchange.status in {500, 502}:
        return "AUTHORIZER_FAILURE" if exchange.integration is None else "INTEGRATION_FAILURE"
    if exchange.status == 403:
        return "ACCESS_DENIED" if exchange.authorization is not None else "DEFAULT_4XX"
    return _RESPONSE_TYPES.get(exchange.status, "DEFAULT_5XX")


def _authorization(call: Call) -> dict[str, str]:
    values = dict(_call("authorizer", call))
    values |= {name.replace("authorizer", "authorize"): each for name, each in values.items()}
    values["authorizer.integrationLatency"] = str(call.latency_ms)
    values["authorizer.requestId"] = call.request_id or UNSET
    if call.service_status is not None:
        values["authorizer.integrationStatus"] = str(call.service_status)
    return values


def _integration(call: Call) -> Iterator[tuple[str, str]]:
    yield from _call("integration", call)
    yield "integrationLatency", str(call.latency_ms)
    yield "integration.requestId", call.request_id or UNSET
    if call.service_status is not None:
        yield "integration.integrationStatus", str(call.service_status)


def _call(phase: str, call: Call) -> Iterator[tuple[str, str]]:
    yield f"{phase}.latency", str(call.latency_ms)
    if call.status is not None:
        yield f"{phase}.status", str(call.status)
    if call.error:
        yield f"{phase}.error", call.error
