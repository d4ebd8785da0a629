"""Sends codes and invitations: where to, in which words, and what the caller may know of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.cognito.attributes import masked
from emulator.cognito.codes import Codes, Purpose
from emulator.cognito.mailbox import Mailbox, Message
from emulator.cognito.store import Transaction
from emulator.cognito.triggers import CODE, USERNAME, Occasion, Triggers
from emulator.cognito.user import User
from emulator.template.model import UserPool


UNREACHABLE = (
    "Cannot reset password for the user as there is no registered/verified email or phone_number"
)
PHONE_FIRST = ("phone_number", "email")
"""With both, only the phone gets a sign-up code, and resets prefer it (sections 2.1 and 2.8)."""

RECOVERY = {"verified_email": "email", "verified_phone_number": "phone_number"}


@dataclass(frozen=True, slots=True)
class Destination:
    """An attribute of a user that messages can be sent to."""

    attribute: str
    address: str

    def details(self) -> dict[str, str]:
        """CodeDeliveryDetails."""
        return {
            "AttributeName": self.attribute,
            "DeliveryMedium": "EMAIL" if self.attribute == "email" else "SMS",
            "Destination": masked(self.attribute, self.address),
        }


@dataclass(frozen=True, slots=True)
class Letter:
    """A message whose code is not filled in yet."""

    to: Destination
    subject: str
    text: str

    def filled(self, pool: UserPool, code: str, username: str = "") -> Message:
        """As it is sent."""
        body = self.text.replace(CODE, code).replace(USERNAME, username)
        return Message(pool.id, self.to.address, self.subject, body, code)


def to_verify(pool: UserPool, attributes: Mapping[str, str]) -> Destination | None:
    """Where a sign-up code goes; nowhere without an auto-verified attribute that has a value."""
    for name in PHONE_FIRST:
        if name in pool.auto_verified_attributes and attributes.get(name):
            return Destination(name, attributes[name])
    return None


def to_recover(pool: UserPool, attributes: Mapping[str, str]) -> Destination | None:
    """Where a reset code goes: only to an address that has been proved."""
    mechanisms = pool.recovery or ()
    wanted = [RECOVERY[name] for name in mechanisms if name in RECOVERY] or PHONE_FIRST
    for name in wanted:
        if attributes.get(name) and attributes.get(f"{name}_verified") == "true":
            return Destination(name, attributes[name])
    return None


class Delivery:
    """Words a message before, and sends it inside of, the caller's transaction.

    CustomMessage may take seconds; the database must not wait for it.
    """

    def __init__(self, codes: Codes, mailbox: Mailbox, triggers: Triggers) -> None:
        self._codes = codes
        self._mailbox = mailbox
        self._triggers = triggers

    async def verification(
        self, pool: UserPool, user: User, to: Destination, occasion: Occasion
    ) -> Letter:
        """A letter with a code, in the pool's words or in CustomMessage's."""
        words = pool.messages
        email = (words.subject, words.email)
        return await self._worded(pool, user, to, occasion, (email, words.sms))

    async def invitation(
        self, pool: UserPool, user: User, to: Destination, occasion: Occasion
    ) -> Letter:
        """A letter with a user name and a temporary password."""
        words = pool.messages
        email = (words.invitation_subject, words.invitation)
        return await self._worded(pool, user, to, occasion, (email, words.sms_invitation))

    async def send(
        self, tx: Transaction, pool: UserPool, user: User, purpose: Purpose, letter: Letter
    ) -> dict[str, Any]:
        """Issue the code and send it; what the caller may know."""
        code = await self._codes.issue(tx, user, purpose)
        await self._mailbox.put(tx, letter.filled(pool, code))
        return letter.to.details()

    async def send_invitation(
        self, tx: Transaction, pool: UserPool, letter: Letter, credentials: tuple[str, str]
    ) -> None:
        """Fill in user name and password."""
        username, password = credentials
        await self._mailbox.put(tx, letter.filled(pool, password, username))

    async def _worded(
        self,
        pool: UserPool,
        user: User,
        to: Destination,
        occasion: Occasion,
        words: tuple[tuple[str, str], str],
    ) -> Letter:
        (subject, email), sms = words
        answer = await self._triggers.custom_message(pool, user, occasion)
        if to.attribute == "email":
            own = answer.get("emailMessage")
            # A text without the placeholder could deliver no code: AWS sends its own then.
            usable = isinstance(own, str) and CODE in own
            text = own if usable else email
            return Letter(to, answer.get("emailSubject") or subject, str(text))
        own = answer.get("smsMessage")
        return Letter(to, subject, own if isinstance(own, str) and CODE in own else sms)
