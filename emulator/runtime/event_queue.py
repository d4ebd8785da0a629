"""Asynchronous invocation: events that nobody waits for, tried again when they fail.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

import asyncio
import logging

from emulator.clock import Clock
from emulator.runtime.invoker import Invoker


logger = logging.getLogger(__name__)

MAX_ASYNCHRONOUS = 1024 * 1024
"""Bytes of an event that is handed over asynchronously."""

RETRY_AFTER = (60.0, 120.0)
"""Seconds before the second and the third attempt, after an error of the function."""

BACKOFF_FROM, BACKOFF_TO = 1.0, 300.0
"""Seconds between attempts while Lambda itself refuses the event, for example by throttling."""

KEEP_FOR = 6 * 3600.0
"""Seconds for which an event stays in the queue."""


class EventQueue:
    """Holds events in memory: what waits for another attempt when the emulator ends is lost."""

    def __init__(self, invoker: Invoker, clock: Clock) -> None:
        self._invoker = invoker
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, function: str, event: bytes) -> None:
        """Take an event and return at once."""
        task = asyncio.create_task(self._deliver(function, event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, function: str, event: bytes) -> None:
        until = self._clock.monotonic() + self._clock.duration(KEEP_FOR)
        retries = iter(RETRY_AFTER)
        backoff = BACKOFF_FROM
        while self._clock.monotonic() < until:
            result = await self._invoker.invoke(function, event)
            if result.error is None:
                return
            if result.status == 200:
                pause = next(retries, None)
                if pause is None:
                    break
            else:
                pause, backoff = backoff, min(backoff * 2, BACKOFF_TO)
            await asyncio.sleep(self._clock.duration(pause))
        logger.warning("An event for %s is dropped after its last attempt failed.", function)
