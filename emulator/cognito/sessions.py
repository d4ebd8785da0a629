"""Open challenges: what a sign-in still waits for, between two requests.

They live in memory. They last seconds to minutes, a restart ends them, and the client then starts
the sign-in again with nothing lost; storing the secret b of an exchange would be worse.
"""

import base64
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from emulator.clock import Clock, Entropy
from emulator.cognito.attempt import Attempt
from emulator.cognito.errors import NotAuthorized
from emulator.cognito.srp import Exchange
from emulator.template.model import UserPoolClient


MAX_OPEN = 10_000
"""Anybody can open a challenge; the oldest give way long before they fill the memory."""

History = tuple[Mapping[str, Any], ...]
"""The challenges of a CUSTOM_AUTH sign-in so far, as its functions see them."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """Something that the user has to do. `sub` is `None` for a user who does not exist."""

    pool_id: str
    client_id: str
    sub: str | None


@dataclass(frozen=True, slots=True)
class PasswordChallenge(Challenge):
    """PASSWORD_VERIFIER."""

    login: str
    """The name that was typed."""
    exchange: Exchange
    history: History | None = None
    """Of a CUSTOM_AUTH sign-in that asks for the password too."""


@dataclass(frozen=True, slots=True)
class NewPasswordChallenge(Challenge):
    """NEW_PASSWORD_REQUIRED."""


@dataclass(frozen=True, slots=True)
class CodeChallenge(Challenge):
    """SOFTWARE_TOKEN_MFA."""

    source: str
    """Of the tokens that follow, for PreTokenGeneration."""


@dataclass(frozen=True, slots=True)
class SetupChallenge(Challenge):
    """MFA_SETUP: an app has to be associated, then verified."""

    source: str
    secret: str | None = None
    done: bool = False


@dataclass(frozen=True, slots=True)
class CustomChallenge(Challenge):
    """CUSTOM_CHALLENGE: what its functions keep to themselves."""

    login: str
    history: History
    answer: Mapping[str, Any] = field(default_factory=dict)
    metadata: str | None = None


C = TypeVar("C", bound=Challenge)


@dataclass(slots=True)
class _Entry:
    challenge: Challenge
    until: float
    used: bool = False


class Sessions:
    """Challenges by their key. No await in here, hence no race for single use."""

    def __init__(self, clock: Clock, entropy: Entropy) -> None:
        self._clock = clock
        self._entropy = entropy
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    def open(self, client: UserPoolClient, challenge: Challenge) -> str:
        """A new Session value, for as long as the client's AuthSessionValidity."""
        # Opaque, within the model's 20 to 2048 characters.
        key = base64.urlsafe_b64encode(self._entropy.bytes(96)).decode()
        self.keep(key, challenge, client.auth_session_validity)
        return key

    def keep(self, key: str, challenge: Challenge, seconds: float) -> None:
        """Remember a challenge under a key of its own."""
        until = self._clock.monotonic() + self._clock.duration(seconds)
        self._entries[key] = _Entry(challenge, until)
        if len(self._entries) > MAX_OPEN:
            self._entries.popitem(last=False)

    def peek(self, key: str, kind: type[C]) -> C:
        """The challenge, which stays usable."""
        return self._valid(key, kind)[1]

    def take(self, key: str, kind: type[C]) -> C:
        """The challenge, for the only time."""
        entry, challenge = self._valid(key, kind)
        entry.used = True
        return challenge

    def of(self, attempt: Attempt, kind: type[C]) -> C:
        """The challenge that a request answers; it must be of the same client."""
        challenge = self.peek(attempt.session, kind)
        if challenge.client_id != attempt.client.id:
            raise NotAuthorized("Invalid session for the user.")
        return challenge

    def _valid(self, key: str, kind: type[C]) -> tuple[_Entry, C]:
        """Texts of section 2.5; the exchange of a password hides them behind its own."""
        entry = self._entries.get(key)
        if entry is None or not isinstance(entry.challenge, kind):
            raise NotAuthorized("Invalid session for the user.")
        if entry.used:
            once = "Invalid session for the user, session can only be used once."
            raise NotAuthorized(once)
        if entry.until < self._clock.monotonic():
            raise NotAuthorized("Invalid session for the user, session is expired.")
        return entry, entry.challenge
