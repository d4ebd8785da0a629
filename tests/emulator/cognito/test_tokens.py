"""What tokens claim, how long they live, and the checks of an access token (sections 3 and 6)."""

import json
from pathlib import Path
from typing import Any

import pytest
from jose import jws, jwt
from jose.utils import base64url_encode

from emulator.cognito.errors import NotAuthorized, UserNotFound
from tests.emulator.cognito.bench import Bench
from tests.emulator.cognito.fakes import FakeClock
from tests.emulator.cognito.stacks import NAMES


def claims(token: str) -> dict[str, Any]:
    return dict(jwt.get_unverified_claims(token))


async def test_lifetimes(bench: Bench, data_dir: Path) -> None:
    """As the client says; divided by the time scale, with the clock unscaled."""
    await bench.confirmed("ada")
    result = await bench.sign_in("ada", "rotating")
    assert result["ExpiresIn"] == 300
    access, identity = claims(result["AccessToken"]), claims(result["IdToken"])
    assert (access["exp"] - access["iat"], identity["exp"] - identity["iat"]) == (300, 600)
    await bench.close()
    clock = FakeClock(scale=60)
    fast = await Bench.start(data_dir, clock)
    result = await fast.sign_in("ada")
    access = claims(result["AccessToken"])
    assert result["ExpiresIn"] == access["exp"] - access["iat"] == 60
    assert access["iat"] == int(clock.now())
    await fast.close()


async def test_access_checks(bench: Bench) -> None:
    """Each with its text, in the order of section 3."""

    async def refused(token: str, text: str) -> None:
        with pytest.raises(NotAuthorized, match=f"^{text}$"):
            await bench.call("GetUser", AccessToken=token)

    await bench.confirmed("ada")
    result = await bench.sign_in("ada")
    token = result["AccessToken"]
    head, body, signature = token.split(".")
    for garbled in ("", "a.b", "a.b.c", "....", head):
        await refused(garbled, "Invalid Access Token")
    await refused(result["IdToken"], "Invalid Access Token")
    unsigned = "Could not verify signature for Access Token"
    forged = base64url_encode(json.dumps(claims(token) | {"username": "eve"}).encode()).decode()
    await refused(f"{head}.{forged}.{signature}", unsigned)
    await refused(f"{head}.{body}.{signature[:-4]}AAAA", unsigned)
    for header in (
        {"alg": "none"},
        {"alg": "none", "kid": kid(token)},
        {"kid": "x", "alg": "RS256"},
    ):
        encoded = base64url_encode(json.dumps(header).encode()).decode()
        await refused(f"{encoded}.{body}.{signature}", unsigned)
    symmetric = jws.sign(claims(token), "secret", {"kid": kid(token)}, "HS256")
    await refused(symmetric, unsigned)
    assert (await bench.call("GetUser", AccessToken=token))["Username"] == "ada"
    bench.clock.advance(3600)
    await refused(token, "Access Token has expired")


def kid(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


async def test_deleted_user(bench: Bench) -> None:
    """The tokens name somebody who is gone, even if the name is taken again."""
    await bench.confirmed("ada")
    result = await bench.sign_in("ada")
    assert await bench.call("DeleteUser", AccessToken=result["AccessToken"]) == {}
    await bench.confirmed("ada")
    with pytest.raises(UserNotFound, match=r"User does not exist."):
        await bench.call("GetUser", AccessToken=result["AccessToken"])
    with pytest.raises(NotAuthorized, match="Refresh Token has been revoked"):
        await bench.call(
            "GetTokensFromRefreshToken", ClientId="names", RefreshToken=result["RefreshToken"]
        )


async def test_disabled_user(bench: Bench) -> None:
    """Access ends, refreshing says why, and enabling does not bring old sessions back."""
    await bench.confirmed("ada")
    result = await bench.sign_in("ada")
    await bench.call("AdminDisableUser", UserPoolId=NAMES.id, Username="ada")
    with pytest.raises(NotAuthorized):
        await bench.call("GetUser", AccessToken=result["AccessToken"])
    refresh = {"ClientId": "names", "RefreshToken": result["RefreshToken"]}
    with pytest.raises(NotAuthorized, match=r"User is disabled."):
        await bench.call("GetTokensFromRefreshToken", **refresh)
    await bench.call("AdminEnableUser", UserPoolId=NAMES.id, Username="ada")
    with pytest.raises(NotAuthorized, match="revoked"):
        await bench.call("GetTokensFromRefreshToken", **refresh)


async def test_client_without_revocation(bench: Bench) -> None:
    """No jti and no origin_jti; a global sign-out still ends the access token."""
    await bench.confirmed("ada")
    token = (await bench.sign_in("ada", "irrevocable"))["AccessToken"]
    assert not {"jti", "origin_jti"} & set(claims(token))
    await bench.call("GetUser", AccessToken=token)
    bench.clock.advance(1)
    await bench.call("GlobalSignOut", AccessToken=token)
    with pytest.raises(NotAuthorized, match="Access Token has been revoked"):
        await bench.call("GetUser", AccessToken=token)
