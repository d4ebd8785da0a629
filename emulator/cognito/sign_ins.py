"""Sign-ins and their refresh tokens on disk: what makes a session end early.

A refresh token is opaque to everybody; only its hash is stored. All tokens that descend from one
sign-in share its `origin` (AWS's origin_jti), and revoking is one flag on it (section 2.7).
"""

import base64
import hashlib
import json
from dataclasses import dataclass

from emulator.clock import Clock, Entropy
from emulator.cognito.store import Row, Store, Transaction
from emulator.cognito.user import User
from emulator.template.model import UserPool, UserPoolClient


@dataclass(frozen=True, slots=True)
class SignIn:
    """One completed sign-in."""

    origin: str
    pool_id: str
    client_id: str
    sub: str
    auth_time: int
    expires: float
    """End of its refresh tokens; rotation does not move it (section 2.6)."""
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """What is known of a presented refresh token."""

    hash: bytes
    sign_in: SignIn
    rotated: float | None
    """When rotation replaced it."""


JWE_HEADER = base64.urlsafe_b64encode(
    json.dumps({"cty": "JWT", "enc": "A256GCM", "alg": "RSA-OAEP"}, separators=(",", ":")).encode()
).rstrip(b"=")
LONGEST_ACCESS_TOKEN = 86400.0
"""A sign-in is kept this long after its end, for tokens that still name it (section 6.1)."""

FIND = (
    "SELECT s.origin, pool_id, client_id, sub, auth_time, expires, revoked, hash, rotated"
    " FROM refresh_tokens r JOIN sign_ins s ON s.origin = r.origin WHERE hash = ?"
)


class SignIns:
    """Opens, finds and revokes sign-ins."""

    def __init__(self, store: Store, clock: Clock, entropy: Entropy) -> None:
        self._store = store
        self._clock = clock
        self._entropy = entropy

    async def open(self, pool: UserPool, client: UserPoolClient, user: User) -> tuple[SignIn, str]:
        """A new sign-in and its refresh token."""
        now = self._clock.now()
        lifetime = self._clock.duration(client.refresh_token_validity)
        origin = self._entropy.uuid()
        sign_in = SignIn(origin, pool.id, client.id, user.sub, int(now), now + lifetime)
        async with self._store.transaction() as tx:
            await tx.execute(
                "DELETE FROM sign_ins WHERE sub = ? AND pool_id = ? AND expires < ?",
                (user.sub, pool.id, now - LONGEST_ACCESS_TOKEN),
            )
            await tx.execute(
                "INSERT INTO sign_ins VALUES (?, ?, ?, ?, ?, ?, 0)",
                (origin, pool.id, client.id, user.sub, sign_in.auth_time, sign_in.expires),
            )
            return sign_in, await self.issue(tx, sign_in)

    async def forget_old(self) -> None:
        """Drop what no token can name any more."""
        oldest = self._clock.now() - LONGEST_ACCESS_TOKEN
        async with self._store.transaction() as tx:
            await tx.execute("DELETE FROM sign_ins WHERE expires < ?", (oldest,))

    async def issue(self, tx: Transaction, sign_in: SignIn) -> str:
        """One more refresh token of a sign-in."""
        token = opaque_token(self._entropy)
        await tx.execute(
            "INSERT INTO refresh_tokens VALUES (?, ?, NULL)", (token_hash(token), sign_in.origin)
        )
        return token

    async def find(self, token: str) -> RefreshToken | None:
        """The refresh token as stored; its text decides, nothing in it is ever decoded."""
        row = await self._store.row(FIND, (token_hash(token),))
        return None if row is None else _refresh_token(row)

    async def reread(self, tx: Transaction, token: RefreshToken) -> RefreshToken | None:
        """The same, as seen inside a transaction."""
        row = await tx.row(FIND, (token.hash,))
        return None if row is None else _refresh_token(row)

    async def mark_rotated(self, tx: Transaction, token: RefreshToken) -> None:
        """Rotation replaced this token; its grace period starts at the first use."""
        await tx.execute(
            "UPDATE refresh_tokens SET rotated = ? WHERE hash = ? AND rotated IS NULL",
            (self._clock.now(), token.hash),
        )

    async def revoked(self, origin: str) -> bool:
        """Whether an access token of this sign-in is void for this API."""
        row = await self._store.row("SELECT revoked FROM sign_ins WHERE origin = ?", (origin,))
        return row is None or bool(row[0])

    async def revoke(self, tx: Transaction, origin: str) -> None:
        """End one sign-in: its refresh tokens and its access tokens."""
        await tx.execute("UPDATE sign_ins SET revoked = 1 WHERE origin = ?", (origin,))

    async def revoke_all(self, tx: Transaction, user: User) -> None:
        """End every sign-in of a user."""
        await tx.execute(
            "UPDATE sign_ins SET revoked = 1 WHERE pool_id = ? AND sub = ?",
            (user.pool_id, user.sub),
        )


def opaque_token(entropy: Entropy) -> str:
    """Random, in the five-part form that AWS's have (section 6.1); 256 bits would be enough."""
    parts = (base64.urlsafe_b64encode(entropy.bytes(n)).rstrip(b"=") for n in (256, 12, 96, 16))
    return b".".join([JWE_HEADER, *parts]).decode()


def token_hash(token: str) -> bytes:
    """A plain hash will do: the token is random and long."""
    return hashlib.sha256(token.encode()).digest()


def _refresh_token(row: Row) -> RefreshToken:
    origin, pool_id, client_id, sub, auth_time, expires, revoked, digest, rotated = row
    sign_in = SignIn(origin, pool_id, client_id, sub, auth_time, expires, bool(revoked))
    return RefreshToken(digest, sign_in, rotated)
