"""InitiateAuth (reference section 2.4): picks the flow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.cognito.errors import InvalidParameter
from emulator.cognito.operations.password_auth import PasswordAuth
from emulator.cognito.operations.refresh import RefreshAuth
from emulator.cognito.operations.srp_auth import SrpAuth
from emulator.cognito.pools import Pools
from emulator.template.model import UserPoolClient


LEGACY = frozenset({"ADMIN_NO_SRP_AUTH", "CUSTOM_AUTH_FLOW_ONLY", "USER_PASSWORD_AUTH"})
"""Old values of ExplicitAuthFlows; with them SRP and refreshing are always allowed."""


@dataclass(frozen=True, slots=True)
class InitiateAuth:
    """The first step of every sign-in, and the classic way to refresh."""

    pools: Pools
    srp: SrpAuth
    password: PasswordAuth
    refresh: RefreshAuth

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Run the flow, if the client may."""
        pool, client = self.pools.client(request["ClientId"])
        flow = request["AuthFlow"]
        if flow == "REFRESH_TOKEN":
            flow = "REFRESH_TOKEN_AUTH"
        if flow.startswith("ADMIN_"):
            raise InvalidParameter("Initiate Auth method not supported")
        if not allows(client, flow):
            raise InvalidParameter(f"{flow} flow not enabled for this client")
        parameters = request.get("AuthParameters", {})
        match flow:
            case "USER_SRP_AUTH":
                return await self.srp.begin(pool, client, parameters)
            case "USER_PASSWORD_AUTH":
                return await self.password.sign_in(pool, client, parameters)
            case "REFRESH_TOKEN_AUTH":
                return await self.refresh.refresh(pool, client, parameters)
            case _:
                raise InvalidParameter(f"{flow} is not supported by this emulator")


def allows(client: UserPoolClient, flow: str) -> bool:
    """Whether ExplicitAuthFlows has the flow, in new or legacy spelling (section 4.2)."""
    if flow == "REFRESH_TOKEN_AUTH" and client.refresh_rotation_grace is not None:
        return False  # rotation leaves GetTokensFromRefreshToken as the only way (section 2.6)
    if client.auth_flows & LEGACY:
        return flow in client.auth_flows or flow in ("USER_SRP_AUTH", "REFRESH_TOKEN_AUTH")
    return f"ALLOW_{flow}" in client.auth_flows
