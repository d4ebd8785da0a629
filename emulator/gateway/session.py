"""One WebSocket connection as a state machine: what happened goes in, what to do comes out.

    AUTHORIZING ──► CONNECTING ──► OPEN ──► CLOSED
         └──────────────┴───────── Deny ──────▲

No I/O, no clock, no event loop: every rule of the gateway can be tested here in microseconds.
"""

import enum
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from emulator.gateway import events, exchange, parity, results
from emulator.gateway.events import Stamp, Upgrade
from emulator.gateway.exchange import Call, Exchange
from emulator.gateway.gate import Gate
from emulator.gateway.parity import Hint
from emulator.gateway.selection import Selector
from emulator.runtime.invoker import Result
from emulator.template.model import Authorizer, Route


_TOO_MANY = "Too Many Requests"
_BAD_BODY = "Bad request body"

_NOT_JSON = object()
"""The content of a message that is no JSON: it selects no route and passes no model."""


class State(enum.Enum):
    """Where a connection is in its life."""

    NEW = "new"
    AUTHORIZING = "authorizing"
    CONNECTING = "connecting"
    OPEN = "open"
    CLOSED = "closed"


class Purpose(enum.Enum):
    """Why a function is invoked."""

    AUTHORIZE = "authorize"
    CONNECT = "connect"
    MESSAGE = "message"
    DISCONNECT = "disconnect"


# What happens to a connection.


@dataclass(frozen=True, slots=True)
class Upgraded:
    """The upgrade request has arrived."""

    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Received:
    """A text message has arrived."""

    text: str
    stamp: Stamp
    message_id: str


@dataclass(frozen=True, slots=True)
class ReceivedBinary:
    """A binary message has arrived."""


@dataclass(frozen=True, slots=True)
class Returned:
    """A function has answered; `result` is `None` when the integration timed out."""

    invoke: "Invoke"
    result: Result | None
    latency_ms: int
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Closed:
    """The socket is gone."""

    code: int
    reason: str
    stamp: Stamp


Event = Upgraded | Received | ReceivedBinary | Returned | Closed


# What is to be done about it.


@dataclass(frozen=True, slots=True)
class Invoke:
    """Run a function and report back with `Returned`."""

    purpose: Purpose
    function: str
    event: Mapping[str, Any]
    timeout: float
    request_id: str
    two_way: bool = False


@dataclass(frozen=True, slots=True)
class Accept:
    """Answer the upgrade with 101."""

    subprotocol: str | None


@dataclass(frozen=True, slots=True)
class Deny:
    """Answer the upgrade with an HTTP status; no socket comes into being."""

    status: int
    body: str
    request_id: str
    error_type: str = ""


@dataclass(frozen=True, slots=True)
class Send:
    """Send a text message to the client."""

    text: str


@dataclass(frozen=True, slots=True)
class Close:
    """Close the socket."""

    code: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Warn:
    """Tell the API's author, once, what AWS makes of this."""

    hint: Hint


Action = Invoke | Accept | Deny | Send | Close | Warn


def unobserved(ended: Exchange) -> None:
    """Nobody wants to know."""


class Session:
    """The state of one connection. `handle` is the only way in."""

    def __init__(
        self,
        upgrade: Upgrade,
        routes: Mapping[str, Route],
        select: Selector,
        gate: Gate = Gate(),  # noqa: B008 - frozen
        observe: Callable[[Exchange], None] = unobserved,
    ) -> None:
        """`observe` is told of every request that has ended, for logs and metrics."""
        self._observe = observe
        self.upgrade = upgrade
        self._gate = gate
        self.state = State.NEW
        self._routes = routes
        self._select = select
        self._authorizer: Mapping[str, Any] | None = None
        self._authorization: Call | None = None

    def handle(self, event: Event) -> list[Action]:
        """Take in what happened; the actions are to be carried out in order."""
        match event:
            case Upgraded():
                return self._upgraded(event)
            case Received():
                return self._received(event)
            case ReceivedBinary():
                # "binary frames are not supported": developer guide, binary media types.
                return [Close(1003)] if self.state is State.OPEN else []
            case Returned():
                return self._returned(event)
            case Closed():
                return self._closed(event)
            case _:
                assert_never(event)

    def orphaned(self, stamp: Stamp) -> list[Invoke]:
        """What would be due if nobody were left to see the socket go."""
        return self._disconnect(1006, "", stamp)

    def _upgraded(self, event: Upgraded) -> list[Action]:
        if not self._gate.admits("$connect", event.stamp.at_ms):
            return self._deny(429, _TOO_MANY, event.stamp)
        route = self._routes.get("$connect")
        if route is None or route.authorizer is None:
            return self._connect(event.stamp, None)
        if not self._identified(route.authorizer):
            return self._deny(401, "Unauthorized", event.stamp)
        self.state = State.AUTHORIZING
        body = events.authorizer_event(self.upgrade, event.stamp)
        request_id, authorizer = event.stamp.request_id, route.authorizer
        return [
            Invoke(Purpose.AUTHORIZE, authorizer.function, body, authorizer.timeout, request_id)
        ]

    def _connect(self, stamp: Stamp, latency_ms: int | None) -> list[Action]:
        route = self._routes.get("$connect")
        if route is None or route.integration is None:
            self.state = State.OPEN
            self._connection_ended(200, stamp)
            return [Accept(None)]
        self.state = State.CONNECTING
        context = self._authorizer
        if context is not None and latency_ms is not None:
            context = {**context, "integrationLatency": latency_ms}
        body = events.connect_event(self.upgrade, stamp, context)
        return [_invoke(Purpose.CONNECT, route, body, stamp)]

    def _received(self, event: Received) -> list[Action]:
        if self.state is not State.OPEN:
            return []
        content = _content(event.text)
        route = self._route(content)
        if route is None:
            return self._refuse(results.Refusal(403, "Forbidden"), "-", event)
        refusal = self._refusal(route, content, event.stamp.at_ms)
        if refusal is not None:
            return self._refuse(refusal, route.key, event)
        body = events.message_event(
            self.upgrade,
            event.stamp,
            self._authorizer,
            route_key=route.key,
            message_id=event.message_id,
            body=event.text,
        )
        return [_invoke(Purpose.MESSAGE, route, body, event.stamp)]

    def _refusal(self, route: Route, content: Any, at_ms: int) -> results.Refusal | None:
        """Why nothing is run on behalf of a message."""
        if not self._gate.admits(route.key, at_ms):
            # Whether AWS sends a frame is not documented; that clients see a 429 is.
            return results.Refusal(429, _TOO_MANY)
        if not self._gate.accepts(route.key, content):
            return results.Refusal(400, _BAD_BODY)
        if route.integration is None:
            return results.Refusal(500, "Internal server error")
        return None

    def _refuse(self, refusal: results.Refusal, key: str, event: Received) -> list[Action]:
        context = events.request_context(
            self.upgrade, event.stamp, key, "MESSAGE", self._authorizer
        )
        context["messageId"] = event.message_id
        self._observe(Exchange(context, refusal.status, refusal.message, body=event.text))
        if refusal.message != _BAD_BODY:
            return [Send(self._frame(refusal.message, event.stamp.request_id))]
        # In the spacing of the developer guide's page on request validation.
        connection_id = self.upgrade.connection_id
        return [
            Send(
                f'{{"message" : "{_BAD_BODY}", "connectionId": "{connection_id}", '
                f'"messageId": "{event.message_id}"}}'
            )
        ]

    def _route(self, content: Any) -> Route | None:
        """The route that a message selects; lifecycle routes cannot be reached by messages."""
        key = None if content is _NOT_JSON else self._select(content)
        if key in {None, "$connect", "$disconnect"} or key not in self._routes:
            key = "$default"
        return self._routes.get(key)

    def _returned(self, event: Returned) -> list[Action]:
        match event.invoke.purpose:
            case Purpose.AUTHORIZE:
                return self._authorized(event)
            case Purpose.CONNECT:
                return self._connected(event)
            case Purpose.MESSAGE:
                return self._answered(event)
            case Purpose.DISCONNECT:
                return self._disconnected(event)
            case _:
                assert_never(event.invoke.purpose)

    def _authorized(self, event: Returned) -> list[Action]:
        if self.state is not State.AUTHORIZING:
            return []
        method_arn = event.invoke.event["methodArn"]
        verdict = results.authorization(event.result, method_arn)
        self._authorization = exchange.authorization(event.result, event.latency_ms, verdict)
        forbidden = isinstance(verdict, results.Refusal) and verdict.status == 403
        function = event.invoke.function
        hints = _warnings(
            parity.authorization(function, event.result, method_arn, forbidden=forbidden)
        )
        if isinstance(verdict, results.Refusal):
            return [*self._deny(verdict.status, verdict.message, event.stamp), *hints]
        self._authorizer = verdict
        return [*self._connect(event.stamp, event.latency_ms), *hints]

    def _connected(self, event: Returned) -> list[Action]:
        outcome = results.connection(event.result)
        accepted = not isinstance(outcome, results.Refusal) and 200 <= outcome.status < 300
        self._ended(event, outcome)
        if self.state is State.CLOSED:
            # The client left while its `$connect` ran. What that set up must be taken down again.
            return [*self._disconnect(1006, "", event.stamp)] if accepted else []
        if isinstance(outcome, results.Refusal):
            hints = _warnings(parity.proxy_result(event.invoke.function, event.result))
            return [self._denial(outcome.status, outcome.message, event.stamp), *hints]
        if not accepted:
            self.state = State.CLOSED
            return [Deny(outcome.status, outcome.body or "", event.stamp.request_id)]
        self.state = State.OPEN
        return [Accept(outcome.header("Sec-WebSocket-Protocol"))]

    def _answered(self, event: Returned) -> list[Action]:
        outcome = results.message(event.result)
        self._ended(event, outcome)
        if self.state is not State.OPEN:
            return []
        function = event.invoke.function
        if isinstance(outcome, results.Refusal):
            hints = _warnings(parity.proxy_result(function, event.result))
            return [Send(self._frame(outcome.message, event.invoke.request_id)), *hints]
        if event.invoke.two_way:
            return [Send(outcome.body or "")]
        route_key = event.invoke.event["requestContext"]["routeKey"]
        # An HTTP backend answers with whatever it answers; a function's author meant something.
        dropped = outcome.body and not function.startswith("integrations/")
        return [Warn(parity.dropped_body(function, route_key))] if dropped else []

    def _disconnected(self, event: Returned) -> list[Action]:
        """Nothing that this function returns reaches anybody."""
        self._ended(event, results.message(event.result))
        return []

    def _closed(self, event: Closed) -> list[Action]:
        was_open = self.state is State.OPEN
        self.state = State.CLOSED
        return [*self._disconnect(event.code, event.reason, event.stamp)] if was_open else []

    def _disconnect(self, code: int, reason: str, stamp: Stamp) -> list[Invoke]:
        route = self._routes.get("$disconnect")
        if route is None or route.integration is None:
            return []
        body = events.disconnect_event(
            self.upgrade, stamp, self._authorizer, code=code, reason=reason
        )
        return [_invoke(Purpose.DISCONNECT, route, body, stamp)]

    def _deny(self, status: int, message: str, stamp: Stamp) -> list[Action]:
        """Refuse the upgrade before anything but an authorizer was run."""
        self._connection_ended(status, stamp, message)
        return [self._denial(status, message, stamp)]

    def _denial(self, status: int, message: str, stamp: Stamp) -> Deny:
        self.state = State.CLOSED
        body = self._frame(message, stamp.request_id)
        return Deny(status, body, stamp.request_id, results.ERROR_TYPES.get(status, ""))

    def _connection_ended(self, status: int, stamp: Stamp, fault: str = "") -> None:
        """A CONNECT for which no integration was asked is over."""
        context = events.request_context(
            self.upgrade, stamp, "$connect", "CONNECT", self._authorizer
        )
        self._observe(Exchange(context, status, fault, self._authorization))

    def _ended(self, event: Returned, outcome: results.Response | results.Refusal) -> None:
        """A request for which an integration was asked is over."""
        document = event.invoke.event
        self._observe(
            Exchange(
                document["requestContext"],
                outcome.status,
                outcome.message if isinstance(outcome, results.Refusal) else "",
                self._authorization if event.invoke.purpose is Purpose.CONNECT else None,
                exchange.call(event.result, event.latency_ms, outcome),
                document.get("body", ""),
            )
        )

    def _frame(self, message: str, request_id: str) -> str:
        """The gateway's own messages to a client, in AWS's irregular spacing."""
        connection_id = self.upgrade.connection_id
        return (
            f'{{"message": "{message}", "connectionId":"{connection_id}", '
            f'"requestId":"{request_id}"}}'
        )

    def _identified(self, authorizer: Authorizer) -> bool:
        """Whether every identity source is there and not empty; else the answer is 401 at once."""
        return all(self._identity(source) for source in authorizer.identity_sources)

    def _identity(self, source: str) -> str | None:
        upgrade = self.upgrade
        kind, _, name = source.rpartition(".")
        if kind == "route.request.header":
            return upgrade.header(name)
        if kind == "route.request.querystring":
            return dict(upgrade.query).get(name)
        if kind == "stageVariables":
            return upgrade.stage.variables.get(name)
        if kind == "context.identity":
            return upgrade.identity.get(name)
        return None


def _content(text: str) -> Any:
    try:
        return json.loads(text)
    except (RecursionError, ValueError):
        return _NOT_JSON


def _warnings(hints: Iterable[Hint]) -> list[Action]:
    return [Warn(hint) for hint in hints]


def _invoke(purpose: Purpose, route: Route, body: Mapping[str, Any], stamp: Stamp) -> Invoke:
    assert route.integration is not None
    return Invoke(
        purpose,
        route.integration.function,
        body,
        route.integration.timeout,
        stamp.request_id,
        route.two_way,
    )
