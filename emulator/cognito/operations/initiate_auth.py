"""InitiateAuth and AdminInitiateAuth (reference section 2.4): pick the flow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.cognito.attempt import Attempt
from emulator.cognito.errors import InvalidParameter
from emulator.cognito.operations.custom_auth import CustomAuth, passed
from emulator.cognito.operations.password_auth import PasswordAuth
from emulator.cognito.operations.refresh import RefreshAuth
from emulator.cognito.operations.srp_auth import SrpAuth
from emulator.cognito.pools import Pools
from emulator.template.model import UserPoolClient


SAME = {"REFRESH_TOKEN": "REFRESH_TOKEN_AUTH", "ADMIN_NO_SRP_AUTH": "ADMIN_USER_PASSWORD_AUTH"}
"""Flows with two names."""

LEGACY = {
    "ADMIN_USER_PASSWORD_AUTH": "ADMIN_NO_SRP_AUTH",
    "CUSTOM_AUTH": "CUSTOM_AUTH_FLOW_ONLY",
    "USER_PASSWORD_AUTH": "USER_PASSWORD_AUTH",
}
"""Old values of ExplicitAuthFlows; with them SRP and refreshing are always allowed."""


@dataclass(frozen=True, slots=True)
class Flows:
    """The ways to begin."""

    srp: SrpAuth
    password: PasswordAuth
    refresh: RefreshAuth
    custom: CustomAuth

    async def run(self, flow: str, attempt: Attempt) -> dict[str, Any]:
        """Tokens or the first challenge."""
        match flow:
            case "USER_SRP_AUTH":
                return await self.srp.begin(attempt)
            case "USER_PASSWORD_AUTH" | "ADMIN_USER_PASSWORD_AUTH":
                return await self.password.sign_in(attempt)
            case "REFRESH_TOKEN_AUTH":
                return await self.refresh.refresh(attempt)
            case "CUSTOM_AUTH":
                return await self._custom(attempt)
            case _:
                raise InvalidParameter(f"{flow} is not supported by this emulator")

    async def _custom(self, attempt: Attempt) -> dict[str, Any]:
        """With `CHALLENGE_NAME: SRP_A`, the functions may ask for the password too."""
        login = attempt.needed("USERNAME")
        attempt.check_secret(login)
        if attempt.parameters.get("CHALLENGE_NAME") != "SRP_A":
            return await self.custom.go_on(attempt, login, ())
        history = (passed("SRP_A"),)
        decision = await self.custom.decide(attempt, login, history)
        if decision.challenge == "PASSWORD_VERIFIER":
            return await self.srp.begin(attempt, history)
        return await self.custom.follow(attempt, login, history, decision)


@dataclass(frozen=True, slots=True)
class InitiateAuth:
    """The first step of every sign-in, and the classic way to refresh."""

    pools: Pools
    flows: Flows

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Run the flow, if the client may."""
        pool, client = self.pools.client(request["ClientId"])
        flow = SAME.get(request["AuthFlow"], request["AuthFlow"])
        if flow.startswith("ADMIN_"):
            raise InvalidParameter("Initiate Auth method not supported")
        if not allows(client, flow):
            raise InvalidParameter(f"{flow} flow not enabled for this client")
        metadata = _metadata(flow, request)
        attempt = Attempt(pool, client, request.get("AuthParameters", {}), metadata=metadata)
        return await self.flows.run(flow, attempt)


@dataclass(frozen=True, slots=True)
class AdminInitiateAuth:
    """The same for a server that holds the password."""

    pools: Pools
    flows: Flows

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The pool is named too, and must be the client's."""
        pool = self.pools.pool(request["UserPoolId"])
        client = self.pools.client_of(pool, request["ClientId"])
        flow = SAME.get(request["AuthFlow"], request["AuthFlow"])
        if flow == "USER_PASSWORD_AUTH" or not allows(client, flow):
            raise InvalidParameter("Auth flow not enabled for this client")
        metadata = _metadata(flow, request)
        attempt = Attempt(pool, client, request.get("AuthParameters", {}), metadata=metadata)
        return await self.flows.run(flow, attempt)


def allows(client: UserPoolClient, flow: str) -> bool:
    """Whether ExplicitAuthFlows has the flow, in new or legacy spelling (section 4.2)."""
    if flow == "REFRESH_TOKEN_AUTH" and client.refresh_rotation_grace is not None:
        return False  # rotation leaves GetTokensFromRefreshToken as the only way (section 2.6)
    if client.auth_flows & frozenset(LEGACY.values()):
        always = flow in ("USER_SRP_AUTH", "REFRESH_TOKEN_AUTH")
        return always or LEGACY.get(flow) in client.auth_flows
    return f"ALLOW_{flow}" in client.auth_flows


def _metadata(flow: str, request: Mapping[str, Any]) -> Mapping[str, str] | None:
    """ClientMetadata of the first step reaches the functions of CUSTOM_AUTH, but not
    PreTokenGeneration, which gets it from RespondToAuthChallenge alone.

    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html
    """
    return request.get("ClientMetadata") if flow == "CUSTOM_AUTH" else None
