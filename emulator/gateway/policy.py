"""Does the policy that an authorizer returned let this connection in?

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any


ACTION = "execute-api:Invoke"


def allows(document: Mapping[str, Any], method_arn: str) -> bool:
    """IAM's rule: one matching Deny refuses; otherwise one matching Allow is needed.

    A statement with a `Condition` is read on the safe side, since conditions are not evaluated
    here: its Deny counts, its Allow does not.
    """
    statements = document.get("Statement", [])
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list):
        return False
    allowed = False
    for statement in statements:
        if not isinstance(statement, dict) or not _applies(statement, method_arn):
            continue
        if statement.get("Effect") == "Deny":
            return False
        if statement.get("Effect") == "Allow" and "Condition" not in statement:
            allowed = True
    return allowed


def _applies(statement: Mapping[str, Any], method_arn: str) -> bool:
    if "NotAction" in statement:
        action = not _matches_any(statement["NotAction"], ACTION, ignore_case=True)
    else:
        action = _matches_any(statement.get("Action"), ACTION, ignore_case=True)
    if "NotResource" in statement:
        return action and not _matches_any(statement["NotResource"], method_arn)
    return action and _matches_any(statement.get("Resource"), method_arn)


def _matches_any(patterns: Any, value: str, *, ignore_case: bool = False) -> bool:
    candidates = patterns if isinstance(patterns, list) else [patterns]
    return any(
        _compiled(pattern, ignore_case).fullmatch(value) is not None
        for pattern in candidates
        if isinstance(pattern, str)
    )


@lru_cache(maxsize=1024)
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    """`*` is any run of characters, also of `/` and `:`; `?` is one."""
    text = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(text, re.DOTALL | (re.IGNORECASE if ignore_case else 0))
