"""Lambda triggers: the events a pool's functions get, and what their answers mean (section 9)."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.cognito.errors import (
    InvalidLambdaResponse,
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
        """`PreSignUp` of `PreSignUp_AdminCreateUser`."""
        return self.source.partition("_")[0]


@dataclass(frozen=True, slots=True)
class SignUpVerdict:
    """What PreSignUp decided."""

    confirm: bool = False
    verify_email: bool = False
    verify_phone: bool = False


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
        attributes = {
            "sub": user.sub,
            "cognito:user_status": user.status.value,
            **user.attributes,
        }
        await self._run(pool, user, occasion, ({"userAttributes": attributes}, {}))

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
