"""Signing up and in over HTTP with the real clients: boto's and pycognito."""

from collections.abc import Callable
from typing import Any

import pytest
from jose import jwt

from tests.clients.pycognito_client import AWSSRP, ForceChangePassword
from tests.emulator.cognito.bench import Server
from tests.emulator.cognito.stacks import EMAILS, NAMES, PASSWORD


def srp(server: Server, username: str, password: str = PASSWORD, **options: Any) -> Any:
    options = {"pool_id": NAMES.id, "client_id": "names", **options}
    return AWSSRP(username, password, client=server.public, **options)


@pytest.fixture
def raises(server: Server) -> Callable[[str], Any]:
    """Expect one of the service's typed exceptions."""

    def expect(code: str, match: str | None = None) -> Any:
        return pytest.raises(getattr(server.public.exceptions, code), match=match)

    return expect


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
