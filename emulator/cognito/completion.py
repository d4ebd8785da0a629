"""What follows the right password: tokens, or another challenge (reference section 2.5)."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.clock import Clock
from emulator.cognito.attempt import Attempt
from emulator.cognito.attributes import missing
from emulator.cognito.claims import granted
from emulator.cognito.errors import NotAuthorized
from emulator.cognito.groups import Groups
from emulator.cognito.sessions import (
    CodeChallenge,
    NewPasswordChallenge,
    Sessions,
    SetupChallenge,
)
from emulator.cognito.sign_ins import SignIn, SignIns
from emulator.cognito.software_tokens import SETTING, SoftwareTokens
from emulator.cognito.tokens import Tokens
from emulator.cognito.triggers import Occasion, Triggers
from emulator.cognito.user import Status, User


AUTHENTICATION = "TokenGeneration_Authentication"
NEW_PASSWORD = "TokenGeneration_NewPasswordChallenge"  # noqa: S105 - a source, not a password
REFRESH = "TokenGeneration_RefreshTokens"


@dataclass(frozen=True, slots=True)
class Completion:
    """Ends a sign-in."""

    tokens: Tokens
    sign_ins: SignIns
    sessions: Sessions
    software_tokens: SoftwareTokens
    groups: Groups
    triggers: Triggers
    clock: Clock

    async def after_password(self, attempt: Attempt, user: User) -> dict[str, Any]:
        """The password was right. Only now is it told that the user is disabled (section 2.4)."""
        refuse_disabled(user)
        if user.status is not Status.FORCE_CHANGE_PASSWORD:
            return await self.second_factor(attempt, user, AUTHENTICATION)
        days = attempt.pool.password_policy.temporary_password_validity_days
        if user.password_set + self.clock.duration(days * 86400) < self.clock.now():
            raise NotAuthorized(
                "Temporary password has expired and must be reset by an administrator."
            )
        return self._demand_new_password(attempt, user)

    async def second_factor(self, attempt: Attempt, user: User, source: str) -> dict[str, Any]:
        """A code of the user's app, where pool and user want one; else tokens."""
        pool, client = attempt.pool, attempt.client
        if pool.mfa == "OFF" or not pool.software_tokens:
            return await self.sign_in(attempt, user, source)
        token = await self.software_tokens.of(user)
        if token.counts(pool):
            code = CodeChallenge(pool.id, client.id, user.sub, source)
            device = {"FRIENDLY_DEVICE_NAME": token.device} if token.device else {}
            return self._challenge(attempt, SETTING, code, device)
        if pool.mfa == "ON":
            setup = SetupChallenge(pool.id, client.id, user.sub, source)
            return self._challenge(
                attempt, "MFA_SETUP", setup, {"MFAS_CAN_SETUP": _json([SETTING])}
            )
        return await self.sign_in(attempt, user, source)

    async def sign_in(self, attempt: Attempt, user: User, source: str) -> dict[str, Any]:
        """Tokens of a new sign-in."""
        sign_in, refresh_token = await self.sign_ins.open(attempt.pool, attempt.client, user)
        result = await self.issue(attempt, user, sign_in, source)
        result["RefreshToken"] = refresh_token
        return {"AuthenticationResult": result, "ChallengeParameters": {}}

    async def issue(
        self, attempt: Attempt, user: User, sign_in: SignIn, source: str
    ) -> dict[str, Any]:
        """An AuthenticationResult of an existing sign-in; signing is done in a thread."""
        pool, client = attempt.pool, attempt.client
        grants = granted(await self.groups.of_user(user))
        occasion = Occasion(source, client.id, attempt.metadata)
        extras = await self.triggers.pre_token_generation(pool, user, occasion, grants)
        pair = await asyncio.to_thread(self.tokens.mint, pool, client, user, sign_in, extras)
        return {
            "AccessToken": pair.access,
            "ExpiresIn": pair.expires_in,
            "IdToken": pair.id,
            "TokenType": "Bearer",
        }

    def _demand_new_password(self, attempt: Attempt, user: User) -> dict[str, Any]:
        pool = attempt.pool
        required = [f"userAttributes.{name}" for name in missing(pool, user.attributes)]
        parameters = {
            "USER_ID_FOR_SRP": user.username,
            "requiredAttributes": _json(required),
            "userAttributes": _json(user.attributes),
        }
        challenge = NewPasswordChallenge(pool.id, attempt.client.id, user.sub)
        return self._challenge(attempt, "NEW_PASSWORD_REQUIRED", challenge, parameters)

    def _challenge(
        self,
        attempt: Attempt,
        name: str,
        challenge: CodeChallenge | NewPasswordChallenge | SetupChallenge,
        parameters: Mapping[str, str],
    ) -> dict[str, Any]:
        return {
            "ChallengeName": name,
            "ChallengeParameters": dict(parameters),
            "Session": self.sessions.open(attempt.client, challenge),
        }


def refuse_disabled(user: User) -> None:
    """Only for callers who have proved who they are."""
    if not user.enabled:
        raise NotAuthorized("User is disabled.")


def _json(value: Mapping[str, str] | list[str]) -> str:
    """These parameters are JSON inside of JSON, which Amplify parses (section 2.5)."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
