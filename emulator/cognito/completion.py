"""What follows the right password: tokens, or the demand for a new one (reference section 2.5)."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from emulator.clock import Clock, Entropy
from emulator.cognito.attributes import missing
from emulator.cognito.errors import NotAuthorized
from emulator.cognito.sessions import NewPasswordChallenge, Sessions, session_key
from emulator.cognito.sign_ins import SignIn, SignIns
from emulator.cognito.tokens import Tokens
from emulator.cognito.user import Status, User
from emulator.template.model import UserPool, UserPoolClient


class Completion:
    """Ends a sign-in."""

    def __init__(
        self,
        tokens: Tokens,
        sign_ins: SignIns,
        new_passwords: Sessions[NewPasswordChallenge],
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._tokens = tokens
        self._sign_ins = sign_ins
        self._new_passwords = new_passwords
        self._clock = clock
        self._entropy = entropy

    async def after_password(
        self, pool: UserPool, client: UserPoolClient, user: User
    ) -> dict[str, Any]:
        """The password was right. Only now is it told that the user is disabled (section 2.4)."""
        if not user.enabled:
            raise NotAuthorized("User is disabled.")
        if user.status is not Status.FORCE_CHANGE_PASSWORD:
            return await self.tokens(pool, client, user)
        days = pool.password_policy.temporary_password_validity_days
        if user.password_set + self._clock.duration(days * 86400) < self._clock.now():
            raise NotAuthorized(
                "Temporary password has expired and must be reset by an administrator."
            )
        return self._demand_new_password(pool, client, user)

    async def tokens(self, pool: UserPool, client: UserPoolClient, user: User) -> dict[str, Any]:
        """A new sign-in."""
        sign_in, refresh_token = await self._sign_ins.open(pool, client, user)
        result = await self.refreshed(pool, client, user, sign_in)
        result["RefreshToken"] = refresh_token
        return {"AuthenticationResult": result, "ChallengeParameters": {}}

    async def refreshed(
        self, pool: UserPool, client: UserPoolClient, user: User, sign_in: SignIn
    ) -> dict[str, Any]:
        """An AuthenticationResult of an existing sign-in; signing is done in a thread."""
        pair = await asyncio.to_thread(self._tokens.mint, pool, client, user, sign_in)
        return {
            "AccessToken": pair.access,
            "ExpiresIn": pair.expires_in,
            "IdToken": pair.id,
            "TokenType": "Bearer",
        }

    def _demand_new_password(
        self, pool: UserPool, client: UserPoolClient, user: User
    ) -> dict[str, Any]:
        session = session_key(self._entropy)
        challenge = NewPasswordChallenge(pool.id, client.id, user.sub)
        self._new_passwords.open(session, challenge, client.auth_session_validity)
        required = [f"userAttributes.{name}" for name in missing(pool, user.attributes)]
        return {
            "ChallengeName": "NEW_PASSWORD_REQUIRED",
            "ChallengeParameters": {
                "USER_ID_FOR_SRP": user.username,
                "requiredAttributes": _json(required),
                "userAttributes": _json(user.attributes),
            },
            "Session": session,
        }


def _json(value: Mapping[str, str] | list[str]) -> str:
    """Both parameters are JSON inside of JSON, which Amplify parses (section 2.5)."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
