"""RespondToAuthChallenge and AdminRespondToAuthChallenge (reference section 2.5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.cognito.attempt import Attempt
from emulator.cognito.errors import InvalidParameter
from emulator.cognito.operations.custom_auth import CustomAuth
from emulator.cognito.operations.new_password import NewPassword
from emulator.cognito.operations.second_factor import SecondFactor
from emulator.cognito.operations.srp_auth import SrpAuth
from emulator.cognito.pools import Pools


@dataclass(frozen=True, slots=True)
class Answers:
    """The ways to go on."""

    srp: SrpAuth
    new_password: NewPassword
    second_factor: SecondFactor
    custom: CustomAuth

    async def take(self, name: str, attempt: Attempt) -> dict[str, Any]:
        """Tokens, or the next challenge."""
        match name:
            case "PASSWORD_VERIFIER":
                return await self.srp.finish(attempt)
            case "NEW_PASSWORD_REQUIRED":
                return await self.new_password.respond(attempt)
            case "SOFTWARE_TOKEN_MFA":
                return await self.second_factor.code(attempt)
            case "MFA_SETUP":
                return await self.second_factor.set_up(attempt)
            case "CUSTOM_CHALLENGE":
                return await self.custom.respond(attempt)
            case _:
                raise InvalidParameter(f"{name} is not supported by this emulator")


@dataclass(frozen=True, slots=True)
class RespondToAuthChallenge:
    """The second and later steps of a sign-in; AdminRespondToAuthChallenge names the pool too."""

    pools: Pools
    answers: Answers

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Hand the answer on."""
        pool, client = self.pools.client(request["ClientId"])
        if "UserPoolId" in request:
            pool = self.pools.pool(request["UserPoolId"])
            client = self.pools.client_of(pool, request["ClientId"])
        attempt = Attempt(
            pool,
            client,
            request.get("ChallengeResponses", {}),
            request.get("Session", ""),
            request.get("ClientMetadata"),
        )
        return await self.answers.take(request["ChallengeName"], attempt)
