"""Signing up and in over HTTP with the real clients: boto's and pycognito."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from jose import jwt

from tests.emulator.cognito.bench import Server
from tests.emulator.cognito.pycognito_client import AWSSRP, Cognito, ForceChangePassword
from tests.emulator.cognito.stacks import EMAILS, NAMES, PASSWORD


NO_NEW_TOKEN = {"AccessToken", "ExpiresIn", "IdToken", "TokenType"}


def srp(server: Server, username: str, password: str = PASSWORD, **options: Any) -> Any:
    options = {"pool_id": NAMES.id, "client_id": "names", **options}
    return AWSSRP(username, password, client=server.public, **options)


@pytest.fixture
def raises(server: Server) -> Callable[[str], Any]:
    """Expect one of the service's typed exceptions."""

    def expect(code: str, match: str | None = None) -> Any:
        return pytest.raises(getattr(server.public.exceptions, code), match=match)

    return expect


def test_sign_up_confirm_sign_in(server: Server, name: str, raises: Any) -> None:
    """The whole way of a new user."""
    answer = server.public.sign_up(
        ClientId="names",
        Username=name,
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": f"{name}@lab.example"}],
    )
    assert answer["UserConfirmed"] is False
    assert answer["CodeDeliveryDetails"] == {
        "AttributeName": "email",
        "DeliveryMedium": "EMAIL",
        "Destination": "u***@l***",
    }
    with raises("UserNotConfirmedException", "User is not confirmed."):
        srp(server, name, "wrong").authenticate_user()
    code = server.code_for(f"{name}@lab.example")
    wrong = f"{(int(code) + 1) % 1000000:06}"
    with raises("CodeMismatchException", "Invalid verification code provided, please try again"):
        server.public.confirm_sign_up(ClientId="names", Username=name, ConfirmationCode=wrong)
    server.public.confirm_sign_up(ClientId="names", Username=name, ConfirmationCode=code)
    with raises("NotAuthorizedException", "Current status is CONFIRMED"):
        server.public.confirm_sign_up(ClientId="names", Username=name, ConfirmationCode=code)
    result = srp(server, name).authenticate_user()["AuthenticationResult"]
    assert set(result) == {"AccessToken", "ExpiresIn", "IdToken", "RefreshToken", "TokenType"}
    assert (result["ExpiresIn"], result["TokenType"]) == (3600, "Bearer")
    user = server.public.get_user(AccessToken=result["AccessToken"])
    attributes = {pair["Name"]: pair["Value"] for pair in user["UserAttributes"]}
    assert user["Username"] == name
    assert attributes == {
        "sub": answer["UserSub"],
        "email": f"{name}@lab.example",
        "email_verified": "true",
    }


@pytest.mark.parametrize(
    "password", ["p\u00e455_W\u00f6rd\u2026Zz1!", "With 1nner space", PASSWORD]
)
def test_srp_with_many_passwords(server: Server, name: str, password: str) -> None:
    """Five users each, so that salts and B of odd lengths come up; every sign-in must work."""
    for index in range(5):
        user = f"{name}x{index}"
        server.public.sign_up(ClientId="names", Username=user, Password=password)
        server.admin.admin_confirm_sign_up(UserPoolId=NAMES.id, Username=user)
        assert "AuthenticationResult" in srp(server, user, password).authenticate_user()


def test_wrong_password(server: Server, name: str, raises: Any) -> None:
    """Both flows give the one text."""
    server.confirmed(name)
    with raises("NotAuthorizedException", "Incorrect username or password."):
        srp(server, name, "Wrong0ne!").authenticate_user()
    with raises("NotAuthorizedException", "Incorrect username or password."):
        server.public.initiate_auth(
            ClientId="names",
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": "Wrong0ne!"},
        )


def test_unknown_user_looks_like_a_known_one(server: Server, name: str, raises: Any) -> None:
    """With PreventUserExistenceErrors: a stable challenge that fails at its end."""
    request = {
        "ClientId": "names",
        "AuthFlow": "USER_SRP_AUTH",
        "AuthParameters": {"USERNAME": name, "SRP_A": "abcdef"},
    }
    first, second = (server.public.initiate_auth(**request) for _ in range(2))
    for member in ("SALT", "USER_ID_FOR_SRP", "USERNAME"):
        assert first["ChallengeParameters"][member] == second["ChallengeParameters"][member]
    assert first["ChallengeParameters"]["SRP_B"] != second["ChallengeParameters"]["SRP_B"]
    with raises("NotAuthorizedException", "Incorrect username or password."):
        srp(server, name).authenticate_user()


def test_unknown_user_with_legacy_errors(server: Server, name: str, raises: Any) -> None:
    """Without it the client is told."""
    with raises("UserNotFoundException", "User does not exist."):
        srp(server, name, client_id="legacy").authenticate_user()
    with raises("UserNotFoundException", "Username/client id combination not found."):
        server.public.forgot_password(ClientId="legacy", Username=name)


def test_challenge_parameters(server: Server, name: str) -> None:
    """Five parameters, lower-case hex without leading zeros, no Session (section 2.4)."""
    server.confirmed(name)
    answer = server.public.initiate_auth(
        ClientId="names",
        AuthFlow="USER_SRP_AUTH",
        AuthParameters={"USERNAME": name, "SRP_A": "abcdef"},
    )
    assert answer["ChallengeName"] == "PASSWORD_VERIFIER"
    assert "Session" not in answer
    parameters = answer["ChallengeParameters"]
    assert set(parameters) == {"SALT", "SECRET_BLOCK", "SRP_B", "USERNAME", "USER_ID_FOR_SRP"}
    assert parameters["USERNAME"] == parameters["USER_ID_FOR_SRP"] == name
    for number in ("SALT", "SRP_B"):
        assert parameters[number] == f"{int(parameters[number], 16):x}"


def test_new_password_required(server: Server, name: str, raises: Any) -> None:
    """A user made by an administrator signs in with the mailed password and picks another."""
    created = server.admin.admin_create_user(
        UserPoolId=NAMES.id,
        Username=name,
        UserAttributes=[{"Name": "email", "Value": f"{name}@lab.example"}],
        DesiredDeliveryMediums=["EMAIL"],
    )["User"]
    assert created["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert created["UserCreateDate"].tzinfo is not None
    temporary = server.code_for(f"{name}@lab.example")
    with raises("NotAuthorizedException"):
        srp(server, name, "Wrong0ne!").authenticate_user()
    with pytest.raises(ForceChangePassword):
        srp(server, name, temporary).authenticate_user()
    with raises("InvalidPasswordException", "Password does not conform to policy: Password not"):
        srp(server, name, temporary).set_new_password_challenge("short")
    answer = srp(server, name, temporary).set_new_password_challenge("An0ther!password")
    assert answer["AuthenticationResult"]["TokenType"] == "Bearer"
    assert "AuthenticationResult" in srp(server, name, "An0ther!password").authenticate_user()
    user = server.admin.admin_get_user(UserPoolId=NAMES.id, Username=name)
    assert (user["UserStatus"], user["Enabled"]) == ("CONFIRMED", True)


def test_pycognito_verifies_and_renews(
    server: Server, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An independent library reads the JWKS, checks both tokens, refreshes and signs out."""
    server.confirmed(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    session = Cognito(
        NAMES.id,
        "names",
        user_pool_region="us-east-1",
        username=name,
        boto3_client_kwargs={"endpoint_url": server.url},
    )
    jwks = server.request("GET", f"/{NAMES.id}/.well-known/jwks.json").document
    session.pool_jwk = jwks
    session.pool_domain_url = None  # it would expect the endpoint's address as the issuer
    session.authenticate(PASSWORD)
    before = session.access_claims
    session.renew_access_token()
    after = session.access_claims
    assert after["jti"] != before["jti"]
    assert after["origin_jti"] == before["origin_jti"] == session.id_claims["origin_jti"]
    assert after["auth_time"] == before["auth_time"]
    token = session.access_token
    session.logout()
    with pytest.raises(session.client.exceptions.NotAuthorizedException, match="revoked"):
        session.client.get_user(AccessToken=token)


def test_refresh_both_ways(server: Server, name: str, raises: Any) -> None:
    """REFRESH_TOKEN_AUTH and GetTokensFromRefreshToken; no new refresh token without rotation."""
    server.confirmed(name)
    token = srp(server, name).authenticate_user()["AuthenticationResult"]["RefreshToken"]
    assert token.count(".") == 4
    for flow in ("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"):
        first = server.public.initiate_auth(
            ClientId="names", AuthFlow=flow, AuthParameters={"REFRESH_TOKEN": token}
        )["AuthenticationResult"]
        assert set(first) == NO_NEW_TOKEN
    second = server.public.get_tokens_from_refresh_token(ClientId="names", RefreshToken=token)
    assert set(second["AuthenticationResult"]) == NO_NEW_TOKEN
    altered = token[:-1] + ("A" if token[-1] != "A" else "B")
    for client, bad in (("names", altered), ("legacy", token), ("names", "garbage")):
        with raises("NotAuthorizedException", "Invalid Refresh Token"):
            server.public.get_tokens_from_refresh_token(ClientId=client, RefreshToken=bad)


def test_email_as_user_name(server: Server, name: str, raises: Any) -> None:
    """The stored user name is the sub, also in tokens and SRP; case does not matter."""
    email = f"{name}@lab.example"
    server.confirmed(email, "emails")
    options = {"pool_id": EMAILS.id, "client_id": "emails"}
    signed_in = srp(server, email.upper(), **options).authenticate_user()
    claims = jwt.get_unverified_claims(signed_in["AuthenticationResult"]["IdToken"])
    assert claims["cognito:username"] == claims["sub"]
    assert (claims["email"], claims["email_verified"]) == (email, True)
    user = server.admin.admin_get_user(UserPoolId=EMAILS.id, Username=email)
    assert user["Username"] == claims["sub"]
    with raises("UsernameExistsException", "An account with the given email already exists."):
        server.confirmed(email.upper(), "emails")
    with raises("InvalidParameterException", "Username should be an email."):
        server.public.sign_up(ClientId="emails", Username=name, Password=PASSWORD)


def test_duration_of_an_srp_sign_in(server: Server, name: str) -> None:
    """Both steps together stay below half a second even on a busy machine."""
    server.confirmed(name)
    attempts = []
    for _ in range(3):
        client = srp(server, name)
        started = time.perf_counter()
        client.authenticate_user()
        attempts.append(time.perf_counter() - started)
    assert min(attempts) < 0.5
