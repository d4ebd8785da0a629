"""Refreshing: REFRESH_TOKEN_AUTH and GetTokensFromRefreshToken (reference section 2.6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.cognito import secret_hash
from emulator.cognito.attempt import Attempt
from emulator.cognito.completion import REFRESH, Completion
from emulator.cognito.pools import Pools
from emulator.cognito.refreshing import Refreshing


@dataclass(frozen=True, slots=True)
class RefreshAuth:
    """The flow of InitiateAuth. It never returns a new refresh token."""

    refreshing: Refreshing
    completion: Completion

    async def refresh(self, attempt: Attempt) -> dict[str, Any]:
        """New ID and access tokens of the same sign-in."""
        token = attempt.needed("REFRESH_TOKEN")
        if attempt.client.secret is None or "SECRET_HASH" not in attempt.parameters:
            attempt.check_secret()
        user, found = await self.refreshing.find(attempt.pool, attempt.client, token)
        # The token alone says who it is; either name of the user may be hashed (section 7.6).
        attempt.check_secret(user.username, user.sub)
        result = await self.completion.issue(attempt, user, found.sign_in, REFRESH)
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
        attempt = Attempt(pool, client, metadata=request.get("ClientMetadata"))
        result = await self.completion.issue(attempt, user, sign_in, REFRESH)
        if replacement is not None:
            result["RefreshToken"] = replacement
        return {"AuthenticationResult": result}
