"""CUSTOM_AUTH: three functions decide; and the functions that word messages and add claims."""

import re
from typing import Any

import pytest
from jose import jwt

from emulator.cognito.errors import (
    InvalidLambdaResponse,
    InvalidParameter,
    NotAuthorized,
    UserNotFound,
)
from tests.emulator.cognito.bench import Bench
from tests.emulator.cognito.stacks import CUSTOM, PASSWORD
from tests.support.sign_ins import SrpClient


Event = dict[str, Any]


def define(event: Event) -> Event:
    """The password, where the client has announced it; then up to two riddles."""
    session = event["request"]["session"]
    last = session[-1] if session else None
    response: Event
    if last == {"challengeName": "SRP_A", "challengeResult": True, "challengeMetadata": None}:
        response = {"challengeName": "PASSWORD_VERIFIER"}
    elif last and last["challengeName"] == "CUSTOM_CHALLENGE" and last["challengeResult"]:
        response = {"issueTokens": True}
    elif sum(each["challengeName"] == "CUSTOM_CHALLENGE" for each in session) >= 2:
        response = {"failAuthentication": True}
    else:
        response = {"challengeName": "CUSTOM_CHALLENGE"}
    return event | {"response": response}


def create(event: Event) -> Event:
    response = {
        "publicChallengeParameters": {"riddle": "How much is one and one?"},
        "privateChallengeParameters": {"answer": "2"},
        "challengeMetadata": "RIDDLE",
    }
    return event | {"response": response}


def verify(event: Event) -> Event:
    request = event["request"]
    right = request["privateChallengeParameters"]["answer"] == request["challengeAnswer"]
    return event | {"response": {"answerCorrect": right}}


@pytest.fixture
async def riddles(bench: Bench) -> Bench:
    bench.invoker.functions |= {"define": define, "create": create, "verify": verify}
    await bench.confirmed("ada", "custom")
    bench.invoker.events.clear()
    return bench


async def begin(bench: Bench, client: str = "custom", name: str = "ada", **more: str) -> Event:
    return await bench.call(
        "InitiateAuth",
        ClientId=client,
        AuthFlow="CUSTOM_AUTH",
        AuthParameters={"USERNAME": name, **more},
        ClientMetadata={"device": "lab"},
    )


async def solve(bench: Bench, session: str, answer: str, client: str = "custom") -> Event:
    return await bench.call(
        "RespondToAuthChallenge",
        ClientId=client,
        ChallengeName="CUSTOM_CHALLENGE",
        Session=session,
        ChallengeResponses={"USERNAME": "ada", "ANSWER": answer},
    )


async def test_a_right_answer(riddles: Bench) -> None:
    """What each function gets, and tokens at the end."""
    challenge = await begin(riddles)
    assert challenge["ChallengeName"] == "CUSTOM_CHALLENGE"
    parameters = {"USERNAME": "ada", "riddle": "How much is one and one?"}
    assert challenge["ChallengeParameters"] == parameters
    result = await solve(riddles, challenge["Session"], "2")
    assert "AuthenticationResult" in result
    first, made, judged, last, token = riddles.invoker.events
    sources = [event["triggerSource"] for event in riddles.invoker.events]
    assert sources == [
        "DefineAuthChallenge_Authentication",
        "CreateAuthChallenge_Authentication",
        "VerifyAuthChallengeResponse_Authentication",
        "DefineAuthChallenge_Authentication",
        "TokenGeneration_Authentication",
    ]
    assert first["request"]["session"] == []
    assert first["request"]["userNotFound"] is False
    assert first["request"]["clientMetadata"] == {"device": "lab"}
    assert first["request"]["userAttributes"]["email"] == "ada@lab.example"
    assert first["response"] == {
        "challengeName": None,
        "issueTokens": None,
        "failAuthentication": None,
    }
    assert made["request"]["challengeName"] == "CUSTOM_CHALLENGE"
    assert judged["request"]["privateChallengeParameters"] == {"answer": "2"}
    assert judged["request"]["challengeAnswer"] == "2"
    assert last["request"]["session"] == [
        {
            "challengeName": "CUSTOM_CHALLENGE",
            "challengeResult": True,
            "challengeMetadata": "RIDDLE",
        }
    ]
    assert token["request"]["groupConfiguration"]["groupsToOverride"] == []


async def test_wrong_answers(riddles: Bench) -> None:
    """Define hears of each and ends it; a session works once."""
    session = (await begin(riddles))["Session"]
    second = await solve(riddles, session, "3")
    assert second["ChallengeName"] == "CUSTOM_CHALLENGE"
    with pytest.raises(NotAuthorized, match="once"):
        await solve(riddles, session, "2")
    with pytest.raises(NotAuthorized, match=r"^Incorrect username or password.$"):
        await solve(riddles, second["Session"], "3")


async def test_with_the_password_first(riddles: Bench) -> None:
    """CHALLENGE_NAME SRP_A: the functions may ask for it, and the riddle still comes."""
    srp = SrpClient(CUSTOM.id)
    more = {"CHALLENGE_NAME": "SRP_A", "SRP_A": f"{srp.a_public:x}"}

    async def prove(password: str) -> Event:
        challenge = await begin(riddles, **more)
        assert challenge["ChallengeName"] == "PASSWORD_VERIFIER"
        responses = srp.answer(challenge["ChallengeParameters"], password, riddles.clock.now())
        return await riddles.call(
            "RespondToAuthChallenge",
            ClientId="custom",
            ChallengeName="PASSWORD_VERIFIER",
            ChallengeResponses=responses,
        )

    with pytest.raises(NotAuthorized):
        await prove("Wr0ng!password")
    riddle = await prove(PASSWORD)
    assert riddle["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert "AuthenticationResult" in await solve(riddles, riddle["Session"], "2")


async def test_users_who_do_not_exist(riddles: Bench) -> None:
    """Told, or played to the end and never let in."""
    with pytest.raises(UserNotFound):
        await begin(riddles, name="nobody")
    challenge = await begin(riddles, "hiding", "nobody")
    assert riddles.invoker.events[-1]["request"].get("userNotFound") is not False
    with pytest.raises(NotAuthorized, match=r"^Incorrect username or password.$"):
        await riddles.call(
            "RespondToAuthChallenge",
            ClientId="hiding",
            ChallengeName="CUSTOM_CHALLENGE",
            Session=challenge["Session"],
            ChallengeResponses={"USERNAME": "nobody", "ANSWER": "2"},
        )


@pytest.mark.parametrize(
    "response", [{}, {"challengeName": 7}, {"challengeName": "SMS_MFA"}, {"issueTokens": False}]
)
async def test_decisions_that_are_none(riddles: Bench, response: Event) -> None:
    """InvalidLambdaResponse, never tokens."""
    riddles.invoker.functions["define"] = lambda event: event | {"response": response}
    with pytest.raises(InvalidLambdaResponse):
        await begin(riddles)


async def test_pools_without_the_functions(bench: Bench) -> None:
    """Say so."""
    await bench.confirmed("ada")
    with pytest.raises(InvalidParameter, match="CUSTOM_AUTH flow not enabled"):
        await begin(bench, "names")


async def test_claims(riddles: Bench) -> None:
    """PreTokenGeneration adds and removes claims of the ID token, and replaces groups in both."""

    def change(event: Event) -> Event:
        details = {
            "claimsToAddOrOverride": {"desk": 7, "sub": "forged", "nickname": "Ada"},
            "claimsToSuppress": ["email", "iss"],
            "groupOverrideDetails": {"groupsToOverride": ["staff"]},
        }
        return event | {"response": {"claimsOverrideDetails": details}}

    riddles.invoker.functions["tokens"] = change
    result = await riddles.sign_in("ada", "custom")
    identity = jwt.get_unverified_claims(result["IdToken"])
    access = jwt.get_unverified_claims(result["AccessToken"])
    assert (identity["desk"], identity["nickname"]) == ("7", "Ada")
    assert identity["sub"] == access["sub"] != "forged"
    assert "email" not in identity
    assert identity["iss"] == CUSTOM.issuer
    assert identity["cognito:groups"] == access["cognito:groups"] == ["staff"]
    assert "desk" not in access
    await riddles.call(
        "GetTokensFromRefreshToken", ClientId="custom", RefreshToken=result["RefreshToken"]
    )
    sources = [event["triggerSource"] for event in riddles.invoker.events]
    assert sources == ["TokenGeneration_Authentication", "TokenGeneration_RefreshTokens"]


@pytest.mark.parametrize(
    "details", [7, {"claimsToAddOrOverride": 7}, {"claimsToAddOrOverride": {"a": {}}}]
)
async def test_unusable_claims(riddles: Bench, details: object) -> None:
    """InvalidLambdaResponse."""
    answer = {"response": {"claimsOverrideDetails": details}}
    riddles.invoker.functions["tokens"] = lambda event: event | answer
    with pytest.raises(InvalidLambdaResponse):
        await riddles.sign_in("ada", "custom")


async def test_messages(bench: Bench) -> None:
    """CustomMessage words them, with placeholders; without one the pool's own text is sent."""

    def word(event: Event) -> Event:
        request = event["request"]
        text = f"<b>{request['codeParameter']}</b> for {event['triggerSource']}"
        if request["usernameParameter"]:
            text += f" of {request['usernameParameter']}"
        return event | {"response": {"emailMessage": text, "emailSubject": "Hello"}}

    bench.invoker.functions["message"] = word
    await bench.confirmed("ada", "custom")
    [message] = await bench.services.mailbox.newest()
    assert message.subject == "Hello"
    assert re.fullmatch(r"<b>\d{6}</b> for CustomMessage_SignUp", message.body)
    await bench.call("ForgotPassword", ClientId="custom", Username="ada")
    assert "CustomMessage_ForgotPassword" in (await bench.services.mailbox.newest())[0].body
    email = [{"Name": "email", "Value": "d@lab.example"}]
    await bench.call(
        "AdminCreateUser", UserPoolId=CUSTOM.id, Username="diego", UserAttributes=email
    )
    invitation = (await bench.services.mailbox.newest())[0]
    assert invitation.body.endswith(" for CustomMessage_AdminCreateUser of diego")
    assert f"<b>{invitation.code}</b>" in invitation.body
    bench.invoker.functions["message"] = lambda event: (
        event | {"response": {"emailMessage": "no placeholder"}}
    )
    await bench.call("ForgotPassword", ClientId="custom", Username="ada")
    newest = (await bench.services.mailbox.newest())[0]
    assert newest.body == f"Your verification code is {newest.code}."


async def test_a_new_address_waits_for_its_code(bench: Bench) -> None:
    """With AttributesRequireVerificationBeforeUpdate the old one counts, and no other code will do."""
    await bench.confirmed("ada", "custom")
    token = (await bench.sign_in("ada", "custom"))["AccessToken"]
    new = [{"Name": "email", "Value": "new@lab.example"}]

    async def address() -> tuple[str, str]:
        user = await bench.call("GetUser", AccessToken=token)
        found = {pair["Name"]: pair["Value"] for pair in user["UserAttributes"]}
        return found["email"], found["email_verified"]

    old = await bench.call(
        "GetUserAttributeVerificationCode", AccessToken=token, AttributeName="email"
    )
    assert old["CodeDeliveryDetails"]["Destination"] == "a***@l***"
    earlier = await bench.code()
    await bench.call("UpdateUserAttributes", AccessToken=token, UserAttributes=new)
    assert await address() == ("ada@lab.example", "true")
    if earlier != await bench.code():
        with pytest.raises(Exception, match="Invalid verification code"):
            await bench.call(
                "VerifyUserAttribute", AccessToken=token, AttributeName="email", Code=earlier
            )
    again = await bench.call(
        "GetUserAttributeVerificationCode", AccessToken=token, AttributeName="email"
    )
    assert again["CodeDeliveryDetails"]["Destination"] == "n***@l***"
    await bench.call(
        "VerifyUserAttribute", AccessToken=token, AttributeName="email", Code=await bench.code()
    )
    assert await address() == ("new@lab.example", "true")


async def test_what_a_client_reads_and_writes(bench: Bench) -> None:
    """Only the attributes of its lists, in GetUser, in the ID token and in updates."""
    await bench.confirmed("ada", "custom", nickname="A", website="w")
    result = await bench.sign_in("ada", "hiding")
    token = result["AccessToken"]
    user = await bench.call("GetUser", AccessToken=token)
    assert {pair["Name"] for pair in user["UserAttributes"]} == {"sub", "email", "nickname"}
    claims = jwt.get_unverified_claims(result["IdToken"])
    assert {"email", "nickname"} <= claims.keys()
    assert not {"website", "email_verified"} & claims.keys()
    for name, value in (("website", "x"), ("email_verified", "true")):
        pair = [{"Name": name, "Value": value}]
        with pytest.raises(NotAuthorized, match="unauthorized attribute"):
            await bench.call("UpdateUserAttributes", AccessToken=token, UserAttributes=pair)
    with pytest.raises(NotAuthorized, match="unauthorized attribute"):
        await bench.call("DeleteUserAttributes", AccessToken=token, UserAttributeNames=["website"])
    pair = [{"Name": "nickname", "Value": "B"}]
    await bench.call("UpdateUserAttributes", AccessToken=token, UserAttributes=pair)
