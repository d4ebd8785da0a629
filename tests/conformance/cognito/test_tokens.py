"""Statements 52 to 64: what tokens say, how they are refreshed, and how they end."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from jose import jws, jwt

from emulator.clock import Entropy
from tests.conformance.cognito.lab import (
    ACCOUNT,
    REGION,
    Lab,
    MovableClock,
    claims,
    serve,
    stack,
)


def jwks(lab: Lab, pool: str = "Names") -> dict[str, dict[str, Any]]:
    """The published keys of a pool, by kid."""
    document = lab.request("GET", f"/{lab.pool(pool)}/.well-known/jwks.json").document
    return {key["kid"]: key for key in document["keys"]}


def test_c52_header(lab: Lab, name: str) -> None:
    lab.confirmed(name)
    result, keys = lab.sign_in(name), jwks(lab)
    used = []
    for token in (result["IdToken"], result["AccessToken"]):
        header = jwt.get_unverified_header(token)
        assert set(header) == {"kid", "alg"}
        assert header["alg"] == "RS256"
        jws.verify(token, keys[header["kid"]], ["RS256"])
        used.append(header["kid"])
    assert len(set(used)) == 2


def test_c53_claims(lab: Lab, name: str) -> None:
    sub = lab.confirmed(name, nickname="Countess")
    result = lab.sign_in(name)
    access, identity = claims(result["AccessToken"]), claims(result["IdToken"])
    common = {
        "sub": sub,
        "iss": f"https://cognito-idp.{REGION}.amazonaws.com/{lab.pool('Names')}",
        **{n: access[n] for n in ("origin_jti", "event_id", "auth_time", "iat", "exp")},
    }
    assert access == {
        **common,
        "client_id": lab.client("Web"),
        "token_use": "access",
        "scope": "aws.cognito.signin.user.admin",
        "jti": access["jti"],
        "username": name,
    }
    assert identity == {
        **common,
        "aud": lab.client("Web"),
        "token_use": "id",
        "jti": identity["jti"],
        "cognito:username": name,
        "email": f"{name}@lab.example",
        "email_verified": True,
        "nickname": "Countess",
    }
    assert all(type(access[each]) is int for each in ("auth_time", "exp", "iat"))


def test_c54_groups(lab: Lab, name: str) -> None:
    lab.confirmed(name)
    first = lab.sign_in(name)
    for kind in ("AccessToken", "IdToken"):
        assert "cognito:groups" not in claims(first[kind])
    pool = lab.pool("Names")
    role = f"arn:aws:iam::{ACCOUNT}:role/admins"
    lab.admin.create_group(UserPoolId=pool, GroupName=name, Precedence=1, RoleArn=role)
    lab.admin.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=name)
    for result in (lab.refresh(first["RefreshToken"]), lab.sign_in(name)):
        assert claims(result["AccessToken"])["cognito:groups"] == [name]
        identity = claims(result["IdToken"])
        assert identity["cognito:groups"] == [name]
        assert identity["cognito:roles"] == [role]
        assert identity["cognito:preferred_role"] == role
        assert "cognito:roles" not in claims(result["AccessToken"])


@pytest.mark.parametrize(
    ("client", "access", "identity"),
    [
        ("Default", 3600, 3600),
        ("Seconds", 301, 302),
        ("Minutes", 360, 420),
        ("Hours", 7200, 10_800),
        ("Days", 86_400, 86_400),
    ],
)
def test_c55_lifetimes(lab: Lab, name: str, client: str, access: int, identity: int) -> None:
    lab.confirmed(name)
    if client == "Default":
        client = "Web"  # says nothing of lifetimes either, and takes a password
    result = lab.sign_in(name, client=client)
    lives = [
        found["exp"] - found["iat"]
        for found in (claims(result["AccessToken"]), claims(result["IdToken"]))
    ]
    assert lives == [access, identity]
    assert result["ExpiresIn"] == access


def test_c56_families(lab: Lab, name: str) -> None:
    lab.confirmed(name)
    first = lab.sign_in(name)
    with lab.later(5):
        refreshed = lab.refresh(first["RefreshToken"])
        second = lab.sign_in(name)
    family = [
        claims(result[kind]) for result in (first, refreshed) for kind in ("AccessToken", "IdToken")
    ]
    assert len({found["origin_jti"] for found in family}) == 1
    assert len({found["auth_time"] for found in family}) == 1
    assert family[2]["iat"] > family[0]["iat"]
    assert len({found["jti"] for found in family}) == 4
    assert claims(second["AccessToken"])["origin_jti"] != family[0]["origin_jti"]


def test_c57_refreshing(lab: Lab, name: str) -> None:
    lab.confirmed(name)
    token = lab.sign_in(name)["RefreshToken"]
    by_flow = lab.public.initiate_auth(
        ClientId=lab.client("Web"),
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": token},
    )["AuthenticationResult"]
    for result in (by_flow, lab.refresh(token)):
        assert set(result) == {"AccessToken", "ExpiresIn", "IdToken", "TokenType"}


def test_c58_rotation(lab: Lab, name: str) -> None:
    lab.confirmed(name)
    first = lab.sign_in(name, client="Rotating")["RefreshToken"]
    with lab.refused("InvalidParameter"):
        lab.public.initiate_auth(
            ClientId=lab.client("Rotating"),
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": first},
        )
    second = lab.refresh(first, "Rotating")["RefreshToken"]
    with lab.later(25):
        third = lab.refresh(first, "Rotating")["RefreshToken"]
        fourth = lab.refresh(second, "Rotating")["RefreshToken"]
    assert len({first, second, third, fourth}) == 4
    with lab.later(60), lab.refused("RefreshTokenReuse"):
        lab.refresh(first, "Rotating")


def test_c59_rotation_does_not_prolong(lab: Lab, name: str) -> None:
    lab.confirmed(name)
    token = lab.sign_in(name, client="Rotating")["RefreshToken"]
    with lab.later(29 * 86_400):
        token = lab.refresh(token, "Rotating")["RefreshToken"]
    with lab.later(30 * 86_400 + 60), lab.refused("NotAuthorized", "Refresh Token has expired"):
        lab.refresh(token, "Rotating")


def test_c60_foreign_refresh_tokens(lab: Lab, name: str) -> None:
    lab.confirmed(name)
    token = lab.sign_in(name)["RefreshToken"]
    middle = len(token) // 2
    altered = token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]
    for bad, client in ((token, "Telling"), (altered, "Web")):
        with lab.refused("NotAuthorized", "Invalid Refresh Token"):
            lab.refresh(bad, client)
    assert lab.refresh(token)


def test_c61_revoking(lab: Lab, name: str) -> None:
    lab.confirmed(name)
    one, two = lab.sign_in(name), lab.sign_in(name)
    later = lab.refresh(one["RefreshToken"])
    lab.public.revoke_token(ClientId=lab.client("Web"), Token=one["RefreshToken"])
    with lab.refused("NotAuthorized", "Refresh Token has been revoked"):
        lab.refresh(one["RefreshToken"])
    for token in (one["AccessToken"], later["AccessToken"]):
        with lab.refused("NotAuthorized", "Access Token has been revoked"):
            lab.public.get_user(AccessToken=token)
        jws.verify(token, jwks(lab)[jwt.get_unverified_header(token)["kid"]], ["RS256"])
    assert lab.public.get_user(AccessToken=two["AccessToken"])["Username"] == name
    assert lab.refresh(two["RefreshToken"])


def test_c62_revoking_other_tokens(lab: Lab, name: str) -> None:
    lab.confirmed(name)
    result = lab.sign_in(name)
    with lab.refused("UnsupportedTokenType"):
        lab.public.revoke_token(ClientId=lab.client("Web"), Token=result["AccessToken"])
    assert lab.public.get_user(AccessToken=result["AccessToken"])["Username"] == name


def test_c63_global_sign_out(lab: Lab, name: str) -> None:
    lab.confirmed(name)
    sessions = [lab.sign_in(name), lab.sign_in(name, client="Telling")]
    lab.public.global_sign_out(AccessToken=sessions[0]["AccessToken"])
    for session, client in zip(sessions, ("Web", "Telling"), strict=True):
        with lab.refused("NotAuthorized", "Access Token has been revoked"):
            lab.public.get_user(AccessToken=session["AccessToken"])
        with lab.refused("NotAuthorized"):
            lab.refresh(session["RefreshToken"], client)
    assert lab.sign_in(name)


def test_c64_bad_access_tokens(lab: Lab, name: str, tmp_path: Path) -> None:
    lab.confirmed(name)
    result = lab.sign_in(name)
    token = result["AccessToken"]
    with lab.refused("NotAuthorized", "Invalid Access Token"):
        lab.public.get_user(AccessToken=result["IdToken"])
    with lab.later(3601), lab.refused("NotAuthorized", "Access Token has expired"):
        lab.public.get_user(AccessToken=token)
    head, body, signature = token.split(".")
    forged = json.dumps(claims(token) | {"username": "eve"}).encode()
    unsigned = "Could not verify signature for Access Token"
    for bad in (
        f"{head}.{base64.urlsafe_b64encode(forged).rstrip(b'=').decode()}.{signature}",
        f"{head}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}",
    ):
        with lab.refused("NotAuthorized", unsigned):
            lab.public.get_user(AccessToken=bad)
    with serve(tmp_path, stack(), MovableClock(), Entropy()) as foreign:
        foreign.confirmed(name)
        stranger = foreign.sign_in(name)["AccessToken"]
    with lab.refused("NotAuthorized", unsigned):
        lab.public.get_user(AccessToken=stranger)
    assert lab.public.get_user(AccessToken=token)["Username"] == name
