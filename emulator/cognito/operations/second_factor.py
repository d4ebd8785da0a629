"""Authenticator apps: setting one up, and its codes at sign-in (reference sections 2.5 and 3)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from emulator.cognito.access import Access
from emulator.cognito.attempt import Attempt
from emulator.cognito.completion import Completion
from emulator.cognito.errors import InvalidParameter, NotAuthorized, SoftwareTokenNotFound
from emulator.cognito.operations.admin_users import Target
from emulator.cognito.operations.challenged import Challenged
from emulator.cognito.pools import Pools
from emulator.cognito.sessions import CodeChallenge, Sessions, SetupChallenge
from emulator.cognito.software_tokens import SoftwareTokens
from emulator.cognito.user import User
from emulator.cognito.users import Users
from emulator.template.model import UserPool


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """The answers SOFTWARE_TOKEN_MFA and MFA_SETUP."""

    software_tokens: SoftwareTokens
    sessions: Sessions
    challenged: Challenged
    completion: Completion

    async def code(self, attempt: Attempt) -> dict[str, Any]:
        """A wrong code leaves the session, so that the next one may be tried."""
        user = await self.challenged.user(attempt, CodeChallenge)
        await self.software_tokens.redeem(user, attempt.needed("SOFTWARE_TOKEN_MFA_CODE"))
        challenge = self.sessions.take(attempt.session, CodeChallenge)
        return await self.completion.sign_in(attempt, user, challenge.source)

    async def set_up(self, attempt: Attempt) -> dict[str, Any]:
        """The session of a successful VerifySoftwareToken."""
        user = await self.challenged.user(attempt, SetupChallenge)
        if not self.sessions.peek(attempt.session, SetupChallenge).done:
            raise NotAuthorized("Invalid session for the user.")
        challenge = self.sessions.take(attempt.session, SetupChallenge)
        return await self.completion.sign_in(attempt, user, challenge.source)


@dataclass(frozen=True, slots=True)
class AssociateSoftwareToken:
    """Hands out a secret, to somebody who is signed in or whose sign-in demands an app."""

    access: Access
    pools: Pools
    users: Users
    sessions: Sessions
    software_tokens: SoftwareTokens

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The secret as people type it; with a session, the one that follows."""
        secret = self.software_tokens.new_secret()
        if "AccessToken" in request:
            caller = await self.access.check(request["AccessToken"])
            refuse_without_apps(caller.pool)
            await self.software_tokens.propose(caller.user, secret)
            return {"SecretCode": secret}
        challenge = self.sessions.take(session_of(request), SetupChallenge)
        _, client = self.pools.client(challenge.client_id)
        session = self.sessions.open(client, replace(challenge, secret=secret))
        return {"SecretCode": secret, "Session": session}


@dataclass(frozen=True, slots=True)
class VerifySoftwareToken:
    """The first code shows that the app has the secret."""

    access: Access
    pools: Pools
    users: Users
    sessions: Sessions
    software_tokens: SoftwareTokens

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """SUCCESS; a wrong code leaves secret and session."""
        code, device = request["UserCode"], request.get("FriendlyDeviceName")
        if "AccessToken" in request:
            caller = await self.access.check(request["AccessToken"])
            refuse_without_apps(caller.pool)
            await self.software_tokens.verify(caller.user, code, device)
            return {"Status": "SUCCESS"}
        challenge = self.sessions.peek(session := session_of(request), SetupChallenge)
        pool, client = self.pools.client(challenge.client_id)
        user = await self.users.by_sub(pool, challenge.sub or "")
        if user is None or challenge.secret is None:
            raise NotAuthorized("Invalid session for the user.")
        await self.software_tokens.set_up(user, challenge.secret, code, device)
        self.sessions.take(session, SetupChallenge)
        done = self.sessions.open(client, replace(challenge, done=True))
        return {"Status": "SUCCESS", "Session": done}


@dataclass(frozen=True, slots=True)
class SetUserMFAPreference:
    """Whether one's own sign-in asks for codes."""

    access: Access
    software_tokens: SoftwareTokens

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Only an app that was verified can be switched on."""
        caller = await self.access.check(request["AccessToken"])
        await prefer(self.software_tokens, caller.user, request)
        return {}


@dataclass(frozen=True, slots=True)
class AdminSetUserMFAPreference:
    """The same by an administrator."""

    target: Target
    software_tokens: SoftwareTokens

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Also for those who have lost their app: switch it off."""
        _, user = await self.target.find(request)
        await prefer(self.software_tokens, user, request)
        return {}


async def prefer(software_tokens: SoftwareTokens, user: User, request: Mapping[str, Any]) -> None:
    """Carry out the settings; other factors than apps cannot be switched on here."""
    for other in ("SMSMfaSettings", "EmailMfaSettings"):
        if request.get(other, {}).get("Enabled"):
            raise InvalidParameter(f"{other}: only software tokens are supported by this emulator")
    wanted = request.get("SoftwareTokenMfaSettings")
    if wanted is None:
        return
    enabled, preferred = wanted.get("Enabled", False), wanted.get("PreferredMfa", False)
    if preferred and not enabled:
        raise InvalidParameter("Invalid MFA preference: the preferred MFA is not enabled")
    if enabled and (await software_tokens.of(user)).secret is None:
        raise InvalidParameter("User has not set up software token mfa")
    await software_tokens.prefer(user, enabled=enabled, preferred=preferred)


def refuse_without_apps(pool: UserPool) -> None:
    """A pool that does not use authenticator apps hands out no secrets."""
    if pool.mfa == "OFF" or not pool.software_tokens:
        raise SoftwareTokenNotFound


def session_of(request: Mapping[str, Any]) -> str:
    """The session of a request that has no access token."""
    session = request.get("Session")
    if session is None:
        raise InvalidParameter("Either AccessToken or Session is required")
    return str(session)
