"""New addresses that wait for their code while the old one counts, on disk.

Pools ask for it with AttributesRequireVerificationBeforeUpdate (reference section 3).
"""

from collections.abc import Mapping

from emulator.cognito.store import Store, Transaction
from emulator.cognito.user import User


FIND = "SELECT value FROM proposals WHERE pool_id = ? AND sub = ? AND attribute = ?"


async def propose(tx: Transaction, user: User, changes: Mapping[str, str]) -> None:
    """Remember new values; the newest of an attribute counts."""
    for name, value in changes.items():
        await tx.execute(
            "INSERT OR REPLACE INTO proposals VALUES (?, ?, ?, ?)",
            (user.pool_id, user.sub, name, value),
        )


async def waiting(store: Store, user: User, name: str) -> str | None:
    """The value that waits for its code, if one does."""
    row = await store.row(FIND, (user.pool_id, user.sub, name))
    return None if row is None else str(row[0])


async def accept(tx: Transaction, user: User, name: str) -> str | None:
    """Take out the value that waits, if one does."""
    key = (user.pool_id, user.sub, name)
    row = await tx.row(FIND, key)
    await tx.execute("DELETE FROM proposals WHERE pool_id = ? AND sub = ? AND attribute = ?", key)
    return None if row is None else str(row[0])
