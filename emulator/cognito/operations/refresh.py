"""Refreshing: REFRESH_TOKEN_AUTH and GetTokensFromRefreshToken (reference section 2.6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.cognito import secret_hash
from emulator.cognito.completion import Completion
from emulator.cognito.operations.password_auth import needed
from emulator.cognito.pools import Pools
from emulator.cognito.refreshing import Refreshing
from emulator.template.model import UserPool, UserPoolClient


@dataclass(frozen=True, slots=True)
class RefreshAuth:
    """The flow of InitiateAuth. It never returns a new refresh token."""

    refreshing: Refreshing
    completion: Completion

    async def refresh(
        self, pool: UserPool, client: UserPoolClient, parameters: Mapping[str, str]
    ) -> dict[str, Any]:
        """New ID and access tokens of the same sign-in."""
        token = needed(parameters, "REFRESH_TOKEN")
        sent = parameters.get("SECRET_HASH")
        if client.secret is None or sent is None:
            secret_hash.check(client, sent)
        user, found = await self.refreshing.find(pool, client, token)
        # The token alone says who it is; either name of the user may be hashed (section 7.6).
        secret_hash.check(client, sent, user.username, user.sub)
        result = await self.completion.refreshed(pool, client, user, found.sign_in)
        return {"AuthenticationResult": result, "ChallengeParameters": {}}


@dataclass(frozen=True, slots=True)
class GetTokensFromRefreshToken:
    """The operation that Amplify uses, and the only way with rotation on."""

    pools: Pools
    refreshing: Refreshing
    completion: Completion

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """New tokens, with a new refresh token where the client rotates them."""
        pool, client = self.pools.client(request["ClientId"])
        secret_hash.check_plain(client, request.get("ClientSecret"))
        user, found = await self.refreshing.find(pool, client, request["RefreshToken"])
        sign_in, replacement = found.sign_in, None
        if client.refresh_rotation_grace is not None:
            sign_in, replacement = await self.refreshing.rotate(client, found)
        result = await self.completion.refreshed(pool, client, user, sign_in)
        if replacement is not None:
            result["RefreshToken"] = replacement
        return {"AuthenticationResult": result}
