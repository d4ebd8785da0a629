"""Open challenges: an SRP exchange between its two steps, or a user who must pick a password.

They live in memory. They last seconds to minutes, a restart ends them, and the client then starts
the sign-in again with nothing lost; storing the secret b of an exchange would be worse.
"""

import base64
from collections import OrderedDict
from dataclasses import dataclass
from typing import Generic, TypeVar

from emulator.clock import Clock, Entropy
from emulator.cognito.errors import NotAuthorized
from emulator.cognito.srp import Exchange


MAX_OPEN = 10_000
"""Anybody can open a challenge; the oldest give way long before they fill the memory."""


@dataclass(frozen=True, slots=True)
class PasswordChallenge:
    """PASSWORD_VERIFIER is due. `sub` is `None` for a user who does not exist."""

    pool_id: str
    client_id: str
    login: str
    """The name that was typed."""
    sub: str | None
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class NewPasswordChallenge:
    """NEW_PASSWORD_REQUIRED is due."""

    pool_id: str
    client_id: str
    sub: str


C = TypeVar("C")


@dataclass(slots=True)
class _Entry(Generic[C]):
    challenge: C
    until: float
    used: bool = False


class Sessions(Generic[C]):
    """Challenges of one kind by their key. No await in here, hence no race for single use."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: OrderedDict[str, _Entry[C]] = OrderedDict()

    def open(self, key: str, challenge: C, seconds: float) -> None:
        """Remember a challenge for `seconds`."""
        until = self._clock.monotonic() + self._clock.duration(seconds)
        self._entries[key] = _Entry(challenge, until)
        if len(self._entries) > MAX_OPEN:
            self._entries.popitem(last=False)

    def peek(self, key: str) -> C:
        """The challenge, which stays usable."""
        return self._valid(key).challenge

    def take(self, key: str) -> C:
        """The challenge, for the only time."""
        entry = self._valid(key)
        entry.used = True
        return entry.challenge

    def _valid(self, key: str) -> _Entry[C]:
        """Texts of section 2.5; the exchange of a password hides them behind its own."""
        entry = self._entries.get(key)
        if entry is None:
            raise NotAuthorized("Invalid session for the user.")
        if entry.used:
            once = "Invalid session for the user, session can only be used once."
            raise NotAuthorized(once)
        if entry.until < self._clock.monotonic():
            raise NotAuthorized("Invalid session for the user, session is expired.")
        return entry


def session_key(entropy: Entropy) -> str:
    """A Session value: opaque, within the model's 20 to 2048 characters."""
    return base64.urlsafe_b64encode(entropy.bytes(96)).decode()
