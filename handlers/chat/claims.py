"""What the chat takes from an access token."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Claims:
    """Whose token it is, and until when (seconds since 1970)."""

    uid: str
    exp: int


class Verifier(Protocol):
    """Checks access tokens."""

    def verify(self, token: str) -> Claims:
        """The claims; raises `tokens.Unacceptable`."""
        ...
