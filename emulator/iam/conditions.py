"""The `Condition` of a policy's statement.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import ipaddress
from collections.abc import Callable, Mapping
from typing import Any

from emulator.iam.patterns import matches


def holds(conditions: Any, context: Mapping[str, str]) -> bool | None:
    """Whether every condition holds; `None` if that cannot be told.

    `context` has the keys that are known of the request, in lower case (`aws:sourceip`). What is
    not in it may yet be there on AWS, so a condition on it, and one whose operator is not known
    here, cannot be judged.
    """
    if not isinstance(conditions, dict):
        return None
    judged = [
        _one(operator, key, wanted, context)
        for operator, entries in conditions.items()
        for key, wanted in (entries.items() if isinstance(entries, dict) else [("", None)])
    ]
    if False in judged:
        return False
    return None if None in judged else True


def _one(operator: str, key: str, wanted: Any, context: Mapping[str, str]) -> bool | None:
    value = context.get(key.lower())
    name = operator.removesuffix("IfExists")
    positive = _NEGATED.get(name, name)
    if value is None or positive not in _OPERATORS:
        return None
    values = wanted if isinstance(wanted, list) else [wanted]
    try:
        found = any(_OPERATORS[positive](_text(each), value) for each in values)
    except ValueError:
        return None
    return found is (positive == name)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _arn_like(pattern: str, value: str) -> bool:
    """Each of the six parts of an ARN is matched by itself."""
    wanted, parts = pattern.split(":", 5), value.split(":", 5)
    return len(wanted) == len(parts) and all(map(matches, wanted, parts))


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "Bool": lambda wanted, value: wanted.lower() == value.lower(),
    "IpAddress": lambda wanted, value: (
        ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    ),
    "Null": lambda wanted, value: wanted.lower() == "false",
    "StringEquals": lambda wanted, value: wanted == value,
    "StringEqualsIgnoreCase": lambda wanted, value: wanted.lower() == value.lower(),
    "StringLike": matches,
}

_NEGATED = {
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
}
