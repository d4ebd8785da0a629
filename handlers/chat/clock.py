"""Time and chance: the only module of the functions that reads either."""

import asyncio
import random
import secrets
import time
from typing import Protocol

from chat import ids


# Measured on bursts of 4 to 30 senders in one room: longer pauses idle, shorter ones collide.
FIRST_PAUSE = 0.005
LONGEST_PAUSE = 0.08


class Clock(Protocol):
    """What the chat asks of time and chance; tests pass their own."""

    def now(self) -> int:
        """Milliseconds since 1970, as this host believes."""
        ...

    def tail(self) -> str:
        """Five random characters, the end of a `pos`."""
        ...

    async def pause(self, attempt: int) -> None:
        """Wait before attempt number `attempt`."""
        ...


class SystemClock:
    """The real clock."""

    def now(self) -> int:
        """Milliseconds since 1970."""
        return time.time_ns() // 1_000_000

    def tail(self) -> str:
        """Five random characters of the alphabet of ids."""
        return "".join(secrets.choice(ids.ALPHABET) for _ in range(ids.TAIL))

    async def pause(self, attempt: int) -> None:
        """Full jitter: rivals for one room must not meet again in step."""
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt)
        await asyncio.sleep(random.uniform(0, longest))
