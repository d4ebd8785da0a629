"""PreSignUp and PostConfirmation: what functions see, and what their answers do (section 9)."""

import asyncio
import json
from typing import Any

import pytest

from emulator.cognito.errors import (
    InvalidLambdaResponse,
    UnexpectedLambda,
    UserLambdaValidation,
)
from emulator.cognito.triggers import Occasion, Triggers
from emulator.errors import AwsError
from emulator.runtime.invoker import Result
from tests.emulator.cognito.bench import Bench
from tests.emulator.cognito.fakes import Refusal
from tests.emulator.cognito.stacks import GUARDED, PASSWORD


EMAIL = [{"Name": "email", "Value": "ada@lab.example"}]


async def sign_up(bench: Bench, **members: Any) -> dict[str, Any]:
    request = {"Username": "ada", "Password": PASSWORD, "UserAttributes": EMAIL, **members}
    return await bench.call("SignUp", ClientId="guarded", **request)


def answering(**flags: Any) -> Any:
    return lambda event: event | {"response": flags}


async def test_events(bench: Bench) -> None:
    """Exactly AWS's shape, for both triggers."""
    validation = [{"Name": "invite", "Value": "k7"}]
    answer = await sign_up(bench, ValidationData=validation, ClientMetadata={"source": "web"})
    common = {
        "version": "1",
        "region": "us-east-1",
        "userPoolId": GUARDED.id,
        "userName": "ada",
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "guarded"},
    }
    assert bench.invoker.events == [
        common
        | {
            "triggerSource": "PreSignUp_SignUp",
            "request": {
                "userAttributes": {"email": "ada@lab.example"},
                "validationData": {"invite": "k7"},
                "clientMetadata": {"source": "web"},
            },
            "response": {
                "autoConfirmUser": False,
                "autoVerifyEmail": False,
                "autoVerifyPhone": False,
            },
        }
    ]
    await bench.call(
        "ConfirmSignUp",
        ClientId="guarded",
        Username="ada",
        ConfirmationCode=await bench.code(),
    )
    assert bench.invoker.events[1:] == [
        common
        | {
            "triggerSource": "PostConfirmation_ConfirmSignUp",
            "request": {
                "userAttributes": {
                    "sub": answer["UserSub"],
                    "cognito:user_status": "CONFIRMED",
                    "email": "ada@lab.example",
                    "email_verified": "true",
                }
            },
            "response": {},
        }
    ]


async def test_auto_confirmation(bench: Bench) -> None:
    """No code, PostConfirmation runs, the user can sign in at once."""
    bench.invoker.functions["pre"] = answering(autoConfirmUser=True, autoVerifyEmail=True)
    answer = await sign_up(bench)
    assert answer["UserConfirmed"] is True
    assert answer["CodeDeliveryDetails"] is None
    assert await bench.services.mailbox.newest() == []
    sources = [event["triggerSource"] for event in bench.invoker.events]
    assert sources == ["PreSignUp_SignUp", "PostConfirmation_ConfirmSignUp"]
    token = (await bench.sign_in("ada", "guarded"))["AccessToken"]
    attributes = (await bench.call("GetUser", AccessToken=token))["UserAttributes"]
    assert {"Name": "email_verified", "Value": "true"} in attributes


async def test_administrators_do_not_confirm(bench: Bench) -> None:
    """PreSignUp_AdminCreateUser runs, its flags are ignored, PostConfirmation does not run."""
    bench.invoker.functions["pre"] = answering(autoConfirmUser=True)
    answer = await bench.call(
        "AdminCreateUser",
        UserPoolId=GUARDED.id,
        Username="diego",
        MessageAction="SUPPRESS",
        ClientMetadata={"by": "me"},
    )
    assert answer["User"]["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    [event] = bench.invoker.events
    assert event["triggerSource"] == "PreSignUp_AdminCreateUser"
    assert event["callerContext"]["clientId"] == "CLIENT_ID_NOT_APPLICABLE"
    assert event["request"] == {
        "userAttributes": {},
        "validationData": None,
        "clientMetadata": {"by": "me"},
    }


async def test_post_confirmation_error(bench: Bench) -> None:
    """The caller sees it, though the user is confirmed."""

    def fail(event: dict[str, Any]) -> Any:
        raise Refusal("no room")

    bench.invoker.functions["post"] = fail
    await sign_up(bench)
    with pytest.raises(
        UserLambdaValidation, match=r"^PostConfirmation failed with error no room.$"
    ):
        await bench.call(
            "ConfirmSignUp",
            ClientId="guarded",
            Username="ada",
            ConfirmationCode=await bench.code(),
        )
    await bench.sign_in("ada", "guarded")


@pytest.mark.parametrize(
    "answer",
    [None, "no", [], {"response": 7}, {"response": {"autoConfirmUser": "yes"}}, Result(b"<html>")],
)
async def test_unrecognisable_answers(bench: Bench, answer: Any) -> None:
    """Anything but the event."""
    bench.invoker.functions["pre"] = lambda event: answer
    with pytest.raises(InvalidLambdaResponse, match="Unrecognizable lambda output"):
        await sign_up(bench)


@pytest.mark.parametrize("answer", [{}, {"response": None}, {"response": {}}])
async def test_answers_without_flags(bench: Bench, answer: Any) -> None:
    """All flags are optional."""
    bench.invoker.functions["pre"] = lambda event: answer
    assert (await sign_up(bench))["UserConfirmed"] is False


class Hanging:
    """A function that never ends, or a platform that refuses."""

    def __init__(self, outcome: Result | AwsError | None) -> None:
        self.outcome = outcome
        self.calls = 0

    async def invoke(self, function: str, event: bytes) -> Result:
        self.calls += 1
        if isinstance(self.outcome, AwsError):
            raise self.outcome
        if self.outcome is None:
            await asyncio.Event().wait()
        assert self.outcome is not None
        return self.outcome


@pytest.mark.parametrize(
    "outcome",
    [None, AwsError("busy"), Result(b"{}", "Sandbox.Timedout")],
    ids=["hangs", "throttled", "timed out"],
)
async def test_three_attempts(bench: Bench, outcome: Result | AwsError | None) -> None:
    """Failures of the platform are tried again, then reported as such."""
    await sign_up(bench)
    user = await bench.services.users.for_admin(GUARDED, "ada")
    invoker = Hanging(outcome)
    triggers = Triggers(invoker, limit=0.01)
    with pytest.raises(UnexpectedLambda, match="PreSignUp invocation failed due to error"):
        await triggers.pre_sign_up(GUARDED, user, Occasion("PreSignUp_SignUp"))
    assert invoker.calls == 3


async def test_errors_of_the_function_are_final(bench: Bench) -> None:
    """One attempt; without a message the type is shown."""
    await sign_up(bench)
    user = await bench.services.users.for_admin(GUARDED, "ada")
    invoker = Hanging(Result(json.dumps({"errorType": "X"}).encode(), "Runtime.ExitError"))
    with pytest.raises(UserLambdaValidation, match=r"error Runtime\.ExitError"):
        await Triggers(invoker).pre_sign_up(GUARDED, user, Occasion("PreSignUp_SignUp"))
    assert invoker.calls == 1
