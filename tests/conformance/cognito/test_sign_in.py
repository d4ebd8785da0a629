"""Statements 33 to 45: flows, statuses, temporary passwords, administrators."""

import json

import pytest

from tests.conformance.cognito.lab import OTHER, PASSWORD, Lab, values


REFUSED = "Incorrect username or password."


def test_c33_password_flow_not_allowed(lab: Lab, name: str) -> None:
    lab.confirmed(name)
    text = "USER_PASSWORD_AUTH flow not enabled for this client"
    with lab.refused("InvalidParameter", text):
        lab.begin(name, client="Default")
    assert lab.srp_a(name, "Default")["ChallengeName"] == "PASSWORD_VERIFIER"


@pytest.mark.parametrize("flow", ["ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"])
def test_c34_admin_flows(lab: Lab, name: str, flow: str) -> None:
    pool = lab.pool("Names")
    allowed = lab.admin.create_user_pool_client(
        UserPoolId=pool, ClientName=name, ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    lab.confirmed(name)
    request = {
        "ClientId": allowed,
        "AuthFlow": flow,
        "AuthParameters": {"USERNAME": name, "PASSWORD": PASSWORD},
    }
    with lab.refused("InvalidParameter", "Initiate Auth method not supported"):
        lab.public.initiate_auth(**request)
    answer = lab.admin.admin_initiate_auth(UserPoolId=pool, **request)
    assert "AuthenticationResult" in answer


def test_c35_disabled(lab: Lab, name: str) -> None:
    lab.confirmed(name)
    session = lab.sign_in(name)
    user = {"UserPoolId": lab.pool("Names"), "Username": name}
    lab.admin.admin_disable_user(**user)
    with lab.refused("NotAuthorized", "User is disabled."):
        lab.sign_in(name)
    with lab.refused("NotAuthorized", "User is disabled."):
        lab.refresh(session["RefreshToken"])
    with lab.refused("NotAuthorized"):
        lab.public.get_user(AccessToken=session["AccessToken"])
    lab.admin.admin_enable_user(**user)
    again = lab.sign_in(name)
    assert lab.public.get_user(AccessToken=again["AccessToken"])["Username"] == name


def test_c36_lockout(lab: Lab, name: str) -> None:
    lab.confirmed(name)
    for _ in range(5):
        with lab.refused("NotAuthorized", REFUSED):
            lab.sign_in(name, "Wr0ng!password")
    with lab.refused("NotAuthorized", "Password attempts exceeded"):
        lab.sign_in(name)
    with lab.later(2):
        lab.sign_in(name)


def test_c37_result(lab: Lab, name: str) -> None:
    lab.confirmed(name)
    answer = lab.begin(name)
    assert answer["ChallengeParameters"] == {}
    assert "ChallengeName" not in answer
    result = answer["AuthenticationResult"]
    assert set(result) == {"AccessToken", "ExpiresIn", "IdToken", "RefreshToken", "TokenType"}
    assert result["TokenType"] == "Bearer"
    assert type(result["ExpiresIn"]) is int


def test_c38_admin_create_user(lab: Lab, name: str) -> None:
    created = lab.invited(name)
    assert created["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert "UserAttributes" not in created
    found = lab.who(name)
    assert "Attributes" not in found
    assert values(created["Attributes"]) == values(found["UserAttributes"])
    assert values(created["Attributes"])["email"] == f"{name}@lab.example"


def test_c39_wrong_temporary_password(lab: Lab, name: str) -> None:
    lab.invited(name, "Temp!2345")
    with lab.refused("NotAuthorized", REFUSED):
        lab.begin(name, "Temp!2346")
    assert lab.begin(name, "Temp!2345")["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


def test_c40_new_password_required(lab: Lab, name: str) -> None:
    email = f"{name}@lab.example"
    lab.admin.admin_create_user(
        UserPoolId=lab.pool("Emails"), Username=email, TemporaryPassword="Temp!2345"
    )
    answer = lab.begin(email, "Temp!2345", "EmailWeb")
    parameters = answer["ChallengeParameters"]
    assert json.loads(parameters["requiredAttributes"]) == ["userAttributes.name"]
    assert json.loads(parameters["userAttributes"])["email"] == email
    assert 20 <= len(answer["Session"]) <= 2048


def test_c41_session(lab: Lab, name: str) -> None:
    for each in (name, f"{name}-eve"):
        lab.invited(each)

    def pick(session: str, user: str = name, client: str = "Web") -> object:
        return lab.public.respond_to_auth_challenge(
            ClientId=lab.client(client),
            ChallengeName="NEW_PASSWORD_REQUIRED",
            Session=session,
            ChallengeResponses={"USERNAME": user, "NEW_PASSWORD": OTHER},
        )

    session = lab.begin(name, "Temp!2345")["Session"]
    invalid = "Invalid session for the user."
    with lab.refused("NotAuthorized", invalid):
        pick(session, f"{name}-eve")
    with lab.refused("NotAuthorized", invalid):
        pick(session, client="Telling")
    late = "Invalid session for the user, session is expired."
    with lab.later(181), lab.refused("NotAuthorized", late):
        pick(session)
    with lab.later(170):
        pick(session)
    once = "Invalid session for the user, session can only be used once."
    with lab.refused("NotAuthorized"):
        pick(session)
    lab.admin.admin_set_user_password(
        UserPoolId=lab.pool("Names"), Username=name, Password="Temp!2345"
    )
    with lab.refused("NotAuthorized", once):
        pick(session)


def test_c42_old_temporary_password(lab: Lab, name: str) -> None:
    lab.invited(name)
    text = "Temporary password has expired and must be reset by an administrator."
    with lab.later(7 * 86_400 + 1), lab.refused("NotAuthorized", text):
        lab.begin(name, "Temp!2345")
    with lab.later(7 * 86_400 - 60):
        assert lab.begin(name, "Temp!2345")["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


def test_c43_admin_set_user_password(lab: Lab, name: str) -> None:
    lab.invited(name)
    user = {"UserPoolId": lab.pool("Names"), "Username": name}
    lab.admin.admin_set_user_password(**user, Password=PASSWORD, Permanent=True)
    assert lab.who(name)["UserStatus"] == "CONFIRMED"
    assert "AuthenticationResult" in lab.begin(name)
    lab.admin.admin_set_user_password(**user, Password=OTHER)
    assert lab.who(name)["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert lab.begin(name, OTHER)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


def test_c44_admin_confirm_sign_up(lab: Lab, name: str) -> None:
    lab.sign_up(name)
    lab.admin.admin_confirm_sign_up(UserPoolId=lab.pool("Names"), Username=name)
    found = lab.who(name)
    assert found["UserStatus"] == "CONFIRMED"
    assert values(found["UserAttributes"]).get("email_verified", "false") == "false"


def test_c45_admin_reset_user_password(lab: Lab, name: str) -> None:
    lab.confirmed(name)
    lab.admin.admin_reset_user_password(UserPoolId=lab.pool("Names"), Username=name)
    with lab.refused("PasswordResetRequired", "Password reset required for the user"):
        lab.begin(name)
    lab.public.confirm_forgot_password(
        ClientId=lab.client("Web"),
        Username=name,
        ConfirmationCode=lab.mails(f"{name}@lab.example")[0],
        Password=OTHER,
    )
    assert "AuthenticationResult" in lab.begin(name, OTHER)
