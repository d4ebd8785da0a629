"""The local mail: what Cognito would send, sealed on disk.

Without a relay the newest messages are kept, for the mailbox page and `labchat mail`. With one
(`--smtp`), mail waits here only until the relay has taken it. Logs name the recipient, never a code.
"""

import asyncio
import json
import logging
from dataclasses import dataclass
from typing import Any

from emulator.clock import Clock
from emulator.cognito.store import Row, Store, Transaction
from emulator.cognito.vault import Vault


logger = logging.getLogger(__name__)

KEPT = 200
"""Older messages are dropped."""

NEWEST = "SELECT id, pool_id, recipient, subject, sealed, sent FROM mail ORDER BY id DESC"
WAITING = "SELECT id, pool_id, recipient, subject, sealed, sent FROM mail WHERE waiting ORDER BY id"


@dataclass(frozen=True, slots=True)
class Message:
    """One message as somebody would read it."""

    pool_id: str
    recipient: str
    subject: str
    body: str
    code: str
    """The code or temporary password that stands in `body`."""
    sent: float = 0.0
    id: int = 0

    def document(self) -> dict[str, Any]:
        """For `mail.json`."""
        return {
            "id": self.id,
            "pool_id": self.pool_id,
            "recipient": self.recipient,
            "subject": self.subject,
            "body": self.body,
            "code": self.code,
            "sent": self.sent,
        }


class Mailbox:
    """Every pool's outgoing messages."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, *, relayed: bool = False) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._relayed = relayed
        self.arrived = asyncio.Event()
        """Set when there is something for the relay."""

    async def put(self, tx: Transaction, message: Message) -> None:
        """Keep a message as part of `tx`."""
        sealed = self._vault.seal(json.dumps([message.body, message.code]))
        waiting = self._relayed and "@" in message.recipient
        await tx.execute(
            "INSERT INTO mail (pool_id, recipient, subject, sealed, sent, waiting)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                message.pool_id,
                message.recipient,
                message.subject,
                sealed,
                self._clock.now(),
                waiting,
            ),
        )
        await tx.execute("DELETE FROM mail WHERE id <= (SELECT max(id) FROM mail) - ?", (KEPT,))
        tx.then.append(lambda: self._announce(message))

    async def newest(self) -> list[Message]:
        """What is kept, newest first."""
        return [self._message(row) for row in await self._store.rows(NEWEST)]

    async def waiting(self) -> list[Message]:
        """What the relay has not taken yet, oldest first."""
        self.arrived.clear()
        return [self._message(row) for row in await self._store.rows(WAITING)]

    async def remove(self, message: Message) -> None:
        """The relay has it, or it is too late."""
        async with self._store.transaction() as tx:
            await tx.execute("DELETE FROM mail WHERE id = ?", (message.id,))

    def _announce(self, message: Message) -> None:
        # An address may hold control characters that a terminal would obey.
        line = f"mail to {message.recipient}: {message.subject}"
        logger.info("%s", "".join(c if c.isprintable() else "?" for c in line))
        self.arrived.set()

    def _message(self, row: Row) -> Message:
        id_, pool_id, recipient, subject, sealed, sent = row
        body, code = json.loads(self._vault.open(sealed))
        return Message(pool_id, recipient, subject, body, code, sent, id_)
