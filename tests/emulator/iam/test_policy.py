"""IAM's decision on a role's policies. What is true of authorizers' policies stands with them."""

from typing import Any

import pytest

from emulator.iam.credentials import KeyRing, unjudged
from emulator.iam.policy import allows


ACTION = "dynamodb:PutItem"
TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/t"
CONTEXT = {
    "aws:sourceip": "192.0.2.7",
    "aws:principalarn": "arn:aws:iam::000000000000:role/writer",
    "aws:securetransport": "true",
}


def statement(effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": ACTION, "Resource": TABLE, **more}


def decide(*statements: Any) -> bool:
    return allows([{"Statement": list(statements)}], ACTION, TABLE, CONTEXT)


def test_a_deny_in_one_policy_beats_an_allow_in_another() -> None:
    """All policies of a role are judged together."""
    policies = [{"Statement": statement()}, {"Statement": statement("Deny", Resource="*")}]
    assert allows(policies[:1], ACTION, TABLE, {})
    assert not allows(policies, ACTION, TABLE, {})
    assert not allows(policies[::-1], ACTION, TABLE, {})


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({}, True),
        ({"StringEquals": {"aws:SourceIp": "192.0.2.7"}}, True),
        ({"StringEquals": {"AWS:sourceip": ["x", "192.0.2.7"]}}, True),
        ({"StringEquals": {"aws:SourceIp": "192.0.2.*"}}, False),
        ({"StringNotEquals": {"aws:SourceIp": ["x", "192.0.2.7"]}}, False),
        ({"StringNotEquals": {"aws:SourceIp": "x"}}, True),
        ({"StringEqualsIgnoreCase": {"aws:SecureTransport": "TRUE"}}, True),
        ({"StringLike": {"aws:SourceIp": "192.0.2.*"}}, True),
        ({"StringNotLike": {"aws:SourceIp": "192.0.2.*"}}, False),
        ({"StringLikeIfExists": {"aws:SourceIp": "10.*"}}, False),
        ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, True),
        ({"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.0.2.7"]}}, False),
        ({"Bool": {"aws:SecureTransport": True}}, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, False),
        ({"Null": {"aws:SourceIp": "false"}}, True),
        ({"Null": {"aws:SourceIp": "true"}}, False),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/w*"}}, True),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:*:role/writer"}}, False),
        ({"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::000000000000:role/other"}}, True),
        ({"Bool": {"aws:SecureTransport": True}, "StringLike": {"aws:SourceIp": "1*"}}, True),
        ({"Bool": {"aws:SecureTransport": True, "aws:SourceIp": "x"}}, False),
    ],
)
def test_conditions_that_can_be_judged(condition: Any, holds: bool) -> None:
    """Allow and Deny both go by whether the condition holds."""
    assert decide(statement(Condition=condition)) is holds
    assert decide(statement(), statement("Deny", Condition=condition)) is not holds


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:ResourceTag/x": "y"}},
        {"StringEqualsIfExists": {"aws:ResourceTag/x": "y"}},
        {"ForAllValues:StringEquals": {"aws:SourceIp": "192.0.2.7"}},
        {"IpAddress": {"aws:SourceIp": "no address"}},
        {"IpAddress": "192.0.2.0/24"},
        {"Bool": {"aws:SecureTransport": True}, "DateLessThan": {"aws:CurrentTime": "x"}},
        "x",
    ],
)
def test_conditions_that_cannot_be_judged(condition: Any) -> None:
    """On the safe side: the Allow does not count, the Deny does, and the person is told."""
    assert not decide(statement(Condition=condition))
    assert not decide(statement(), statement("Deny", Condition=condition))
    policies = ({"Statement": statement(Condition=condition)}, {"Statement": statement()})
    (warning,) = unjudged({"arn:aws:iam::0:role/r": policies})
    assert ACTION in warning


def test_a_failing_condition_beside_one_that_cannot_be_judged() -> None:
    """One that is known not to hold settles it, also for a Deny."""
    condition = {"Bool": {"aws:SecureTransport": False}, "DateLessThan": {"aws:CurrentTime": "x"}}
    assert decide(statement(), statement("Deny", Condition=condition))


def test_who_may_what() -> None:
    """The operator everything, a role what it was given, one that nobody knows everything."""
    arn = "arn:aws:iam::000000000000:role/"
    roles = {f"{arn}writer": ({"Statement": statement()},), f"{arn}nobody": ()}
    ring = KeyRing(b"secret", "000000000000", roles)
    known = {
        name: ring.find(ring.add_role(f"{arn}{name}", "f").access_key_id)
        for name in ("writer", "nobody", "elsewhere")
    }
    may = {name: found[1].may(ACTION, TABLE) for name, found in known.items() if found}
    assert may == {"writer": True, "nobody": False, "elsewhere": True}
    operator = ring.find(ring.operator.access_key_id)
    assert operator is not None
    assert operator[1].may(ACTION, TABLE)
