"""Statements 69 and 70: functions that run when somebody signs up."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.cognito.lab import PASSWORD, Lab, pairs


@pytest.fixture
def pre(lab: Lab) -> Iterator[dict[str, Any]]:
    """The PreSignUp function: set `refusal`, or `response`."""
    wanted: dict[str, Any] = {}

    def run(event: dict[str, Any]) -> dict[str, Any]:
        if "refusal" in wanted:
            raise ValueError(wanted["refusal"])
        return event | {"response": wanted.get("response", {})}

    lab.functions.run["pre"] = run
    yield wanted
    del lab.functions.run["pre"]


def sources(lab: Lab, name: str) -> list[str]:
    return [event["triggerSource"] for event in lab.functions.of(name)]


def test_c69_pre_sign_up(lab: Lab, name: str, pre: dict[str, Any]) -> None:
    pre["refusal"] = "Registration is limited"
    request = {
        "ClientId": lab.client("BareWeb"),
        "Username": name,
        "Password": PASSWORD,
        "UserAttributes": pairs(email=f"{name}@lab.example"),
        "ValidationData": pairs(invite="k7"),
        "ClientMetadata": {"source": "web"},
    }
    text = "PreSignUp failed with error Registration is limited."
    with lab.refused("UserLambdaValidation", text):
        lab.public.sign_up(**request)
    [event] = lab.functions.of(name)
    assert event["triggerSource"] == "PreSignUp_SignUp"
    assert event["request"] == {
        "userAttributes": {"email": f"{name}@lab.example"},
        "validationData": {"invite": "k7"},
        "clientMetadata": {"source": "web"},
    }
    with lab.refused("UserNotFound"):
        lab.who(name, "Bare")
    del pre["refusal"]
    lab.public.sign_up(**request)


def test_c70_auto_confirmation(lab: Lab, name: str, pre: dict[str, Any]) -> None:
    lab.admin.admin_create_user(UserPoolId=lab.pool("Bare"), Username=f"{name}-made")
    assert sources(lab, f"{name}-made") == ["PreSignUp_AdminCreateUser"]
    pre["response"] = {"autoConfirmUser": True}
    answer = lab.sign_up(name, "BareWeb")
    assert answer["UserConfirmed"] is True
    assert lab.mails(f"{name}@lab.example") == []
    assert sources(lab, name) == ["PreSignUp_SignUp", "PostConfirmation_ConfirmSignUp"]
    assert "AuthenticationResult" in lab.begin(name, client="BareWeb")
    assert len(sources(lab, name)) == 2
    pre["response"] = {}
    lab.sign_up(f"{name}-slow", "BareWeb")
    lab.admin.admin_confirm_sign_up(UserPoolId=lab.pool("Bare"), Username=f"{name}-slow")
    assert sources(lab, f"{name}-slow")[1:] == ["PostConfirmation_ConfirmSignUp"]
