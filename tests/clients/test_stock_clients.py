"""amazon-cognito-identity-js, Amplify v6 in Node, and pycognito live a whole life of an account.

boto's client is the one of the conformance tests; Amplify in a browser is statement 72.
"""

import pytest

from tests.clients import node
from tests.conformance.cognito.lab import OTHER, PASSWORD, Lab


UNCONFIRMED = "UserNotConfirmedException: User is not confirmed."
REFUSED = "NotAuthorizedException: Incorrect username or password."

AMPLIFY_LIFE = [
    ["sign up", "CONFIRM_SIGN_UP"],
    ["unconfirmed", "CONFIRM_SIGN_UP"],
    ["confirm", "DONE"],
    ["wrong password", REFUSED],
    ["sign in", "DONE"],
    ["current user", True],
    ["refresh", True],
    ["update password", True],
    ["second factor", "CONFIRM_SIGN_IN_WITH_TOTP_CODE"],
    ["code", "DONE"],
    [
        "signed out",
        "UserUnAuthenticatedException: User needs to be authenticated to call this API.",
    ],
    ["revoked", "Access Token has been revoked"],
    ["reset", "CONFIRM_RESET_PASSWORD_WITH_CODE"],
    ["with the new password", "DONE"],
    ["invited", "CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED"],
    ["picked", "DONE"],
]

IDENTITY_LIFE = [
    ["sign up", False],
    ["unconfirmed", UNCONFIRMED],
    ["confirm", "SUCCESS"],
    ["wrong password", REFUSED],
    ["sign in", "DONE"],
    ["refresh", True],
    ["update password", "SUCCESS"],
    ["preference", "SUCCESS"],
    ["second factor", "SOFTWARE_TOKEN_MFA"],
    ["code", "DONE"],
    ["signed out", "SUCCESS"],
    ["reset", "SUCCESS"],
    ["with the new password", "DONE"],
    ["invited", "NEW_PASSWORD_REQUIRED"],
    ["picked", "DONE"],
]


def somebody(lab: Lab, name: str) -> dict[str, str]:
    """Where the account is, what it is called, and whom an administrator has invited."""
    lab.invited(f"{name}-invited", temporary := "Temp!2345")
    return {
        "url": lab.url,
        "poolId": lab.pool("Names"),
        "clientId": lab.client("Web"),
        "username": name,
        "password": PASSWORD,
        "other": OTHER,
        "invited": f"{name}-invited",
        "temporary": temporary,
    }


@pytest.mark.parametrize(
    ("client", "expected"), [("amplify", AMPLIFY_LIFE), ("identity", IDENTITY_LIFE)]
)
def test_a_whole_life_in_node(
    lab: Lab, name: str, client: str, expected: list[list[object]]
) -> None:
    """Sign-up to reset, wrong password, refresh, TOTP, invitation, global sign-out."""
    assert node.run(client, "life", somebody(lab, name)) == expected
