"""Does the policy that an authorizer returned let this connection in?

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
"""

from collections.abc import Mapping
from typing import Any

from emulator.iam.policy import allows as iam_allows


ACTION = "execute-api:Invoke"


def allows(document: Mapping[str, Any], method_arn: str) -> bool:
    """IAM's rule; nothing is known of the request, so an Allow with a condition does not count."""
    return iam_allows([document], ACTION, method_arn, {})
