"""Time-based one-time passwords as Cognito uses them: six digits, thirty seconds, SHA-1. Pure.

https://datatracker.ietf.org/doc/html/rfc6238
"""

import base64
import hmac


PERIOD = 30
SECRET_BYTES = 32
SLACK = 1
"""Steps by which the clock of the app may be off, either way."""


def code(secret: bytes, step: int) -> str:
    """The code of one time step."""
    mac = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = mac[-1] & 0xF
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def matching_step(secret: bytes, given: str, now: float) -> int | None:
    """The time step whose code was given, if it is about now."""
    current = int(now // PERIOD)
    for step in range(current - SLACK, current + SLACK + 1):
        if hmac.compare_digest(code(secret, step).encode(), given.encode()):
            return step
    return None


def shown(secret: bytes) -> str:
    """The secret as people type it into an app: base32 without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def read(shown_secret: str) -> bytes:
    """The secret again."""
    return base64.b32decode(shown_secret + "=" * (-len(shown_secret) % 8))
