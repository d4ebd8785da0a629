"""Who calls, by the access token in the body: the checks of reference section 3, in its order."""

from dataclasses import dataclass
from typing import Any

from emulator.clock import Clock
from emulator.cognito.errors import (
    NotAuthorized,
    PasswordResetRequired,
    UserNotConfirmed,
    UserNotFound,
)
from emulator.cognito.pools import Pools
from emulator.cognito.sign_ins import SignIns
from emulator.cognito.tokens import SCOPE, BadSignature, Tokens, Unreadable
from emulator.cognito.user import Status, User
from emulator.cognito.users import Users
from emulator.template.model import UserPool, UserPoolClient


@dataclass(frozen=True, slots=True)
class Caller:
    """The bearer of a good access token."""

    pool: UserPool
    client: UserPoolClient
    user: User


class Access:
    """Turns an access token into its user."""

    def __init__(
        self, pools: Pools, tokens: Tokens, users: Users, sign_ins: SignIns, clock: Clock
    ) -> None:
        self._pools = pools
        self._tokens = tokens
        self._users = users
        self._sign_ins = sign_ins
        self._clock = clock

    async def check(self, token: str) -> Caller:
        """Signature, use, expiry, revocation, user, enabled, scope."""
        pool, claims = self._read(token)
        if claims.get("exp", 0) <= self._clock.now():
            raise NotAuthorized("Access Token has expired")
        origin = claims.get("origin_jti")
        if origin is not None and await self._sign_ins.revoked(origin):
            raise NotAuthorized("Access Token has been revoked")
        user = await self._users.by_sub(pool, claims["sub"])
        if user is None:
            raise UserNotFound
        if origin is None and claims["iat"] < user.signed_out:
            # A client without token revocation: only the time of the last global sign-out counts.
            raise NotAuthorized("Access Token has been revoked")
        if not user.enabled:
            raise NotAuthorized("User is disabled.")
        if SCOPE not in claims.get("scope", "").split():
            raise NotAuthorized("Access Token does not have required scopes")
        return Caller(pool, self._pools.client_of(pool, claims["client_id"]), user)

    def _read(self, token: str) -> tuple[UserPool, dict[str, Any]]:
        """What a token says that is one of ours and an access token."""
        try:
            pool_id, claims = self._tokens.read(token)
        except Unreadable:
            raise NotAuthorized("Invalid Access Token") from None
        except BadSignature:
            raise NotAuthorized("Could not verify signature for Access Token") from None
        pool = self._pools.pool(pool_id)
        ours = claims.get("token_use") == "access" and claims.get("iss") == pool.issuer
        clients = {client.id for client in self._pools.clients_of(pool)}
        if not ours or claims.get("client_id") not in clients:
            raise NotAuthorized("Invalid Access Token")
        if claims.get("nbf", 0) > self._clock.now():
            raise NotAuthorized("Invalid Access Token")
        return pool, claims


def refuse_unusable(user: User) -> None:
    """Users who may not sign in whatever they know (section 2.4)."""
    if user.status is Status.UNCONFIRMED:
        raise UserNotConfirmed
    if user.status is Status.RESET_REQUIRED:
        raise PasswordResetRequired
