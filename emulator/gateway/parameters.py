"""Request parameters: what goes where on the way to a backend.

https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-data-mapping.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.gateway.selection import as_text, find


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The parts of an HTTP request that parameters fill."""

    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    path: dict[str, str] = field(default_factory=dict)


def outgoing(parameters: Mapping[str, str], event: Mapping[str, Any]) -> Outgoing:
    """Fill the parts; what a source does not have is left out."""
    made = Outgoing()
    places = {"header": made.headers, "querystring": made.query, "path": made.path}
    for target, source in parameters.items():
        place, _, name = target.removeprefix("integration.request.").partition(".")
        value = _value(source, event)
        if place in places and value is not None:
            places[place][name] = value
    return made


def _value(source: str, event: Mapping[str, Any]) -> str | None:
    if source.startswith("'") and source.endswith("'"):
        return source[1:-1]
    if source.startswith("route.request.body"):
        return _of_body(source.removeprefix("route.request.body"), event.get("body", ""))
    kind, _, name = source.removeprefix("route.request.").partition(".")
    if kind == "context":
        return _text(find(event["requestContext"], f".{name}"))
    sources = {
        "header": "headers",
        "multivalueheader": "multiValueHeaders",
        "querystring": "queryStringParameters",
        "multivaluequerystring": "multiValueQueryStringParameters",
        "stageVariables": "stageVariables",
    }
    return _text(event.get(sources.get(kind, ""), {}).get(name))


def _of_body(path: str, body: str) -> str | None:
    if not path:
        return body
    try:
        return _text(find(json.loads(body), path))
    except (RecursionError, ValueError):
        return None


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        return ",".join(as_text(item) for item in value)
    return None if value is None else as_text(value)
