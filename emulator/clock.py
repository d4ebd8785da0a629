"""Time, randomness and identifiers: the only module that asks the system for them.

Everything else takes a `Clock` or an `Entropy`, so that tests control both.
"""

import asyncio
import base64
import secrets
import time
import uuid
from collections.abc import Callable


class Clock:
    """The wall clock, and durations divided by `scale` (timestamps are never scaled)."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def now_ms(self) -> int:
        """Milliseconds since the epoch, as AWS's events carry them."""
        return int(self.now() * 1000)

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back; only differences mean anything."""
        return time.monotonic()

    def call_later(self, seconds: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        """Call back when `seconds` have passed, which `duration` has scaled if they are a rule's."""
        return asyncio.get_running_loop().call_later(seconds, callback)

    def duration(self, seconds: float) -> float:
        """How long a rule of `seconds` takes here: `--time-scale 60` makes a minute a second."""
        return seconds / self.scale


class Entropy:
    """Unpredictable bytes and the identifiers that are made of them."""

    def bytes(self, count: int) -> bytes:
        """`count` random bytes."""
        return secrets.token_bytes(count)

    def uuid(self) -> str:
        """A random UUID in its canonical text form."""
        return str(uuid.uuid4())

    def digits(self, count: int) -> str:
        """A decimal code such as Cognito mails."""
        return "".join(secrets.choice("0123456789") for _ in range(count))

    def gateway_id(self) -> str:
        """An id in API Gateway's form: 11 bytes in URL-safe base64, one `=` at the end."""
        return base64.urlsafe_b64encode(secrets.token_bytes(11)).decode()
