"""SRP claims, sessions and the lockout, where time or a forger plays a part."""

import asyncio
from typing import Any

import pytest

from emulator.cognito.errors import (
    InvalidPassword,
    NotAuthorized,
    UserNotFound,
)
from tests.emulator.cognito.bench import Bench
from tests.emulator.cognito.stacks import NAMES, PASSWORD


REFUSED = "^Incorrect username or password.$"


async def respond(
    bench: Bench, responses: dict[str, str], client: str = "names", **members: str
) -> dict[str, Any]:
    request = {"ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": responses, **members}
    return await bench.call("RespondToAuthChallenge", ClientId=client, **request)


async def test_claim_must_come_soon(bench: Bench) -> None:
    """Within a minute."""
    await bench.confirmed("ada")
    srp, parameters = await bench.challenge("ada")
    bench.clock.advance(61)
    with pytest.raises(NotAuthorized, match=REFUSED):
        await respond(bench, srp.answer(parameters, PASSWORD, bench.clock.now()))


@pytest.mark.parametrize(
    "change",
    [
        {"PASSWORD_CLAIM_SIGNATURE": "AAAA"},
        {"PASSWORD_CLAIM_SIGNATURE": "\u00e4"},
        {"PASSWORD_CLAIM_SECRET_BLOCK": "AAAA"},
        {"USERNAME": "eve"},
        {"TIMESTAMP": "Tue Mar 04 05:06:07 UTC 2025"},
        {"TIMESTAMP": "now"},
    ],
)
async def test_altered_claims(bench: Bench, change: dict[str, str]) -> None:
    """All refused with the one text."""
    await bench.confirmed("ada")
    srp, parameters = await bench.challenge("ada")
    responses = srp.answer(parameters, PASSWORD, bench.clock.now())
    with pytest.raises(NotAuthorized, match=REFUSED):
        await respond(bench, responses | change)


async def test_claim_of_another_user_or_client(bench: Bench) -> None:
    """The block is bound to both."""
    for name in ("ada", "eve"):
        await bench.confirmed(name)
    srp, parameters = await bench.challenge("ada")
    _, others = await bench.challenge("eve")
    responses = srp.answer(parameters, PASSWORD, bench.clock.now())
    mixed = responses | {"PASSWORD_CLAIM_SECRET_BLOCK": others["SECRET_BLOCK"]}
    with pytest.raises(NotAuthorized, match=REFUSED):
        await respond(bench, mixed)
    with pytest.raises(NotAuthorized, match=REFUSED):
        await respond(bench, responses, "legacy")


async def test_lockout(bench: Bench) -> None:
    """Five wrong passwords; the sixth attempt is not heard, then waits double (section 7.4)."""
    await bench.confirmed("ada")
    for login in ("ada", "nobody"):
        for _ in range(5):
            with pytest.raises(NotAuthorized, match=REFUSED):
                await bench.sign_in(login, password="Wrong0ne!")
        with pytest.raises(NotAuthorized, match="Password attempts exceeded"):
            await bench.sign_in(login)
    bench.clock.advance(1.1)
    with pytest.raises(NotAuthorized, match=REFUSED):
        await bench.sign_in("ada", password="Wrong0ne!")
    bench.clock.advance(1.1)
    with pytest.raises(NotAuthorized, match="Password attempts exceeded"):
        await bench.sign_in("ada")
    bench.clock.advance(1)
    await bench.sign_in("ada")
    with pytest.raises(NotAuthorized, match=REFUSED):
        await bench.sign_in("ada", password="Wrong0ne!")
    await bench.sign_in("ada")


async def test_lockout_holds_against_a_burst(bench: Bench) -> None:
    """Twenty guesses at once are no better than twenty in a row."""
    await bench.confirmed("ada")
    guesses = (bench.sign_in("ada", password=f"Wrong0ne!{n}") for n in range(20))
    outcomes = await asyncio.gather(*guesses, return_exceptions=True)
    texts = [str(outcome) for outcome in outcomes]
    assert texts.count("Incorrect username or password.") == 5
    assert texts.count("Password attempts exceeded") == 15


async def test_lockout_covers_srp(bench: Bench) -> None:
    """The claims count like passwords."""
    await bench.confirmed("ada")
    for attempt in range(6):
        srp, parameters = await bench.challenge("ada")
        wrong = srp.answer(parameters, "Wrong0ne!", bench.clock.now())
        text = REFUSED if attempt < 5 else "Password attempts exceeded"
        with pytest.raises(NotAuthorized, match=text):
            await respond(bench, wrong)


async def invited(bench: Bench, name: str = "diego") -> dict[str, Any]:
    """A new user's first step."""
    await bench.call(
        "AdminCreateUser", UserPoolId=NAMES.id, Username=name, TemporaryPassword="Temp!2345"
    )
    return await first_step(bench, name)


async def first_step(bench: Bench, name: str = "diego") -> dict[str, Any]:
    return await bench.call(
        "InitiateAuth",
        ClientId="names",
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": "Temp!2345"},
    )


async def pick(
    bench: Bench, session: str, password: str = PASSWORD, client: str = "names", user: str = "diego"
) -> dict[str, Any]:
    responses = {"USERNAME": user, "NEW_PASSWORD": password}
    name = "NEW_PASSWORD_REQUIRED"
    return await respond(bench, responses, client, ChallengeName=name, Session=session)


async def test_new_password_challenge(bench: Bench) -> None:
    """JSON strings, a session for one use, which a weak password does not use up."""
    answer = await invited(bench)
    assert answer["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert answer["ChallengeParameters"] == {
        "USER_ID_FOR_SRP": "diego",
        "requiredAttributes": "[]",
        "userAttributes": "{}",
    }
    session = answer["Session"]
    assert 20 <= len(session) <= 2048
    with pytest.raises(InvalidPassword):
        await pick(bench, session, "weak")
    with pytest.raises(NotAuthorized, match=r"Invalid session for the user.$"):
        await pick(bench, session, client="legacy")
    with pytest.raises(NotAuthorized, match=r"Invalid session for the user.$"):
        await pick(bench, session, user="eve")
    assert "AuthenticationResult" in await pick(bench, session)
    with pytest.raises(NotAuthorized, match="session can only be used once"):
        await pick(bench, session)


async def test_temporary_password_expires(bench: Bench) -> None:
    """After seven days; RESEND renews it."""
    await invited(bench)
    bench.clock.advance(7 * 86400 + 1)
    with pytest.raises(NotAuthorized, match="Temporary password has expired and must be reset"):
        await first_step(bench)
    await bench.call(
        "AdminCreateUser",
        UserPoolId=NAMES.id,
        Username="diego",
        TemporaryPassword="Temp!2345",
        MessageAction="RESEND",
    )
    assert "Session" in await first_step(bench)


async def test_status_decides_before_the_password(bench: Bench) -> None:
    """LEGACY clients are told of unknown users; nobody is told of a disabled one too early."""
    with pytest.raises(UserNotFound):
        await bench.sign_in("nobody", "legacy")
    await bench.confirmed("ada")
    await bench.call("AdminDisableUser", UserPoolId=NAMES.id, Username="ada")
    with pytest.raises(NotAuthorized, match=REFUSED):
        await bench.sign_in("ada", password="Wrong0ne!")
    with pytest.raises(NotAuthorized, match=r"User is disabled."):
        await bench.sign_in("ada")
    await bench.call("AdminEnableUser", UserPoolId=NAMES.id, Username="ada")
    await bench.sign_in("ada")
