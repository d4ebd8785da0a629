"""Small things that must be the same after a restart: a secret, and when a pool was first seen."""

from collections.abc import Iterable

from emulator.clock import Clock, Entropy
from emulator.cognito.store import Store, Transaction
from emulator.template.model import UserPool


class Facts:
    """Read once at the start."""

    def __init__(self, secret: bytes, first_seen: dict[str, float]) -> None:
        self.secret = secret
        """Key for everything that must be stable but unpredictable."""
        self._first_seen = first_seen

    @classmethod
    async def load(
        cls, store: Store, pools: Iterable[UserPool], clock: Clock, entropy: Entropy
    ) -> "Facts":
        """What is stored; what is missing is made up now."""
        async with store.transaction() as tx:
            secret = await _fact(tx, "secret", entropy.bytes(32))
            now = repr(round(clock.now(), 3)).encode()
            seen = {pool.id: float(await _fact(tx, f"first-seen:{pool.id}", now)) for pool in pools}
        return cls(secret, seen)

    def first_seen(self, pool_id: str) -> float:
        """The pool's creation date."""
        return self._first_seen[pool_id]


async def _fact(tx: Transaction, name: str, otherwise: bytes) -> bytes:
    await tx.execute("INSERT OR IGNORE INTO facts VALUES (?, ?)", (name, otherwise))
    [[value]] = await tx.rows("SELECT value FROM facts WHERE name = ?", (name,))
    return bytes(value)
