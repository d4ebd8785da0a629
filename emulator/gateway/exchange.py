"""What one request to an API came to, as its logs and metrics will tell it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.gateway import results
from emulator.runtime.invoker import Result


@dataclass(frozen=True, slots=True)
class Call:
    """A function, or another backend, that was asked."""

    latency_ms: int
    status: int | None
    """Its own status; `None` when it gave no valid answer."""
    service_status: int | None = None
    """Lambda's; `None` when it did not answer in time."""
    request_id: str = ""
    error: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A CONNECT, MESSAGE or DISCONNECT from its arrival to its end."""

    context: Mapping[str, Any]
    """The `requestContext` that a function got, or would have got."""
    status: int
    fault: str = ""
    """What the gateway told the client, where it answered itself."""
    authorization: Call | None = None
    integration: Call | None = None
    body: str = ""

    @property
    def route_key(self) -> str:
        """The route that was selected; `-` for a message that none fits."""
        return str(self.context["routeKey"])


def call(
    result: Result | None, latency_ms: int, outcome: results.Response | results.Refusal
) -> Call:
    """What is known of an integration's answer."""
    if result is None:
        return Call(latency_ms, None, error="Timed out")
    known = (latency_ms, None, result.status, result.request_id)
    if isinstance(outcome, results.Refusal):
        return Call(*known, error=result.error or "Malformed proxy response")
    return Call(
        latency_ms, outcome.status, result.status, result.request_id, answer=outcome.body or ""
    )


def authorization(
    result: Result | None, latency_ms: int, outcome: Mapping[str, str] | results.Refusal
) -> Call:
    """What is known of an authorizer's answer."""
    service_status, request_id = (result.status, result.request_id) if result else (None, "")
    if isinstance(outcome, results.Refusal):
        return Call(latency_ms, outcome.status, service_status, request_id, outcome.message)
    return Call(latency_ms, 200, service_status, request_id)
