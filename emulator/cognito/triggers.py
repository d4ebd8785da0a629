"""Lambda triggers: the events a pool's functions get, and what their answers mean (section 9)."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from emulator.cognito.claims import Extras, Grants, overridden
from emulator.cognito.errors import (
    InvalidLambdaResponse,
    InvalidParameter,
    UnexpectedLambda,
    UserLambdaValidation,
)
from emulator.cognito.user import User
from emulator.errors import AwsError
from emulator.runtime.invoker import Invoker, Result
from emulator.template.model import UserPool


LIMIT = 5.0
"""Seconds a function may take. Not subject to the time scale: the function's work is real."""
ATTEMPTS = 3
CODE, USERNAME = "{####}", "{username}"
"""What CustomMessage is told to write where the code and the user name belong."""
NO_CLIENT = "CLIENT_ID_NOT_APPLICABLE"
"""`callerContext.clientId` when an administrator acts."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why a trigger runs: its source, the client that caused it, and what the caller passed."""

    source: str
    client_id: str = NO_CLIENT
    metadata: Mapping[str, str] | None = None
    validation_data: Mapping[str, str] | None = None

    @property
    def trigger(self) -> str:
        """`PreSignUp` of `PreSignUp_AdminCreateUser`; one has another name in its source."""
        name = self.source.partition("_")[0]
        return "PreTokenGeneration" if name == "TokenGeneration" else name

    def of(self, source: str) -> "Occasion":
        """The same caller, another trigger."""
        return replace(self, source=source)


@dataclass(frozen=True, slots=True)
class SignUpVerdict:
    """What PreSignUp decided."""

    confirm: bool = False
    verify_email: bool = False
    verify_phone: bool = False


NO_ANSWER: dict[str, dict[str, Any]] = {
    "DefineAuthChallenge": {"challengeName": None, "issueTokens": None, "failAuthentication": None},
    "CreateAuthChallenge": {
        "publicChallengeParameters": None,
        "privateChallengeParameters": None,
        "challengeMetadata": None,
    },
    "VerifyAuthChallengeResponse": {"answerCorrect": None},
}
"""The `response` that each function of CUSTOM_AUTH gets to fill in."""


class Triggers:
    """Runs the functions that a pool names in its LambdaConfig."""

    def __init__(self, invoker: Invoker, limit: float = LIMIT) -> None:
        self._invoker = invoker
        self._limit = limit

    async def pre_sign_up(self, pool: UserPool, user: User, occasion: Occasion) -> SignUpVerdict:
        """Ask whether `user`, who is not stored yet, may be."""
        request = {
            "userAttributes": dict(user.attributes),
            "validationData": occasion.validation_data,
        }
        response = {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False}
        answer = await self._run(pool, user, occasion, (request, response))
        flags = [answer.get(name, False) for name in response]
        if not all(flag is None or isinstance(flag, bool) for flag in flags):
            raise InvalidLambdaResponse
        return SignUpVerdict(*(flag is True for flag in flags))

    async def post_confirmation(self, pool: UserPool, user: User, occasion: Occasion) -> None:
        """Tell that a user has been confirmed; the answer is ignored, an error is not."""
        await self._run(pool, user, occasion, ({"userAttributes": all_attributes(user)}, {}))

    async def custom_message(
        self, pool: UserPool, user: User, occasion: Occasion
    ) -> dict[str, Any]:
        """The function's own words for a message: smsMessage, emailMessage, emailSubject."""
        request = {
            "userAttributes": all_attributes(user),
            "codeParameter": CODE,
            "linkParameter": "{##Click Here##}",
            "usernameParameter": USERNAME if occasion.source.endswith("AdminCreateUser") else None,
        }
        response = {"smsMessage": None, "emailMessage": None, "emailSubject": None}
        return await self._run(pool, user, occasion, (request, response))

    async def pre_token_generation(
        self, pool: UserPool, user: User, occasion: Occasion, grants: Grants
    ) -> Extras:
        """What the tokens of a sign-in shall say, by version V1_0 of the event."""
        request = {
            "userAttributes": all_attributes(user),
            "groupConfiguration": grants.document(),
        }
        response = {"claimsOverrideDetails": None}
        return overridden(grants, await self._run(pool, user, occasion, (request, response)))

    async def challenge(
        self, pool: UserPool, user: User, occasion: Occasion, request: Mapping[str, Any]
    ) -> dict[str, Any]:
        """One of the three of CUSTOM_AUTH; a pool without it cannot do that flow."""
        if occasion.trigger not in pool.triggers:
            raise InvalidParameter(
                "Custom auth lambda trigger is not configured for the user pool."
            )
        asked = {"userAttributes": all_attributes(user), **request}
        return await self._run(pool, user, occasion, (asked, dict(NO_ANSWER[occasion.trigger])))

    async def _run(
        self,
        pool: UserPool,
        user: User,
        occasion: Occasion,
        body: tuple[dict[str, Any], dict[str, Any]],
    ) -> dict[str, Any]:
        """The `response` of the function; the untouched one if the pool has no such trigger."""
        request, response = body
        function = pool.triggers.get(occasion.trigger)
        if function is None:
            return response
        if occasion.metadata is not None:
            request["clientMetadata"] = dict(occasion.metadata)
        event = {
            "version": "1",
            "triggerSource": occasion.source,
            "region": pool.region,
            "userPoolId": pool.id,
            "userName": user.username,
            "callerContext": {
                "awsSdkVersion": "aws-sdk-unknown-unknown",
                "clientId": occasion.client_id,
            },
            "request": request,
            "response": response,
        }
        result = await self._invoke(function, occasion.trigger, json.dumps(event).encode())
        return _response(result, occasion.trigger)

    async def _invoke(self, function: str, trigger: str, event: bytes) -> Result:
        problem = ""
        for _ in range(ATTEMPTS):
            try:
                async with asyncio.timeout(self._limit):
                    result = await self._invoker.invoke(function, event)
            except TimeoutError:
                problem = "Socket timeout while invoking Lambda function"
            except AwsError as error:
                problem = error.code
            else:
                # Errors of the platform, such as Sandbox.Timedout, are worth another attempt;
                # what the function itself raised is its answer.
                if result.error is None or not result.error.startswith("Sandbox."):
                    return result
                problem = result.error
        raise UnexpectedLambda(f"{trigger} invocation failed due to error {problem}.")


def all_attributes(user: User) -> dict[str, str]:
    """`userAttributes` of a user who exists."""
    return {"sub": user.sub, "cognito:user_status": user.status.value, **user.attributes}


def _response(result: Result, trigger: str) -> dict[str, Any]:
    document = result.document()
    if result.error is not None:
        detail = document.get("errorMessage") if isinstance(document, dict) else None
        raise UserLambdaValidation(f"{trigger} failed with error {detail or result.error}.")
    if not isinstance(document, dict):
        raise InvalidLambdaResponse
    response = document.get("response", {})
    if response is None:
        return {}
    if not isinstance(response, dict):
        raise InvalidLambdaResponse
    return response
