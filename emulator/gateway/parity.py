"""What works otherwise on AWS than its author may think: a warning each, with the way out.

Pure: whoever finds one of these gets a `Hint` to tell, once for each `about`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.gateway.results import PROXY_KEYS
from emulator.runtime.invoker import Result


@dataclass(frozen=True, slots=True)
class Hint:
    """One warning."""

    about: tuple[str, str]
    """Its kind, and the function or route or API that it is about."""
    text: str


def dropped_body(function: str, route_key: str) -> Hint:
    """A function returned a body on a one-way route."""
    return Hint(
        ("dropped body", f"{function} {route_key}"),
        f"{function} returned a body on route {route_key}, which has no route response: API "
        "Gateway drops it. Post it to @connections, or give the route "
        "RouteResponseSelectionExpression: $default and an AWS::ApiGatewayV2::RouteResponse.",
    )


def proxy_result(function: str, result: Result | None) -> Iterator[Hint]:
    """A function ended well, with something that is no proxy result."""
    if result is None or result.error is not None:
        return
    yield Hint(
        ("proxy result", function),
        f"API Gateway refuses what {function} returned: {_fault(result.document())}",
    )


def authorization(
    function: str, result: Result | None, method_arn: str, *, forbidden: bool
) -> Iterator[Hint]:
    """An authorizer ended well, but not all of what it returned counts.

    `forbidden` is whether its policy keeps the client out.
    """
    document = result.document() if result is not None and result.error is None else None
    if not isinstance(document, dict):
        return
    context, policy = document.get("context"), document.get("policyDocument")
    if not isinstance(document.get("principalId"), str) or not isinstance(policy, dict):
        yield Hint(
            ("authorizer", function),
            f"{function} let nobody in: what an authorizer returns needs a principalId, which is "
            "text, and a policyDocument, which is an object.",
        )
    if isinstance(context, dict):
        yield from _context_values(function, context)
    if isinstance(policy, dict) and forbidden:
        yield from _resources(function, policy, method_arn)


def binary_frame(api: str) -> Hint:
    """A client sent a binary frame."""
    return Hint(
        ("binary", api),
        f"A client of {api} sent a binary frame: API Gateway closes the socket with 1003. "
        "Send text; encode binary data in Base64.",
    )


def too_large(api: str) -> Hint:
    """A client sent more than AWS takes."""
    return Hint(
        ("too large", api),
        f"A client of {api} sent a frame above 32 KB or a message above 128 KB: API Gateway "
        "closes the socket with 1009. Browsers send each message in one frame, so keep messages "
        "below 32 KB, or upload what is larger and send its address.",
    )


def early_post(api: str) -> Hint:
    """Somebody posted to a connection whose `$connect` still runs."""
    return Hint(
        ("early post", api),
        f"A connection of {api} was posted to before its $connect had ended: API Gateway answers "
        "410. Post when the client has sent its first message, or return the data then.",
    )


def _context_values(function: str, context: Mapping[str, Any]) -> Iterator[Hint]:
    for key, value in context.items():
        if isinstance(value, str):
            continue
        if isinstance(value, bool | int | float):
            outcome = "functions read it as text. Return text to be sure."
        else:
            outcome = "the client is refused. Return text; use json.dumps."
        yield Hint(
            ("context", function),
            f"{function} returned {_kind(value)} as {key} in its context: {outcome}",
        )


def _resources(function: str, policy: Mapping[str, Any], method_arn: str) -> Iterator[Hint]:
    """A policy that denies means it; one that only allows something else does not."""
    statements = policy.get("Statement")
    each_of = statements if isinstance(statements, list) else [statements]
    listed = [each for each in each_of if isinstance(each, dict)]
    if {each.get("Effect") for each in listed} == {"Allow"}:
        resources = ", ".join(str(each.get("Resource")) for each in listed)
        yield Hint(
            ("policy", function),
            f"The policy that {function} returned allows {resources}, but not {method_arn}: the "
            "client is refused. The ARN of a WebSocket route has no HTTP method; allow the "
            "event's methodArn.",
        )


def _fault(document: Any) -> str:
    if not isinstance(document, dict):
        return f"{_kind(document)}. Return an object with a statusCode."
    if extra := sorted(set(document) - PROXY_KEYS):
        return f"the keys {', '.join(extra)} are none of {', '.join(sorted(PROXY_KEYS))}."
    if not isinstance(document.get("body", ""), str | None):
        return f"body is {_kind(document['body'])}. Return text; use json.dumps."
    status = document.get("statusCode")
    if not isinstance(status, int) or not 200 <= status < 600:
        return "statusCode is missing, or is no number from 200 to 599."
    return "its Sec-WebSocket-Protocol cannot stand in an HTTP header."


def _kind(value: Any) -> str:
    match value:
        case None:
            return "nothing (null)"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case _:
            return "an object"
