"""The authorizer of `$connect`: who holds a good access token and comes from a known origin."""

import os
from typing import Any

from chat import origins, tokens
from chat.clock import SystemClock
from chat.headers import Event, find, subprotocols


PREFIX = "jwt."

ALLOWED = origins.parse(os.environ["ALLOWED_ORIGINS"])
VERIFIER = tokens.from_environment(SystemClock())


def handler(event: Event, _context: object) -> dict[str, Any]:
    """Allow this connection, or answer it with 401. Neither event nor token is ever logged."""
    origin = find(event, "origin")
    # Browsers always send one. Bots and command-line clients, which send none, are no danger here:
    # it takes a browser to be lured.
    if origin is not None and not origins.allows(ALLOWED, origin):
        raise Unauthorized
    token = next((each for each in subprotocols(event) if each.startswith(PREFIX)), PREFIX)
    try:
        claims = VERIFIER.verify(token.removeprefix(PREFIX))
    except tokens.Unacceptable:
        raise Unauthorized from None
    return {
        "principalId": claims.uid,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Action": "execute-api:Invoke",
                    "Effect": "Allow",
                    "Resource": event["methodArn"],
                }
            ],
        },
        # Values reach the other functions as strings.
        "context": {
            "uid": claims.uid,
            "exp": str(claims.exp),
            "admin": "true" if claims.admin else "false",
        },
    }


class Unauthorized(Exception):
    """API Gateway answers 401 when an authorizer fails with exactly this message."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")
