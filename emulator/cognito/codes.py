"""Confirmation codes on disk: one per user and purpose, for one use, with few guesses.

Only a keyed hash is stored.
"""

import hmac
from enum import StrEnum

from emulator.clock import Clock, Entropy
from emulator.cognito.errors import CodeMismatch, CognitoError, ExpiredCode, LimitExceeded
from emulator.cognito.store import Store, Transaction
from emulator.cognito.user import User
from emulator.cognito.vault import Vault


class Purpose(StrEnum):
    """What a code is good for; a code for one purpose is worthless for another."""

    SIGN_UP = "sign-up"
    RESET = "reset"
    EMAIL = "email"
    PHONE = "phone_number"


VALIDITY = {Purpose.RESET: 3600.0}
DEFAULT_VALIDITY = 86400.0
MAX_FAILURES = 15
FAILURE_WINDOW = 3600.0
"""Wrong guesses per user, purpose and hour (section 7.4). Asking for a new code does not reset
the count, else six digits could be guessed."""

UPSERT = (
    "INSERT INTO codes VALUES (?, ?, ?, ?, ?, 0, 0)"
    " ON CONFLICT DO UPDATE SET code = excluded.code, expires = excluded.expires"
)
FIND = (
    "SELECT code, expires, failures, failures_since FROM codes"
    " WHERE pool_id = ? AND sub = ? AND purpose = ?"
)
FAIL = (
    "UPDATE codes SET failures = ?, failures_since = ?"
    " WHERE pool_id = ? AND sub = ? AND purpose = ?"
)
CONSUME = (
    "UPDATE codes SET code = NULL"
    " WHERE pool_id = ? AND sub = ? AND purpose = ? AND code IS NOT NULL"
)


class Codes:
    """Issues, checks and consumes codes."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, entropy: Entropy) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._entropy = entropy

    async def issue(self, tx: Transaction, user: User, purpose: Purpose) -> str:
        """A new code; the one before it is void (section 2.3)."""
        code = self._entropy.digits(6)
        lifetime = self._clock.duration(VALIDITY.get(purpose, DEFAULT_VALIDITY))
        expires = self._clock.now() + lifetime
        await tx.execute(UPSERT, (*_key(user, purpose), self._hash(user, purpose, code), expires))
        return code

    async def check(self, user: User, purpose: Purpose, code: str) -> None:
        """Refuse anything but the newest code; it stays usable until `consume`."""
        async with self._store.transaction() as tx:
            problem = await self._judge(tx, user, purpose, code)
        if problem is not None:  # raised only now, so that the failure has been counted
            raise problem

    async def consume(self, tx: Transaction, user: User, purpose: Purpose) -> None:
        """Use the code up, together with what it permits."""
        if await tx.execute(CONSUME, _key(user, purpose)) == 0:
            raise ExpiredCode

    async def _judge(
        self, tx: Transaction, user: User, purpose: Purpose, code: str
    ) -> CognitoError | None:
        row = await tx.row(FIND, _key(user, purpose))
        if row is None or row[0] is None:
            return ExpiredCode()
        expected, expires, failures, since = row
        now = self._clock.now()
        if now - since > self._clock.duration(FAILURE_WINDOW):
            failures, since = 0, now
        if failures >= MAX_FAILURES:
            return LimitExceeded()
        if expires < now:
            return ExpiredCode()
        if hmac.compare_digest(expected, self._hash(user, purpose, code)):
            return None
        await tx.execute(FAIL, (failures + 1, since, *_key(user, purpose)))
        return CodeMismatch()

    def _hash(self, user: User, purpose: Purpose, code: str) -> str:
        return self._vault.digest(*_key(user, purpose), code).hex()


def _key(user: User, purpose: Purpose) -> tuple[str, str, str]:
    return user.pool_id, user.sub, purpose.value
