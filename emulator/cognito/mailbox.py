"""The local mail: what Cognito would send is kept in a list and printed to the terminal's log.

This is the delivery, so codes appear here, and nowhere else in any log.
"""

import logging
from dataclasses import asdict, dataclass
from typing import Any

from emulator.clock import Clock
from emulator.cognito.store import Store, Transaction
from emulator.template.model import UserPool


logger = logging.getLogger(__name__)

KEPT = 200
"""Older messages are dropped."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message as somebody would read it."""

    pool_id: str
    recipient: str
    subject: str
    body: str
    code: str
    sent: float

    def document(self) -> dict[str, Any]:
        """For `mail.json`."""
        return asdict(self)


def verification(code: str) -> tuple[str, str]:
    """Subject and text of a message with a code (section 7.4)."""
    return "Your verification code", f"Your verification code is {code}."


def invitation(username: str, password: str) -> tuple[str, str]:
    """Subject and text of a message with a temporary password (section 7.4)."""
    return (
        "Your temporary password",
        f"Your username is {username} and temporary password is {password}.",
    )


class Mailbox:
    """Every pool's outgoing messages, newest last on disk."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def put(
        self, tx: Transaction, pool: UserPool, recipient: str, text: tuple[str, str], code: str
    ) -> Message:
        """Keep a message as part of `tx`. Call `announce` once that is committed."""
        subject, body = text
        message = Message(pool.id, recipient, subject, body, code, self._clock.now())
        await tx.execute(
            "INSERT INTO mail (pool_id, recipient, subject, body, code, sent)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (pool.id, recipient, subject, body, code, message.sent),
        )
        await tx.execute("DELETE FROM mail WHERE id <= (SELECT max(id) FROM mail) - ?", (KEPT,))
        return message

    async def newest(self) -> list[Message]:
        """What is kept, newest first."""
        rows = await self._store.rows(
            "SELECT pool_id, recipient, subject, body, code, sent FROM mail ORDER BY id DESC"
        )
        return [Message(*row) for row in rows]


def announce(message: Message) -> None:
    """The line in the terminal."""
    # An address may hold control characters that a terminal would obey.
    line = f"mail to {message.recipient}: {message.body}"
    logger.info("%s", "".join(c if c.isprintable() else "?" for c in line))
