"""amazon-cognito-identity-js, Amplify v6 in Node, and pycognito live a whole life of an account.

boto's client is the one of the conformance tests; Amplify in a browser is statement 72.
"""

import time
from typing import Any

import pytest

from emulator.cognito import totp
from tests.clients import node
from tests.clients.pycognito_client import Cognito, ForceChangePassword, SoftwareTokenChallenge
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


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("client", "expected"), [("amplify", AMPLIFY_LIFE), ("identity", IDENTITY_LIFE)]
)
def test_a_whole_life_in_node(
    lab: Lab, name: str, client: str, expected: list[list[object]]
) -> None:
    """Sign-up to reset, wrong password, refresh, TOTP, invitation, global sign-out."""
    assert node.run(client, "life", somebody(lab, name)) == expected


def test_a_whole_life_with_pycognito(lab: Lab, name: str) -> None:
    """The same, by its one class."""
    given = somebody(lab, name)
    email = f"{name}@lab.example"
    options = {"user_pool_region": "us-east-1", "boto3_client_kwargs": {"endpoint_url": lab.url}}

    def person(username: str) -> Any:
        made: Any = Cognito(given["poolId"], given["clientId"], username=username, **options)
        made.pool_jwk = lab.request("GET", f"/{given['poolId']}/.well-known/jwks.json").document
        made.pool_domain_url = None  # it would expect the endpoint's address as the issuer
        return made

    ada = person(name)
    refused = ada.client.exceptions
    ada.set_base_attributes(email=email)
    ada.register(name, PASSWORD)
    with pytest.raises(refused.UserNotConfirmedException):
        ada.authenticate(PASSWORD)
    ada.confirm_sign_up(lab.mails(email)[0])
    with pytest.raises(refused.NotAuthorizedException, match="Incorrect username or password"):
        ada.authenticate("Wr0ng!password")
    ada.authenticate(PASSWORD)
    before = ada.access_claims
    ada.renew_access_token()
    assert ada.access_claims["jti"] != before["jti"]
    assert ada.access_claims["origin_jti"] == before["origin_jti"]
    ada.change_password(PASSWORD, OTHER)

    secret = totp.read(ada.associate_software_token())
    step = int(time.time() // totp.PERIOD)
    assert ada.verify_software_token(totp.code(secret, step), "phone")
    ada.set_user_mfa_preference(False, True, preferred="SOFTWARE_TOKEN")
    with pytest.raises(SoftwareTokenChallenge):
        ada.authenticate(OTHER)
    ada.respond_to_software_token_mfa_challenge(totp.code(secret, step + 1))
    ada.set_user_mfa_preference(False, False)

    token = ada.access_token
    ada.logout()
    with pytest.raises(refused.NotAuthorizedException, match="Access Token has been revoked"):
        ada.client.get_user(AccessToken=token)
    ada.initiate_forgot_password()
    ada.confirm_forgot_password(lab.mails(email)[0], PASSWORD)
    ada.authenticate(PASSWORD)

    diego = person(given["invited"])
    with pytest.raises(ForceChangePassword):
        diego.authenticate(given["temporary"])
    diego.new_password_challenge(given["temporary"], OTHER)
    assert diego.access_token
