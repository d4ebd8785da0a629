"""The life of a connection: every transition, and what must hold in any order of events."""

import json
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from emulator.gateway.selection import compile_expression
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
    State,
    Upgraded,
    Warn,
)
from emulator.runtime.invoker import Result
from emulator.template.model import Authorizer, Route
from tests.emulator.gateway.apis import api, route, stamp, upgrade
from tests.fakes import failure


CONNECTION = "TXzPWdnOjoECGjA="
REQUEST = "TXzPWFkkjoEF92g="


def session(
    *routes: Route, headers: Any = (("Host", "h"),), query: str = "", **more: Any
) -> Session:
    of = api(*routes, **more)
    select = compile_expression(of.route_selection_expression)
    return Session(upgrade(of, headers=headers, query=query), of.routes, select)


def ok(**more: Any) -> Result:
    return Result(json.dumps({"statusCode": 200, **more}).encode())


def allow(effect: str = "Allow", **more: Any) -> Result:
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": "*"}
    document = {"principalId": "me", "policyDocument": {"Statement": [statement]}, **more}
    return Result(json.dumps(document).encode())


def act(on: Session, event: Event) -> list[Action]:
    """What is done about an event, without the hints on AWS."""
    return [action for action in on.handle(event) if not isinstance(action, Warn)]


def returned(invoke: Invoke, result: Result | None, latency_ms: int = 7) -> Returned:
    return Returned(invoke, result, latency_ms, stamp())


def only_invoke(actions: list[Action]) -> Invoke:
    (invoke,) = actions
    assert isinstance(invoke, Invoke)
    return invoke


def opened(*routes: Route, **more: Any) -> Session:
    """A session without `$connect`, open at once."""
    made = session(*routes, **more)
    assert made.handle(Upgraded(stamp())) == [Accept(None)]
    return made


def say(to: Session, text: str) -> list[Action]:
    return to.handle(Received(text, stamp(), "MESSAGE"))


def frame(message: str) -> str:
    return f'{{"message": "{message}", "connectionId":"{CONNECTION}", "requestId":"{REQUEST}"}}'


AUTHORIZED = route("$connect", "connect", authorizer=Authorizer("auth"))


# --- the upgrade ---------------------------------------------------------------------------------


def test_no_connect_route_opens_at_once() -> None:
    """Without `$connect` the socket opens; nothing is invoked."""
    assert opened().state is State.OPEN


def test_a_connect_route_without_integration_opens() -> None:
    """A route with nothing behind it lets the client in."""
    assert session(route("$connect")).handle(Upgraded(stamp())) == [Accept(None)]


def test_the_connect_function_decides() -> None:
    """The socket is not open before the function has ended well."""
    made = session(route("$connect", "connect"))
    invoke = only_invoke(made.handle(Upgraded(stamp())))
    assert (invoke.purpose, invoke.function) == (Purpose.CONNECT, "connect")
    assert invoke.event["requestContext"]["routeKey"] == "$connect"
    states = [made.state]
    assert made.handle(returned(invoke, ok())) == [Accept(None)]
    states.append(made.state)
    assert states == [State.CONNECTING, State.OPEN]


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_accepts(status: int) -> None:
    """201 is as good as 200."""
    made = session(route("$connect", "connect"))
    invoke = only_invoke(made.handle(Upgraded(stamp())))
    assert made.handle(returned(invoke, ok(statusCode=status))) == [Accept(None)]


@pytest.mark.parametrize("status", [300, 301, 400, 401, 403, 501, 599])
def test_any_other_status_refuses_with_it(status: int) -> None:
    """The function's status and body are the answer to the upgrade."""
    made = session(route("$connect", "connect"))
    invoke = only_invoke(made.handle(Upgraded(stamp())))
    actions = made.handle(returned(invoke, ok(statusCode=status, body="no")))
    assert actions == [Deny(status, "no", REQUEST)]
    assert made.state is State.CLOSED


@pytest.mark.parametrize(
    ("result", "status", "message"),
    [
        (failure("boom"), 502, "Internal server error"),
        (Result(b"{}"), 502, "Internal server error"),
        (Result(b"null"), 502, "Internal server error"),
        (ok(statusCode=101), 502, "Internal server error"),
        (ok(statusCode=700), 502, "Internal server error"),
        (None, 504, "Endpoint request timed out"),
    ],
)
def test_a_connect_function_that_fails(result: Result | None, status: int, message: str) -> None:
    """The gateway refuses in its own words."""
    made = session(route("$connect", "connect"))
    invoke = only_invoke(made.handle(Upgraded(stamp())))
    actions = act(made, returned(invoke, result))
    assert actions == [Deny(status, frame(message), REQUEST, "InternalServerErrorException")]
    assert made.state is State.CLOSED


def test_the_subprotocol_is_copied() -> None:
    """The protocol that the function returns is the one of the answer, in any spelling."""
    made = session(route("$connect", "connect"))
    invoke = only_invoke(made.handle(Upgraded(stamp())))
    result = ok(headers={"sec-websocket-protocol": "myprotocol", "X-Other": "dropped"})
    assert made.handle(returned(invoke, result)) == [Accept("myprotocol")]


def test_a_client_that_leaves_during_connect() -> None:
    """What `$connect` has set up is taken down again, but only if it let the client in."""
    for result, expected in ((ok(), ["$disconnect"]), (ok(statusCode=401), []), (None, [])):
        made = session(route("$connect", "connect"), route("$disconnect", "disconnect"))
        invoke = only_invoke(made.handle(Upgraded(stamp())))
        assert made.handle(Closed(1006, "", stamp())) == []
        actions = made.handle(returned(invoke, result))
        assert [
            each.event["requestContext"]["routeKey"] for each in actions if isinstance(each, Invoke)
        ] == expected
        assert len(actions) == len(expected)
        assert made.state is State.CLOSED


# --- the authorizer ------------------------------------------------------------------------------


def test_the_authorizer_comes_first() -> None:
    """Authorizer, then `$connect` with its context, then the socket."""
    made = session(AUTHORIZED, route("$default", "f"), route("$disconnect", "bye"))
    asked = only_invoke(made.handle(Upgraded(stamp())))
    assert (asked.purpose, asked.function) == (Purpose.AUTHORIZE, "auth")
    assert asked.event["type"] == "REQUEST"
    assert made.state is State.AUTHORIZING
    connect = only_invoke(act(made, returned(asked, allow(context={"n": 1}), latency_ms=21)))
    context = {"n": "1", "principalId": "me"}
    assert connect.event["requestContext"]["authorizer"] == context | {"integrationLatency": 21}
    assert made.handle(returned(connect, ok())) == [Accept(None)]
    message = only_invoke(say(made, "{}"))
    assert message.event["requestContext"]["authorizer"] == context
    disconnect = only_invoke(made.handle(Closed(1000, "", stamp())))
    assert disconnect.event["requestContext"]["authorizer"] == context


@pytest.mark.parametrize(
    ("result", "status", "error_type"),
    [
        (allow("Deny"), 403, "ForbiddenException"),
        (failure("Unauthorized"), 401, "UnauthorizedException"),
        (failure("boom"), 500, "InternalServerErrorException"),
        (Result(b"{}"), 500, "InternalServerErrorException"),
        (None, 500, "InternalServerErrorException"),
    ],
)
def test_an_authorizer_that_refuses(result: Result | None, status: int, error_type: str) -> None:
    """A refusal ends it: `$connect` is not invoked, and there is no `$disconnect`."""
    made = session(AUTHORIZED, route("$disconnect", "bye"))
    asked = only_invoke(made.handle(Upgraded(stamp())))
    (deny,) = act(made, returned(asked, result))
    assert isinstance(deny, Deny)
    assert (deny.status, deny.error_type) == (status, error_type)
    assert made.handle(Closed(1006, "", stamp())) == []


def test_a_client_that_leaves_during_authorization() -> None:
    """Nothing more is asked for a client that is gone."""
    made = session(AUTHORIZED, route("$disconnect", "bye"))
    asked = only_invoke(made.handle(Upgraded(stamp())))
    assert made.handle(Closed(1006, "", stamp())) == []
    assert made.handle(returned(asked, allow())) == []


@pytest.mark.parametrize(
    ("source", "headers", "query", "present"),
    [
        ("route.request.header.X-Token", [("x-token", "t")], "", True),
        ("route.request.header.X-Token", [("X-Token", "")], "", False),
        ("route.request.header.X-Token", [], "", False),
        ("route.request.querystring.token", [], "token=t", True),
        ("route.request.querystring.token", [], "token=", False),
        ("route.request.querystring.token", [], "Token=t", False),
        ("stageVariables.mode", [], "", True),
        ("stageVariables.other", [], "", False),
        ("context.identity.sourceIp", [], "", True),
        ("context.identity.userAgent", [], "", False),
        ("unknown.thing", [], "", False),
    ],
)
def test_identity_sources(
    source: str, headers: list[tuple[str, str]], query: str, present: bool
) -> None:
    """A missing or empty identity source is 401 without asking the authorizer."""
    guarded = route("$connect", "connect", authorizer=Authorizer("auth", (source,)))
    made = session(guarded, headers=headers, query=query, variables={"mode": "test"})
    (action,) = made.handle(Upgraded(stamp()))
    if present:
        assert isinstance(action, Invoke)
    else:
        assert action == Deny(401, frame("Unauthorized"), REQUEST, "UnauthorizedException")


def test_all_identity_sources_must_be_there() -> None:
    """One of two is not enough."""
    sources = ("route.request.querystring.a", "route.request.querystring.b")
    guarded = route("$connect", "connect", authorizer=Authorizer("auth", sources))
    (action,) = session(guarded, query="a=1").handle(Upgraded(stamp()))
    assert isinstance(action, Deny)


# --- messages ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ('{"action":"send"}', "send"),
        ('{"action":"Send"}', "$default"),
        ('{"action":"other"}', "$default"),
        ('{"action":"$connect"}', "$default"),
        ('{"action":"$disconnect"}', "$default"),
        ('{"action":"$default"}', "$default"),
        ('{"action":1}', "$default"),
        ("{}", "$default"),
        ("not json", "$default"),
        ("", "$default"),
        ("[1]", "$default"),
        ('"hi"', "$default"),
        ("[" * 100_000, "$default"),
        ("1" * 10_000, "$default"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_routing(text: str, selected: str) -> None:
    """The selected route's key is in the event, the body is exactly what was sent."""
    made = opened(route("send", "f"), route("$default", "f"), route("$disconnect", "f"))
    invoke = only_invoke(say(made, text))
    assert invoke.purpose is Purpose.MESSAGE
    assert invoke.event["requestContext"]["routeKey"] == selected
    assert invoke.event["requestContext"]["messageId"] == "MESSAGE"
    assert invoke.event["body"] == text


def test_no_route_and_no_default() -> None:
    """The client gets `Forbidden`; nothing is invoked and the socket stays open."""
    made = opened(route("send", "f"))
    assert say(made, "{}") == [Send(frame("Forbidden"))]
    assert made.state is State.OPEN


def test_a_route_without_integration() -> None:
    """A route that leads nowhere is an internal error."""
    assert say(opened(route("$default")), "{}") == [Send(frame("Internal server error"))]


def test_static_expressions() -> None:
    """A static expression selects its own key for each JSON message."""
    invoke = only_invoke(say(opened(route("all", "f"), expression="all"), "{}"))
    assert invoke.event["requestContext"]["routeKey"] == "all"


@pytest.mark.parametrize("two_way", [False, True])
@pytest.mark.parametrize(
    ("result", "reply"),
    [
        (ok(body="text"), "text"),
        (ok(), ""),
        (ok(statusCode=400, body="bad"), "bad"),
    ],
)
def test_replies(two_way: bool, result: Result, reply: str) -> None:
    """Two-way routes send the body unchanged, one-way routes nothing."""
    made = opened(route("$default", "f", two_way=two_way))
    invoke = only_invoke(say(made, "{}"))
    assert act(made, returned(invoke, result)) == ([Send(reply)] if two_way else [])


@pytest.mark.parametrize("two_way", [False, True])
@pytest.mark.parametrize(
    ("result", "message"),
    [
        (failure("boom"), "Internal server error"),
        (Result(b"null"), "Internal server error"),
        (ok(extra=1), "Internal server error"),
        (None, "Endpoint request timed out"),
    ],
)
def test_failures_send_a_frame(two_way: bool, result: Result | None, message: str) -> None:
    """A failure reaches the client in AWS's layout, and never closes the socket."""
    made = opened(route("$default", "f", two_way=two_way))
    invoke = only_invoke(say(made, "{}"))
    assert act(made, returned(invoke, result)) == [Send(frame(message))]
    assert made.state is State.OPEN


def test_replies_after_the_end_are_dropped() -> None:
    """A function that outlives its client sends nothing."""
    made = opened(route("$default", "f", two_way=True))
    invoke = only_invoke(say(made, "{}"))
    made.handle(Closed(1001, "", stamp()))
    assert made.handle(returned(invoke, ok(body="late"))) == []
    assert made.handle(returned(invoke, failure("late"))) == []


def test_the_integration_s_timeout_is_the_invocation_s() -> None:
    """`TimeoutInMillis` of the integration is what the gateway waits."""
    assert only_invoke(say(opened(route("$default", "f", timeout=0.5)), "{}")).timeout == 0.5


def test_binary_messages_close_with_1003() -> None:
    """Binary frames are not supported: the socket is closed, no route runs."""
    made = opened(route("$default", "f"))
    assert made.handle(ReceivedBinary()) == [Close(1003)]


def test_nothing_is_taken_before_the_socket_is_open() -> None:
    """Messages of either kind before the answer to the upgrade do nothing."""
    made = session(AUTHORIZED, route("$default", "f"))
    made.handle(Upgraded(stamp()))
    assert say(made, "{}") == []
    assert made.handle(ReceivedBinary()) == []


# --- the end -------------------------------------------------------------------------------------


def test_disconnect() -> None:
    """Code and reason of the close are in the event; the result reaches nobody."""
    made = opened(route("$disconnect", "bye"))
    invoke = only_invoke(made.handle(Closed(1001, "Going away", stamp())))
    assert (invoke.purpose, invoke.function) == (Purpose.DISCONNECT, "bye")
    context = invoke.event["requestContext"]
    assert (context["disconnectStatusCode"], context["disconnectReason"]) == (1001, "Going away")
    assert made.handle(returned(invoke, failure("boom"))) == []
    assert made.handle(Closed(1001, "", stamp())) == [], "once is enough"


@pytest.mark.parametrize("routes", [(), (route("$disconnect"),)])
def test_no_disconnect_route(routes: tuple[Route, ...]) -> None:
    """Without a function there is nothing to do."""
    assert opened(*routes).handle(Closed(1000, "", stamp())) == []


# --- any order -----------------------------------------------------------------------------------

PAYLOADS = st.sampled_from(
    [
        None,
        ok(),
        ok(statusCode=201, body="b"),
        ok(statusCode=403, body="\ud800"),
        ok(statusCode=101),
        ok(multiValueHeaders={"X": 5}),
        failure("Unauthorized"),
        failure("boom"),
        allow(),
        allow("Deny"),
        Result(b"null"),
        Result(b"\xff"),
    ]
)
TEXTS = st.sampled_from(['{"action":"send"}', "{}", "", "[" * 5000, '{"action":"$connect"}'])


class AnyOrder(RuleBasedStateMachine):
    """Everything that can happen to a connection, in every order that the shell allows."""

    @initialize(
        connect=st.booleans(), authorizer=st.booleans(), default=st.booleans(), leave=st.booleans()
    )
    def upgraded(self, connect: bool, authorizer: bool, default: bool, leave: bool) -> None:
        guard = Authorizer("auth") if authorizer else None
        routes = [route("send", "f", two_way=True)]
        routes += [route("$connect", "connect", authorizer=guard)] if connect else []
        routes += [route("$default", "f")] if default else []
        routes += [route("$disconnect", "bye")] if leave else []
        self.leave = leave
        self.session = session(*routes)
        self.running: list[Invoke] = []
        self.accepted = self.denied = self.closed = False
        self.disconnects = 0
        self.connected = False
        self.take(self.session.handle(Upgraded(stamp())))

    def take(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Accept():
                    assert not self.accepted
                    assert not self.denied
                    assert not self.closed
                    self.accepted = True
                case Deny():
                    assert not self.accepted
                    assert not self.denied
                    assert not self.closed
                    assert 200 <= action.status < 600
                    self.denied = True
                case Send() | Close():
                    assert self.accepted, "nothing before the socket is open"
                    assert not self.closed, "nothing after it is closed"
                case Warn():
                    assert action.hint.text
                case Invoke():
                    assert not self.denied
                    json.dumps(action.event)
                    if action.purpose is Purpose.MESSAGE:
                        assert self.accepted
                        assert not self.closed
                    if action.purpose is Purpose.DISCONNECT:
                        self.disconnects += 1
                    self.running.append(action)

    @precondition(lambda self: not self.denied)
    @rule(text=TEXTS)
    def received(self, text: str) -> None:
        self.take(self.session.handle(Received(text, stamp(), "m")))

    @rule()
    def received_binary(self) -> None:
        self.take(self.session.handle(ReceivedBinary()))

    @precondition(lambda self: bool(self.running))
    @rule(data=st.data(), result=PAYLOADS)
    def function_returned(self, data: st.DataObject, result: Result | None) -> None:
        invoke = self.running.pop(data.draw(st.integers(0, len(self.running) - 1)))
        if invoke.purpose is Purpose.CONNECT:
            self.connected = result in (
                ok(),
                ok(statusCode=201, body="b"),
                ok(multiValueHeaders={"X": 5}),
            )
        self.take(self.session.handle(returned(invoke, result)))

    @precondition(lambda self: not self.closed)
    @rule()
    def socket_gone(self) -> None:
        self.closed = True
        self.take(self.session.handle(Closed(1005, "", stamp())))

    @invariant()
    def one_disconnect_for_each_established_connection(self) -> None:
        established = self.closed and (self.accepted or self.connected)
        assert self.disconnects == (1 if established and self.leave else 0)

    @invariant()
    def state_agrees_with_what_was_said(self) -> None:
        assert (self.session.state is State.OPEN) == (self.accepted and not self.closed)


TestAnyOrder = AnyOrder.TestCase
