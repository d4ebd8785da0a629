"""How often one user may ask for something in an hour (reference section 7.4).

https://docs.aws.amazon.com/cognito/latest/developerguide/limits.html
Kept in memory, like the lockout: a restart forgives.
"""

from collections import OrderedDict, deque

from emulator.clock import Clock
from emulator.cognito.errors import LimitExceeded


HOUR = 3600.0
PER_HOUR = 5
"""AWS's figure for codes that are sent and passwords that are changed."""
MAX_USERS = 10_000


class Limits:
    """Counts requests of each kind for each user."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._asked: OrderedDict[tuple[str, str, str], deque[float]] = OrderedDict()

    def count(self, pool_id: str, name: str, request: str) -> None:
        """Let it pass, or raise `LimitExceeded`: no mailbox is flooded by somebody else's clicks.

        Names that belong to nobody are counted too, else the limit would tell which names exist.
        """
        key = (pool_id, name, request)
        now = self._clock.monotonic()
        asked = self._asked.setdefault(key, deque())
        self._asked.move_to_end(key)
        while asked and now - asked[0] > self._clock.duration(HOUR):
            asked.popleft()
        if len(asked) >= PER_HOUR:
            raise LimitExceeded
        asked.append(now)
        if len(self._asked) > MAX_USERS:
            self._asked.popitem(last=False)
