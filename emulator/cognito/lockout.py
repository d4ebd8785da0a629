"""Slows down password guessing (reference section 7.4).

Kept in memory: a restart forgives, which costs an attacker more than it gives. Names that belong
to nobody are counted too, else the lockout would tell which names exist.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from weakref import WeakValueDictionary

from emulator.clock import Clock
from emulator.cognito.errors import CognitoError, NotAuthorized


FREE_FAILURES = 5
LONGEST_BLOCK = 900.0
QUIET = 900.0
"""After this long without a failure the count starts again."""
MAX_NAMES = 10_000


@dataclass(slots=True)
class _Record:
    failures: int
    last: float
    blocked_until: float


class Lockout:
    """Counts failures for each name; five are free, then the wait doubles."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._records: OrderedDict[tuple[str, str], _Record] = OrderedDict()
        self._locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def prove(
        self,
        pool_id: str,
        name: str,
        proof: Callable[[], Awaitable[bool]],
        wrong: CognitoError | None = None,
    ) -> None:
        """Let one guess through; refuse it if it is wrong, or unheard while the name is blocked.

        Guesses at one name queue up, else a thousand at once would all find the door open.
        """
        key = (pool_id, name)
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            record = self._records.get(key)
            if record is not None and self._clock.monotonic() < record.blocked_until:
                raise NotAuthorized("Password attempts exceeded")
            if not await proof():
                self._failed(key)
                raise wrong or NotAuthorized()
            self._records.pop(key, None)

    def _failed(self, key: tuple[str, str]) -> None:
        now = self._clock.monotonic()
        record = self._records.pop(key, None)
        if record is None or now - record.last > self._clock.duration(QUIET):
            record = _Record(0, now, 0.0)
        record.failures += 1
        record.last = now
        if record.failures >= FREE_FAILURES:
            # Bounded exponent: the count itself may grow for as long as somebody tries.
            wait = min(LONGEST_BLOCK, 2.0 ** min(record.failures - FREE_FAILURES, 10))
            record.blocked_until = now + self._clock.duration(wait)
        self._records[key] = record
        if len(self._records) > MAX_NAMES:
            self._records.popitem(last=False)
