"""Request headers in the events of API Gateway (pure)."""

from collections.abc import Mapping
from typing import Any


Event = Mapping[str, Any]


def find(event: Event, name: str) -> str | None:
    """A header's value; their spelling is the client's, so the case of the name does not matter."""
    for key, value in (event.get("headers") or {}).items():
        if key.lower() == name:
            return str(value)
    return None


def subprotocols(event: Event) -> list[str]:
    """What the client offers in `Sec-WebSocket-Protocol`, one comma-separated string."""
    offered = find(event, "sec-websocket-protocol") or ""
    return [each.strip() for each in offered.split(",")]
