"""Statements 14 to 25: signing up and confirming."""

import re

import pytest

from tests.conformance.cognito.lab import PASSWORD, Lab, other, pairs, values
from tests.conformance.cognito.test_wire import UUID


def test_c14_sign_up(lab: Lab, name: str) -> None:
    answer = lab.sign_up(name)
    assert UUID.fullmatch(answer["UserSub"])
    assert answer["UserConfirmed"] is False
    assert answer["CodeDeliveryDetails"] == {
        "AttributeName": "email",
        "DeliveryMedium": "EMAIL",
        "Destination": "u***@l***",
    }


def test_c15_nothing_to_verify(lab: Lab, name: str) -> None:
    assert "CodeDeliveryDetails" not in lab.sign_up(name, "BareWeb")


@pytest.mark.parametrize("client", ["Web", "Telling"])
def test_c16_taken_name(lab: Lab, name: str, client: str) -> None:
    lab.sign_up(name)
    with lab.refused("UsernameExists", "User already exists"):
        lab.sign_up(name, client)


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("Sh0rt!", "Password not long enough"),
        ("passw0rd!long", "Password must have uppercase characters"),
        ("PASSW0RD!LONG", "Password must have lowercase characters"),
        ("Password!long", "Password must have numeric characters"),
        ("Passw0rdxlong", "Password must have symbol characters"),
        ("short", "Password not long enough"),
    ],
)
def test_c17_weak_password(lab: Lab, name: str, password: str, rule: str) -> None:
    with lab.refused("InvalidPassword", f"Password did not conform with policy: {rule}"):
        lab.public.sign_up(ClientId=lab.client("Web"), Username=name, Password=password)


def test_c18_unwritable_attributes(lab: Lab, name: str) -> None:
    text = "A client attempted to write unauthorized attribute"
    with lab.refused("NotAuthorized", text):
        lab.sign_up(name, email_verified="true")
    with lab.refused("NotAuthorized", text):
        lab.sign_up(name, "Narrow", nickname="Countess")
    lab.sign_up(name, "Narrow")


def test_c19_closed_pool(lab: Lab, name: str) -> None:
    with lab.refused("NotAuthorized", "SignUp is not permitted for this user pool"):
        lab.sign_up(name, "ClosedWeb")


def test_c20_unconfirmed(lab: Lab, name: str) -> None:
    lab.sign_up(name)
    for password in (PASSWORD, "Wr0ng!password"):
        with lab.refused("UserNotConfirmed", "User is not confirmed."):
            lab.begin(name, password)
    with lab.refused("UserNotConfirmed", "User is not confirmed."):
        lab.srp_a(name)


def test_c21_confirmation(lab: Lab, name: str) -> None:
    lab.sign_up(name)
    before = lab.who(name)
    assert before["UserStatus"] == "UNCONFIRMED"
    [code] = lab.mails(f"{name}@lab.example")
    assert re.fullmatch("[0-9]{6}", code)
    request = {"ClientId": lab.client("Web"), "Username": name, "ConfirmationCode": code}
    assert lab.post("ConfirmSignUp", request).body == b"{}"
    after = lab.who(name)
    assert after["UserStatus"] == "CONFIRMED"
    assert values(after["UserAttributes"])["email_verified"] == "true"


def test_c22_wrong_and_old_codes(lab: Lab, name: str) -> None:
    lab.sign_up(name)
    [code] = lab.mails(f"{name}@lab.example")
    request = {"ClientId": lab.client("Web"), "Username": name}
    wrong = "Invalid verification code provided, please try again."
    before = lab.who(name)
    with lab.refused("CodeMismatch", wrong):
        lab.public.confirm_sign_up(**request, ConfirmationCode=other(code))
    after = lab.who(name)
    for found in (before, after):
        del found["ResponseMetadata"]
    assert before == after
    late = "Invalid code provided, please request a code again."
    with lab.later(86_401), lab.refused("ExpiredCode", late):
        lab.public.confirm_sign_up(**request, ConfirmationCode=code)
    with lab.later(86_300):
        lab.public.confirm_sign_up(**request, ConfirmationCode=code)


def test_c23_confirming_twice(lab: Lab, name: str) -> None:
    lab.confirmed(name)
    text = "User cannot be confirmed. Current status is CONFIRMED"
    with lab.refused("NotAuthorized", text):
        lab.confirm(name)


def test_c24_purposes(lab: Lab, name: str) -> None:
    lab.sign_up(name)
    [signing_up] = lab.mails(f"{name}@lab.example")
    request = {"ClientId": lab.client("Web"), "Username": name}
    with lab.refused("ExpiredCode"):
        lab.public.confirm_forgot_password(
            **request, ConfirmationCode=signing_up, Password=PASSWORD
        )
    lab.admin.admin_update_user_attributes(
        UserPoolId=lab.pool("Names"), Username=name, UserAttributes=pairs(email_verified="true")
    )
    lab.public.forgot_password(**request)
    resetting = lab.mails(f"{name}@lab.example")[0]
    if resetting != signing_up:
        with lab.refused("CodeMismatch"):
            lab.public.confirm_sign_up(**request, ConfirmationCode=resetting)
    lab.public.confirm_sign_up(**request, ConfirmationCode=signing_up)
    lab.public.confirm_forgot_password(**request, ConfirmationCode=resetting, Password=PASSWORD)


def test_c25_resending(lab: Lab, name: str) -> None:
    lab.sign_up(name)
    request = {"ClientId": lab.client("Web"), "Username": name}
    answer = lab.public.resend_confirmation_code(**request)
    assert answer["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    lab.confirm(name)
    with lab.refused("InvalidParameter", "User is already confirmed."):
        lab.public.resend_confirmation_code(**request)
