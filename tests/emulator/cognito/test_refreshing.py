"""Refresh tokens: their end, rotation, revocation (sections 2.6 and 2.7)."""

from typing import Any

import pytest
from jose import jwt

from emulator.cognito.errors import (
    InvalidParameter,
    NotAuthorized,
    RefreshTokenReuse,
    Unauthorized,
    UnsupportedOperation,
    UnsupportedTokenType,
)
from tests.emulator.cognito.bench import Bench
from tests.emulator.cognito.stacks import NAMES


async def refresh(bench: Bench, token: str, client: str = "names", **more: str) -> dict[str, Any]:
    answer = await bench.call(
        "GetTokensFromRefreshToken", ClientId=client, RefreshToken=token, **more
    )
    result: dict[str, Any] = answer["AuthenticationResult"]
    return result


async def test_lives_thirty_days(bench: Bench) -> None:
    """Until its very end; refreshed tokens carry current attributes."""
    await bench.confirmed("ada")
    token = (await bench.sign_in("ada"))["RefreshToken"]
    started = int(bench.clock.now())
    bench.clock.advance(30 * 86400 - 1)
    await bench.call(
        "AdminUpdateUserAttributes",
        UserPoolId=NAMES.id,
        Username="ada",
        UserAttributes=[{"Name": "nickname", "Value": "Countess"}],
    )
    claims = jwt.get_unverified_claims((await refresh(bench, token))["IdToken"])
    assert claims["nickname"] == "Countess"
    assert claims["auth_time"] == started
    assert claims["iat"] == int(bench.clock.now())
    bench.clock.advance(2)
    with pytest.raises(NotAuthorized, match="Refresh Token has expired"):
        await refresh(bench, token)


async def test_rotation(bench: Bench) -> None:
    """A new token each time; the old one works for the grace period, then all of them end."""
    await bench.confirmed("ada")
    first = (await bench.sign_in("ada", "rotating"))["RefreshToken"]
    with pytest.raises(InvalidParameter, match="REFRESH_TOKEN_AUTH flow not enabled"):
        await bench.call(
            "InitiateAuth",
            ClientId="rotating",
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": first},
        )
    second = (await refresh(bench, first, "rotating"))["RefreshToken"]
    bench.clock.advance(29)
    third = (await refresh(bench, first, "rotating"))["RefreshToken"]
    assert len({first, second, third}) == 3
    bench.clock.advance(2)
    with pytest.raises(RefreshTokenReuse):
        await refresh(bench, first, "rotating")
    for token in (second, third):
        with pytest.raises(NotAuthorized, match="Refresh Token has been revoked"):
            await refresh(bench, token, "rotating")


async def test_what_cannot_be_revoked(bench: Bench) -> None:
    """Other kinds of tokens, other clients' tokens; an unknown one is nobody's loss."""
    await bench.confirmed("ada")
    result = await bench.sign_in("ada")
    with pytest.raises(UnsupportedTokenType):
        await bench.call("RevokeToken", ClientId="names", Token=result["AccessToken"])
    with pytest.raises(Unauthorized):
        await bench.call("RevokeToken", ClientId="legacy", Token=result["RefreshToken"])
    with pytest.raises(UnsupportedOperation):
        await bench.call("RevokeToken", ClientId="irrevocable", Token=result["RefreshToken"])
    with pytest.raises(InvalidParameter):
        await bench.call("RevokeToken", ClientId="names", Token="abc")
    unknown = result["RefreshToken"][:-1] + ("A" if result["RefreshToken"][-1] != "A" else "B")
    assert await bench.call("RevokeToken", ClientId="names", Token=unknown) == {}
    await refresh(bench, result["RefreshToken"])


@pytest.mark.parametrize("by_admin", [False, True])
async def test_global_sign_out(bench: Bench, by_admin: bool) -> None:
    """Every session of the user, and no other user's."""
    for name in ("ada", "eve"):
        await bench.confirmed(name)
    one, two = await bench.sign_in("ada"), await bench.sign_in("ada", "legacy")
    other = await bench.sign_in("eve")
    if by_admin:
        await bench.call("AdminUserGlobalSignOut", UserPoolId=NAMES.id, Username="ada")
    else:
        await bench.call("GlobalSignOut", AccessToken=one["AccessToken"])
    for session, client in ((one, "names"), (two, "legacy")):
        with pytest.raises(NotAuthorized, match="Access Token has been revoked"):
            await bench.call("GetUser", AccessToken=session["AccessToken"])
        with pytest.raises(NotAuthorized, match="Refresh Token has been revoked"):
            await refresh(bench, session["RefreshToken"], client)
    await refresh(bench, other["RefreshToken"])
    await bench.sign_in("ada")


async def test_plain_client_secret(bench: Bench) -> None:
    """GetTokensFromRefreshToken takes the secret itself, no hash."""
    for wrong in ({}, {"ClientSecret": "x"}):
        with pytest.raises(NotAuthorized, match="Unable to verify secret for client secretive"):
            await refresh(bench, "a.b.c.d.e", "secretive", **wrong)
    with pytest.raises(NotAuthorized, match="Invalid Refresh Token"):
        await refresh(bench, "a.b.c.d.e", "secretive", ClientSecret="s3cr3t")
