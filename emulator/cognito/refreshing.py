"""Redeems refresh tokens, with or without rotation (reference section 2.6)."""

from emulator.clock import Clock
from emulator.cognito.errors import NotAuthorized, RefreshTokenReuse
from emulator.cognito.sign_ins import RefreshToken, SignIn, SignIns
from emulator.cognito.store import Store
from emulator.cognito.user import User
from emulator.cognito.users import Users
from emulator.template.model import UserPool, UserPoolClient


class Refreshing:
    """Who a refresh token stands for, and what replaces it."""

    def __init__(self, store: Store, users: Users, sign_ins: SignIns, clock: Clock) -> None:
        self._store = store
        self._users = users
        self._sign_ins = sign_ins
        self._clock = clock

    async def find(
        self, pool: UserPool, client: UserPoolClient, text: str
    ) -> tuple[User, RefreshToken]:
        """The user of a token that is still good for this client."""
        token = await self._sign_ins.find(text)
        if token is None or token.sign_in.client_id != client.id:
            raise NotAuthorized("Invalid Refresh Token")
        user = await self._users.by_sub(pool, token.sign_in.sub)
        if user is None:
            raise NotAuthorized("Refresh Token has been revoked")
        if not user.enabled:
            raise NotAuthorized("User is disabled.")
        if token.sign_in.revoked:
            raise NotAuthorized("Refresh Token has been revoked")
        if token.sign_in.expires <= self._clock.now():
            raise NotAuthorized("Refresh Token has expired")
        return user, token

    async def rotate(self, client: UserPoolClient, token: RefreshToken) -> tuple[SignIn, str]:
        """A new token of the same sign-in, hence with the same end.

        The old one works on for the grace period. Later use means that somebody else has a copy:
        the whole family ends.
        """
        async with self._store.transaction() as tx:
            fresh = await self._sign_ins.reread(tx, token)
            if fresh is None or fresh.sign_in.revoked:
                raise NotAuthorized("Refresh Token has been revoked")
            reused = self._is_reuse(client, fresh)
            replacement = ""
            if reused:
                await self._sign_ins.revoke(tx, fresh.sign_in.origin)
            else:
                await self._sign_ins.mark_rotated(tx, fresh)
                replacement = await self._sign_ins.issue(tx, fresh.sign_in)
        if reused:
            raise RefreshTokenReuse
        return fresh.sign_in, replacement

    def _is_reuse(self, client: UserPoolClient, token: RefreshToken) -> bool:
        if token.rotated is None:
            return False
        grace = self._clock.duration(client.refresh_rotation_grace or 0)
        return self._clock.now() >= token.rotated + grace
