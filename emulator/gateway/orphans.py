"""Remembers open connections on disk, so that a crash still ends in their `$disconnect`.

AWS delivers `$disconnect` on a best-effort basis whatever happens to a host of the gateway; here
the whole gateway may be killed. Each connection is one file while it lasts: the invocation that is
due should nobody be left to make it. What is found at a start was left behind by a crash.
"""

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

from emulator.clock import Clock, Entropy
from emulator.gateway.events import Stamp, request_time
from emulator.gateway.session import Invoke, Purpose, Session, State
from emulator.runtime.invoker import Invoker


logger = logging.getLogger(__name__)

_AT_ONCE = 4
"""Functions at the same time, so that new connections are served meanwhile."""


class Orphans:
    """The connections that would be orphaned if the emulator died now, a file for each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: set[str] = set()
        self._leaving: set[str] = set()
        folder.mkdir(mode=0o700, exist_ok=True)
        self._left_behind = sorted(folder.iterdir())

    def opened(self, session: Session, stamp: Stamp) -> None:
        """A connection is coming into being, or has come."""
        if session.upgrade.connection_id in self._known:
            return
        for action in session.orphaned(stamp):
            self._known.add(session.upgrade.connection_id)
            due = json.dumps({"function": action.function, "event": action.event})
            self._file(session).write_text(due)

    def invoked(self, session: Session, action: Invoke, stamp: Stamp) -> None:
        """A function is about to run for a connection."""
        if action.purpose is Purpose.CONNECT:
            self.opened(session, stamp)
        elif action.purpose is Purpose.DISCONNECT:
            self._leaving.add(session.upgrade.connection_id)

    def returned(self, session: Session, action: Invoke) -> None:
        """A function has run; after `$disconnect`, or a `$connect` that was refused, all is done."""
        connection_id = session.upgrade.connection_id
        refused = (
            action.purpose is Purpose.CONNECT
            and session.state is State.CLOSED
            and connection_id not in self._leaving
        )
        if refused or action.purpose is Purpose.DISCONNECT:
            self._leaving.discard(connection_id)
            self._known.discard(connection_id)
            self._file(session).unlink(missing_ok=True)

    async def deliver(self, invoker: Invoker, clock: Clock, entropy: Entropy) -> None:
        """Run `$disconnect` with status 1006 for what an earlier run left behind."""
        if self._left_behind:
            logger.info("Ending %d connections of before the crash", len(self._left_behind))
        turns = asyncio.Semaphore(_AT_ONCE)

        async def one(file: Path) -> None:
            async with turns:
                await self._deliver(file, invoker, Stamp(clock.now_ms(), entropy.gateway_id()))

        await asyncio.gather(*(one(file) for file in self._left_behind))

    async def _deliver(self, file: Path, invoker: Invoker, stamp: Stamp) -> None:
        try:
            due = json.loads(await asyncio.to_thread(file.read_text))
            result = await invoker.invoke(due["function"], _now(due["event"], stamp))
        except (KeyError, ValueError):
            # Cut off by a power cut, or of a function that the template no longer has.
            logger.warning("No $disconnect can be delivered for the connection %s", file.name)
        else:
            if result.error is not None:
                logger.warning("%s failed: %s", due["function"], result.error)
        await asyncio.to_thread(file.unlink, missing_ok=True)

    def _file(self, session: Session) -> Path:
        return self._folder / session.upgrade.connection_id


def _now(event: dict[str, Any], stamp: Stamp) -> bytes:
    """The event as of its delivery."""
    event["requestContext"] |= {
        "requestId": stamp.request_id,
        "extendedRequestId": stamp.request_id,
        "requestTime": request_time(stamp.at_ms),
        "requestTimeEpoch": stamp.at_ms,
    }
    return json.dumps(event, separators=(",", ":")).encode()
