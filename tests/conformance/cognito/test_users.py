"""Statements 65 to 68: attributes, leaving, listing, documents of a pool."""

from typing import Any

import pytest

from emulator.clock import Entropy
from tests.conformance.cognito.lab import (
    REGION,
    Lab,
    MovableClock,
    pairs,
    serve,
    stack,
    values,
)


def test_c65_changed_address(lab: Lab, name: str) -> None:
    lab.confirmed(name)
    token = lab.sign_in(name)["AccessToken"]
    new = f"{name}-new@lab.example"
    answer = lab.public.update_user_attributes(AccessToken=token, UserAttributes=pairs(email=new))
    [details] = answer["CodeDeliveryDetailsList"]
    assert details["AttributeName"] == "email"
    found = values(lab.public.get_user(AccessToken=token)["UserAttributes"])
    assert (found["email"], found["email_verified"]) == (new, "false")
    [code] = lab.mails(new)
    lab.public.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)
    found = values(lab.public.get_user(AccessToken=token)["UserAttributes"])
    assert (found["email"], found["email_verified"]) == (new, "true")


def test_c66_leaving(lab: Lab, name: str) -> None:
    lab.confirmed(name)
    session = lab.sign_in(name)
    lab.public.delete_user(AccessToken=session["AccessToken"])
    with lab.refused("UserNotFound", "User does not exist."):
        lab.who(name)
    with lab.refused("UserNotFound", "User does not exist."):
        lab.public.get_user(AccessToken=session["AccessToken"])
    with lab.refused("NotAuthorized"):
        lab.refresh(session["RefreshToken"])


def found(lab: Lab, text: str, **more: Any) -> list[str]:
    listed = lab.admin.list_users(UserPoolId=lab.pool("Aliases"), Filter=text, **more)
    return [user["Username"] for user in listed["Users"]]


def test_c67_listing(lab: Lab, name: str) -> None:
    attributes = {
        "phone_number": f"+1206555{name.removeprefix('user'):0>4}",
        "name": f"{name} Name",
        "given_name": f"{name} Given",
        "family_name": f"{name} Family",
        "preferred_username": f"{name}-preferred",
    }
    sub = lab.confirmed(name, "AliasWeb", **attributes)
    attributes |= {"username": name, "email": f"{name}@lab.example", "sub": sub}
    for attribute, value in attributes.items():
        assert found(lab, f'{attribute} = "{value}"') == [name], attribute
        assert found(lab, f'{attribute} ^= "{value[:-1]}"') == [name], attribute
    assert name in found(lab, 'status = "Enabled"')
    assert name in found(lab, 'cognito:user_status ^= "confirm"')
    assert found(lab, f'username = "{name.upper()}"') == []
    assert found(lab, f'email = "{name.upper()}@LAB.example"') == [name]
    for index in range(3):
        lab.sign_up(f"{name}-{index}", "AliasWeb")
    pages = lab.admin.get_paginator("list_users").paginate(
        UserPoolId=lab.pool("Aliases"),
        Filter=f'username ^= "{name}-"',
        PaginationConfig={"PageSize": 2},
    )
    assert [[user["Username"] for user in page["Users"]] for page in pages] == [
        [f"{name}-0", f"{name}-1"],
        [f"{name}-2"],
    ]
    for bad in ("username", 'username = "a" or email = "b"', "username = 'a'", 'username > "a"'):
        with lab.refused("InvalidParameter"):
            found(lab, bad)
    with lab.refused("InvalidParameter", "Invalid search attribute: custom:lab"):
        found(lab, 'custom:lab = "x"')


@pytest.mark.parametrize("document", ["jwks.json", "openid-configuration"])
def test_c68_documents(lab: Lab, document: str) -> None:
    path = f"/{lab.pool('Names')}/.well-known/{document}"
    answer = lab.request("GET", path)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert lab.request("GET", f"/{lab.pool('Emails')}/.well-known/jwks.json").document != (
        lab.request("GET", f"/{lab.pool('Names')}/.well-known/jwks.json").document
    )
    # A second endpoint on the same files: what a restart comes to.
    with serve(lab.directory, stack(), MovableClock(), Entropy()) as again:
        after = again.request("GET", path).document
    before = answer.document
    if document == "jwks.json":
        assert len(before["keys"]) == 2
        assert before == after
    else:
        assert before["issuer"] == (
            f"https://cognito-idp.{REGION}.amazonaws.com/{lab.pool('Names')}"
        )
        assert before["jwks_uri"] == f"{lab.url}/{lab.pool('Names')}/.well-known/jwks.json"
        assert before["issuer"] == after["issuer"]
