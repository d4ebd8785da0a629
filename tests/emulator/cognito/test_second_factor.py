"""Authenticator apps: RFC 6238, setting one up in both ways, its codes, and what must be refused."""

import base64
from typing import Any

import pytest

from emulator.cognito import totp
from emulator.cognito.errors import (
    CodeMismatch,
    EnableSoftwareToken,
    ExpiredCode,
    InvalidParameter,
    NotAuthorized,
    SoftwareTokenNotFound,
)
from tests.emulator.cognito.bench import Bench
from tests.emulator.cognito.stacks import CUSTOM, FACTORS, NAMES, PASSWORD


RFC_SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_vectors_of_the_rfc(seconds: int, code: str) -> None:
    """Appendix B of RFC 6238, the last six digits."""
    assert totp.code(RFC_SECRET, seconds // totp.PERIOD) == code
    for late in (0, 30):
        assert totp.matching_step(RFC_SECRET, code, seconds + late) == seconds // totp.PERIOD
    assert totp.matching_step(RFC_SECRET, code, seconds + 90) is None


def test_an_app_may_be_half_a_minute_ahead() -> None:
    """Not more."""
    code = totp.code(RFC_SECRET, 101)
    assert totp.matching_step(RFC_SECRET, code, 100 * totp.PERIOD) == 101
    assert totp.matching_step(RFC_SECRET, code, 99 * totp.PERIOD) is None


def test_the_secret_is_base32() -> None:
    """As apps take it."""
    assert totp.shown(RFC_SECRET) == base64.b32encode(RFC_SECRET).decode().rstrip("=")
    assert totp.read(totp.shown(b"x" * 32)) == b"x" * 32


def shown_by(app: str, bench: Bench) -> str:
    """What an app with this secret shows now."""
    return totp.code(totp.read(app), int(bench.clock.now() // totp.PERIOD))


def wrong(code: str) -> str:
    return f"{(int(code) + 500_000) % 1_000_000:06}"


async def begin(bench: Bench, client: str) -> dict[str, Any]:
    return await bench.call(
        "InitiateAuth",
        ClientId=client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ada", "PASSWORD": PASSWORD},
    )


async def answer(bench: Bench, client: str, name: str, session: str, **more: str) -> dict[str, Any]:
    return await bench.call(
        "RespondToAuthChallenge",
        ClientId=client,
        ChallengeName=name,
        Session=session,
        ChallengeResponses={"USERNAME": "ada", **more},
    )


async def enrolled(bench: Bench) -> tuple[str, str]:
    """Somebody with an app, by choice: an access token and the app's secret."""
    await bench.confirmed("ada", "custom")
    token = (await bench.sign_in("ada", "custom"))["AccessToken"]
    app = (await bench.call("AssociateSoftwareToken", AccessToken=token))["SecretCode"]
    code = shown_by(app, bench)
    verified = await bench.call(
        "VerifySoftwareToken", AccessToken=token, UserCode=code, FriendlyDeviceName="phone"
    )
    assert verified == {"Status": "SUCCESS"}
    bench.clock.advance(30)
    return token, app


async def prefer(bench: Bench, token: str, **settings: bool) -> None:
    await bench.call("SetUserMFAPreference", AccessToken=token, SoftwareTokenMfaSettings=settings)


async def test_by_choice(bench: Bench) -> None:
    """Verified alone asks for nothing; switched on, each sign-in wants a code that works once."""
    token, app = await enrolled(bench)
    assert "AuthenticationResult" in await begin(bench, "custom")
    await prefer(bench, token, Enabled=True, PreferredMfa=True)
    user = await bench.call("GetUser", AccessToken=token)
    assert user["UserMFASettingList"] == ["SOFTWARE_TOKEN_MFA"]
    assert user["PreferredMfaSetting"] == "SOFTWARE_TOKEN_MFA"
    seen = await bench.call("AdminGetUser", UserPoolId=CUSTOM.id, Username="ada")
    assert seen["UserMFASettingList"] == ["SOFTWARE_TOKEN_MFA"]
    challenge = await begin(bench, "custom")
    assert challenge["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    assert challenge["ChallengeParameters"] == {"FRIENDLY_DEVICE_NAME": "phone"}
    session, code = challenge["Session"], shown_by(app, bench)
    with pytest.raises(CodeMismatch):
        await answer(
            bench, "custom", "SOFTWARE_TOKEN_MFA", session, SOFTWARE_TOKEN_MFA_CODE=wrong(code)
        )
    good = {"SOFTWARE_TOKEN_MFA_CODE": code}
    result = await answer(bench, "custom", "SOFTWARE_TOKEN_MFA", session, **good)
    assert "AuthenticationResult" in result
    with pytest.raises(NotAuthorized, match="only be used once"):
        await answer(bench, "custom", "SOFTWARE_TOKEN_MFA", session, **good)
    again = (await begin(bench, "custom"))["Session"]
    with pytest.raises(ExpiredCode, match="Your software token has already been used once"):
        await answer(bench, "custom", "SOFTWARE_TOKEN_MFA", again, **good)
    await bench.call(
        "AdminSetUserMFAPreference",
        UserPoolId=CUSTOM.id,
        Username="ada",
        SoftwareTokenMfaSettings={"Enabled": False},
    )
    assert "AuthenticationResult" in await begin(bench, "custom")


async def test_codes_cannot_be_guessed(bench: Bench) -> None:
    """Wrong ones are slowed down like wrong passwords, over all sessions."""
    token, app = await enrolled(bench)
    await prefer(bench, token, Enabled=True)
    for _ in range(5):
        session = (await begin(bench, "custom"))["Session"]
        bad = {"SOFTWARE_TOKEN_MFA_CODE": wrong(shown_by(app, bench))}
        with pytest.raises(CodeMismatch):
            await answer(bench, "custom", "SOFTWARE_TOKEN_MFA", session, **bad)
    session = (await begin(bench, "custom"))["Session"]
    good = {"SOFTWARE_TOKEN_MFA_CODE": shown_by(app, bench)}
    with pytest.raises(NotAuthorized, match="attempts exceeded"):
        await answer(bench, "custom", "SOFTWARE_TOKEN_MFA", session, **good)
    bench.clock.advance(2)
    assert "AuthenticationResult" in await answer(
        bench, "custom", "SOFTWARE_TOKEN_MFA", session, **good
    )


async def test_by_order_of_the_pool(bench: Bench) -> None:
    """MFA_SETUP: associate, verify, respond; from then on a code each time."""
    await bench.confirmed("ada", "factors")
    challenge = await begin(bench, "factors")
    assert challenge["ChallengeName"] == "MFA_SETUP"
    assert challenge["ChallengeParameters"] == {"MFAS_CAN_SETUP": '["SOFTWARE_TOKEN_MFA"]'}
    with pytest.raises(NotAuthorized, match=r"^Invalid session for the user.$"):
        await answer(bench, "factors", "MFA_SETUP", challenge["Session"])
    handed = await bench.call("AssociateSoftwareToken", Session=challenge["Session"])
    app, session = handed["SecretCode"], handed["Session"]
    code = shown_by(app, bench)
    with pytest.raises(EnableSoftwareToken, match="Code mismatch"):
        await bench.call("VerifySoftwareToken", Session=session, UserCode=wrong(code))
    verified = await bench.call("VerifySoftwareToken", Session=session, UserCode=code)
    assert verified["Status"] == "SUCCESS"
    result = await answer(bench, "factors", "MFA_SETUP", verified["Session"])
    assert "AuthenticationResult" in result
    bench.clock.advance(30)
    challenge = await begin(bench, "factors")
    assert challenge["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    good = {"SOFTWARE_TOKEN_MFA_CODE": shown_by(app, bench)}
    name = "SOFTWARE_TOKEN_MFA"
    assert "AuthenticationResult" in await answer(
        bench, "factors", name, challenge["Session"], **good
    )


async def test_sessions_are_for_one_challenge(bench: Bench) -> None:
    """A session of one kind answers no other: nobody skips the code."""
    token, _ = await enrolled(bench)
    await prefer(bench, token, Enabled=True)
    session = (await begin(bench, "custom"))["Session"]
    for name, more in (("MFA_SETUP", {}), ("NEW_PASSWORD_REQUIRED", {"NEW_PASSWORD": "Xy1!xxxx"})):
        with pytest.raises(NotAuthorized, match=r"^Invalid session for the user.$"):
            await answer(bench, "custom", name, session, **more)
    with pytest.raises(NotAuthorized):
        await bench.call("AssociateSoftwareToken", Session=session)


async def test_an_app_works_until_the_next_is_verified(bench: Bench) -> None:
    """Asking for another secret locks nobody out."""
    token, app = await enrolled(bench)
    await prefer(bench, token, Enabled=True)
    await bench.call("AssociateSoftwareToken", AccessToken=token)
    session = (await begin(bench, "custom"))["Session"]
    good = {"SOFTWARE_TOKEN_MFA_CODE": shown_by(app, bench)}
    assert "AuthenticationResult" in await answer(
        bench, "custom", "SOFTWARE_TOKEN_MFA", session, **good
    )


async def test_refusals(bench: Bench) -> None:
    """No app where the pool has none; nothing is switched on that was not verified."""
    await bench.confirmed("ada")
    token = (await bench.sign_in("ada"))["AccessToken"]
    with pytest.raises(SoftwareTokenNotFound, match="has not been enabled by the userPool"):
        await bench.call("AssociateSoftwareToken", AccessToken=token)
    with pytest.raises(InvalidParameter, match="has not set up software token mfa"):
        await prefer(bench, token, Enabled=True)
    with pytest.raises(InvalidParameter, match="preferred"):
        await prefer(bench, token, PreferredMfa=True)
    with pytest.raises(InvalidParameter, match="only software tokens"):
        await bench.call(
            "SetUserMFAPreference", AccessToken=token, SMSMfaSettings={"Enabled": True}
        )
    with pytest.raises(InvalidParameter, match="Either AccessToken or Session"):
        await bench.call("AssociateSoftwareToken")


async def test_the_secret_is_sealed(bench: Bench) -> None:
    """Nobody reads it in the database."""
    _, app = await enrolled(bench)
    [row] = await bench.services.store.rows("SELECT secret FROM software_tokens")
    assert app.encode() not in row[0]
    assert totp.read(app) not in row[0]


async def test_configuration_is_told(bench: Bench) -> None:
    """GetUserPoolMfaConfig, also of the template's pools."""
    for pool, mfa in ((FACTORS, "ON"), (CUSTOM, "OPTIONAL"), (NAMES, "OFF")):
        found = await bench.call("GetUserPoolMfaConfig", UserPoolId=pool.id)
        assert found["MfaConfiguration"] == mfa
