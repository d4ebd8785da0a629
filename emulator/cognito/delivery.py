"""Sends codes: where to, for which purpose, and what the caller may know of it (section 7.4)."""

from collections.abc import Mapping
from dataclasses import dataclass

from emulator.cognito.attributes import masked
from emulator.cognito.codes import Codes, Purpose
from emulator.cognito.mailbox import Mailbox, Message, verification
from emulator.cognito.store import Transaction
from emulator.cognito.user import User
from emulator.template.model import UserPool


UNREACHABLE = (
    "Cannot reset password for the user as there is no registered/verified email or phone_number"
)
PHONE_FIRST = ("phone_number", "email")
"""With both, only the phone gets a sign-up code, and resets prefer it (sections 2.1 and 2.8)."""


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


def to_verify(pool: UserPool, attributes: Mapping[str, str]) -> Destination | None:
    """Where a sign-up code goes; nowhere without an auto-verified attribute that has a value."""
    for name in PHONE_FIRST:
        if name in pool.auto_verified_attributes and attributes.get(name):
            return Destination(name, attributes[name])
    return None


def to_recover(attributes: Mapping[str, str]) -> Destination | None:
    """Where a reset code goes: only to an address that has been proved."""
    for name in PHONE_FIRST:
        if attributes.get(name) and attributes.get(f"{name}_verified") == "true":
            return Destination(name, attributes[name])
    return None


class Delivery:
    """Issues a code and puts it into the mailbox, both as part of the caller's transaction."""

    def __init__(self, codes: Codes, mailbox: Mailbox) -> None:
        self._codes = codes
        self._mailbox = mailbox

    async def send(
        self,
        tx: Transaction,
        pool: UserPool,
        user: User,
        purpose: Purpose,
        to: Destination,
    ) -> Message:
        """The message; announce it once the transaction has been committed."""
        code = await self._codes.issue(tx, user, purpose)
        return await self._mailbox.put(tx, pool, to.address, verification(code), code)
