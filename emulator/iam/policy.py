"""IAM's decision: do these policies let somebody do this?

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from collections.abc import Iterable, Mapping
from typing import Any

from emulator.iam.conditions import holds
from emulator.iam.patterns import matches


Policy = Mapping[str, Any]
"""A policy document: `Version` and `Statement`."""


def allows(
    policies: Iterable[Policy], action: str, resource: str, context: Mapping[str, str]
) -> bool:
    """IAM's rule: one matching Deny refuses; otherwise one matching Allow is needed.

    `context` holds the condition keys that are known of the request. A condition that cannot be
    judged by them is read on the safe side: its Deny counts, its Allow does not.
    """
    allowed = False
    for policy in policies:
        for statement in statements(policy):
            if not _applies(statement, action, resource):
                continue
            condition = holds(statement.get("Condition", {}), context)
            if statement.get("Effect") == "Deny" and condition is not False:
                return False
            if statement.get("Effect") == "Allow" and condition is True:
                allowed = True
    return allowed


def statements(policy: Policy) -> list[Mapping[str, Any]]:
    """The statements of a policy; a single one may stand without its list."""
    found = policy.get("Statement", [])
    if isinstance(found, dict):
        return [found]
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _applies(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    if "NotAction" in statement:
        acts = not _matches_any(statement["NotAction"], action, ignore_case=True)
    else:
        acts = _matches_any(statement.get("Action"), action, ignore_case=True)
    if "NotResource" in statement:
        return acts and not _matches_any(statement["NotResource"], resource)
    return acts and _matches_any(statement.get("Resource"), resource)


def _matches_any(patterns: Any, value: str, *, ignore_case: bool = False) -> bool:
    candidates = patterns if isinstance(patterns, list) else [patterns]
    return any(
        matches(pattern, value, ignore_case=ignore_case)
        for pattern in candidates
        if isinstance(pattern, str)
    )
