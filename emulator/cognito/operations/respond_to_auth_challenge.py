"""RespondToAuthChallenge (reference section 2.5): picks the challenge."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.cognito.errors import InvalidParameter
from emulator.cognito.operations.new_password import NewPassword
from emulator.cognito.operations.srp_auth import SrpAuth
from emulator.cognito.pools import Pools


@dataclass(frozen=True, slots=True)
class RespondToAuthChallenge:
    """The second and later steps of a sign-in."""

    pools: Pools
    srp: SrpAuth
    new_password: NewPassword

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Tokens, or the next challenge."""
        pool, client = self.pools.client(request["ClientId"])
        responses = request.get("ChallengeResponses", {})
        match name := request["ChallengeName"]:
            case "PASSWORD_VERIFIER":
                return await self.srp.finish(pool, client, responses)
            case "NEW_PASSWORD_REQUIRED":
                session = request.get("Session", "")
                return await self.new_password.respond(pool, client, session, responses)
            case _:
                raise InvalidParameter(f"{name} is not supported by this emulator")
