"""What the chat takes from an access token."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Claims:
    """Whose token it is, until when (seconds since 1970), and whether an administrator's."""

    uid: str
    exp: int
    admin: bool = False


class Verifier(Protocol):
    """Checks access tokens."""

    def verify(self, token: str) -> Claims:
        """The claims; raises `tokens.Unacceptable`."""
        ...
