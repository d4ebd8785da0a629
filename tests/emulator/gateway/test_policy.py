"""IAM's decision on an authorizer's policy (reference, section 2.4)."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from emulator.gateway.policy import allows


API = "arn:aws:execute-api:us-east-1:123456789012:abcdef123"
ARN = f"{API}/prod/$connect"


def statement(effect: str = "Allow", resource: Any = ARN, **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource, **more}


def decide(*statements: Any) -> bool:
    return allows({"Version": "2012-10-17", "Statement": list(statements)}, ARN)


@pytest.mark.parametrize(
    ("resource", "allowed"),
    [
        (ARN, True),
        (f"{API}/prod/*", True),
        (f"{API}/*", True),
        ("arn:aws:execute-api:*:*:*", True),
        ("*", True),
        (f"{API}/prod/?connect", True),
        (f"{API}/prod/$connec?", True),
        (f"{API}/prod/*/*", False),
        (f"{API}/dev/*", False),
        (f"{API}/prod/$connect?", False),
        (f"{API}/prod/$CONNECT", False),
        (f"{API}/prod", False),
        ("arn:aws:execute-api:us-east-1:123456789012:other/*", False),
        (f"{API}/prod/.connect", False),
        ("", False),
        (None, False),
        ([], False),
        (["x", ARN], True),
        ([None, 5, ARN], True),
    ],
)
def test_resources(resource: Any, allowed: bool) -> None:
    """`*` spans `/` and `:`, `?` is one character, all else is literal and case-sensitive."""
    assert decide(statement(resource=resource)) is allowed


@pytest.mark.parametrize(
    ("action", "allowed"),
    [
        ("execute-api:Invoke", True),
        ("EXECUTE-API:invoke", True),
        ("execute-api:*", True),
        ("*", True),
        (["s3:GetObject", "execute-api:Invoke"], True),
        ("execute-api:ManageConnections", False),
        ("s3:*", False),
        (None, False),
    ],
)
def test_actions(action: Any, allowed: bool) -> None:
    """The action must cover `execute-api:Invoke`, in any case of letters."""
    assert decide(statement() | {"Action": action}) is allowed


@pytest.mark.parametrize("order", [1, -1])
def test_deny_beats_allow(order: int) -> None:
    """One matching Deny refuses, wherever it stands."""
    assert not decide(*[statement("Allow"), statement("Deny", f"{API}/prod/*")][::order])


def test_a_deny_elsewhere_does_not_matter() -> None:
    """A Deny of another resource leaves the Allow alone."""
    assert decide(statement("Allow"), statement("Deny", f"{API}/prod/sendMessage"))


def test_no_statement_is_a_refusal() -> None:
    """What is not allowed is denied."""
    assert not decide()
    assert not allows({}, ARN)
    assert not allows({"Statement": "Allow"}, ARN)
    assert not decide("Allow", None, 5)
    assert not decide(statement("allow"))


def test_a_single_statement_needs_no_list() -> None:
    """IAM takes a statement without its list."""
    assert allows({"Statement": statement()}, ARN)


def test_not_action_and_not_resource() -> None:
    """The negated elements match everything else."""
    others = {"Effect": "Allow", "NotAction": "s3:*", "NotResource": f"{API}/prod/other"}
    assert decide(others)
    assert not decide(others | {"NotAction": "execute-api:*"})
    assert not decide(others | {"NotResource": f"{API}/prod/*"})


def test_conditions_are_read_on_the_safe_side() -> None:
    """A condition is not evaluated: its Deny counts, its Allow does not."""
    condition = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    assert not decide(statement("Allow", Condition=condition))
    assert not decide(statement("Allow"), statement("Deny", Condition=condition))


@given(st.text())
def test_text_without_wildcards_matches_itself_alone(resource: str) -> None:
    """Only the ARN itself matches, whatever other text stands there."""
    literal = resource.replace("*", "").replace("?", "")
    assert decide(statement(resource=literal)) is (literal == ARN)


@given(st.integers(0, len(ARN)), st.integers(0, len(ARN)))
def test_a_star_stands_for_any_run(start: int, end: int) -> None:
    """Whichever part of the ARN a star replaces, it still matches."""
    start, end = sorted((start, end))
    assert decide(statement(resource=f"{ARN[:start]}*{ARN[end:]}"))
