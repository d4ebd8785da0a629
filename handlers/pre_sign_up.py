"""Cognito's pre sign-up trigger: only addresses on the lab's list get in.

The flags of the response stay false: the code that Cognito mails proves whose address it is. To
confirm by domain would let a stranger take a colleague's address.
"""

import os
from typing import Any


def _listed(variable: str) -> frozenset[str]:
    return frozenset(
        each.strip().lower() for each in os.environ.get(variable, "").split(",") if each.strip()
    )


EMAILS = _listed("ALLOWED_EMAILS")
DOMAINS = _listed("ALLOWED_DOMAINS")


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Let the sign-up pass, or refuse it with a message for the user."""
    # What an administrator creates, an administrator has decided on.
    if event["triggerSource"] != "PreSignUp_AdminCreateUser":
        email = event["request"]["userAttributes"].get("email", "").strip().lower()
        _, at, domain = email.rpartition("@")
        if email not in EMAILS and not (at and domain in DOMAINS):
            raise NotListed
    return event


class NotListed(Exception):
    """Cognito shows this message to who signs up."""

    def __init__(self) -> None:
        super().__init__("This address is not on the lab's list. Ask an administrator to add it.")
