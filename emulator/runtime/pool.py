"""All functions' execution environments: warm reuse, scaling out, and the queue in front of them."""

import asyncio
import json
import logging
import os
import shutil
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from emulator.clock import Clock, Entropy
from emulator.runtime.debugging import Debugger
from emulator.runtime.environment import (
    IDLE_LIMIT,
    MAX_PAYLOAD,
    State,
    environments_to_retire,
    environments_to_start,
)
from emulator.runtime.invoker import Result
from emulator.runtime.launch import Launch
from emulator.runtime.log import Log
from emulator.runtime.worker import Job, Worker
from emulator.template.model import Function


logger = logging.getLogger(__name__)

PATIENCE = 1.0
"""Seconds for which an event waits when the account's concurrency is used up, before it is
throttled. AWS throttles at once; docs/architecture.md says why this does not."""

RETIRE_EVERY = 30.0
"""Seconds between two looks for environments that have been idle for too long."""

SCALE_AFTER = 0.02
"""Seconds for which an event waits for one of the warm environments, all of them busy, before
another is started for it. A cold start takes much longer than most events do."""

STARTS_AT_ONCE = os.cpu_count() or 1
"""Environments of one function in their init phase at the same time."""


@dataclass(slots=True)
class _Lane:
    """One function: its environments and the events that wait for one."""

    function: Function
    variables: Mapping[str, str]
    concurrency: asyncio.Semaphore
    """Its reserved concurrency, or what it shares with all functions that have none."""
    limit: int
    """How many environments it may have."""
    debugger: Debugger | None = None
    waiting: deque[Job] = field(default_factory=deque)
    look_again: asyncio.TimerHandle | None = None
    """When one of those that wait has waited for long enough."""
    idle: list[Worker] = field(default_factory=list)
    """The one used last comes last, and is used next: the others can be retired."""
    alive: set[Worker] = field(default_factory=set)
    starting: set[Worker] = field(default_factory=set)
    old: set[Worker] = field(default_factory=set)
    """Those that run code which has been changed since."""
    candidate: Worker | None = None
    """The first environment with changed code, until it is known whether that can be loaded."""
    generation: int = 0
    """How often its code has changed."""
    broken: bool = False
    """Whether the code in the folder cannot be loaded, so that no more is started with it."""
    resets: list[str] = field(default_factory=list)
    """The log streams of environments that died; the next ones take them over, and with them the
    temporary folders."""

    @property
    def allowance(self) -> int:
        """How many environments there may be now."""
        return len(self.alive) if self.broken and self.alive else self.limit


class Pool:
    """The `Invoker` of the emulator."""

    def __init__(
        self,
        clock: Clock,
        entropy: Entropy,
        open_log: Callable[[str, str], Log],
        temporary: Path,
        concurrency: int = 10,
    ) -> None:
        """`open_log` makes a log stream from a group's and a stream's name; environments keep
        their temporary folders under `temporary`. `concurrency` is the account's limit."""
        self._clock = clock
        self._entropy = entropy
        self._open_log = open_log
        self._temporary = temporary
        self._limit = concurrency
        self._unreserved = asyncio.Semaphore(concurrency)
        self._lanes: dict[str, _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._dying: list[Worker] = []
        self._closing = False

    def add(self, function: Function, variables: Mapping[str, str]) -> None:
        """Make a function known, with the environment variables of its processes."""
        reserved = function.reserved_concurrency
        self._lanes[function.name] = _Lane(
            function,
            variables,
            self._unreserved if reserved is None else asyncio.Semaphore(reserved),
            self._limit if reserved is None else reserved,
        )

    def debug(self, function: str, debugger: Debugger) -> None:
        """Have a function wait for a debugger when it starts, in one environment only."""
        lane = self._lanes[function]
        lane.debugger, lane.limit = debugger, 1

    def warm_up(self) -> None:
        """Start one environment of each function ahead of its first event.

        AWS does so too now and then ("proactive initialization"); here it also shows at once that
        a function cannot be loaded.
        """
        for lane in self._lanes.values():
            if lane.limit:
                self._start(lane)
        self._spawn(self._retire())

    def reload(self, function: Function, variables: Mapping[str, str]) -> None:
        """Take up a function's changed code, from the next event on.

        Events wait until an environment with the new code is ready. If it cannot be loaded, the
        old environments go on; else each of them ends after the event that it handles.
        """
        lane = self._lanes[function.name]
        lane.function, lane.variables = function, variables
        lane.generation += 1
        if not lane.alive:
            return
        if lane.debugger is not None:
            self._reload_debugged(lane)
            return
        if lane.candidate is None:
            lane.old |= lane.alive
        else:
            lane.old.add(lane.candidate)
        lane.candidate = self._start(lane)

    def _reload_debugged(self, lane: _Lane) -> None:
        """The old process holds the debugger's port, so it ends before a new one starts. One that
        still waits for its debugger has not loaded any code yet."""
        lane.old |= lane.alive - lane.starting
        for outdated in lane.old.intersection(lane.idle):
            lane.idle.remove(outdated)
            self._spawn(outdated.stop())

    async def invoke(self, function: str, event: bytes) -> Result:
        """See `Invoker.invoke`. Cancelling the call takes a waiting event out of the queue; an
        event that is being handled runs on, as on AWS."""
        lane = self._lanes.get(function)
        if lane is None:
            return _refused(404, "ResourceNotFoundException", f"Function not found: {function}")
        if len(event) > MAX_PAYLOAD:
            message = f"Request must be smaller than {MAX_PAYLOAD} bytes"
            return _refused(413, "RequestTooLargeException", message)
        generation = lane.generation
        if not await self._admitted(lane):
            return _THROTTLED if lane.function.reserved_concurrency is None else _OVER_RESERVED
        if self._closing:
            lane.concurrency.release()
            return _SHUTTING_DOWN
        job = Job(
            self._entropy.uuid(),
            event,
            f"Root=1-{int(self._clock.now()):08x}-{self._entropy.bytes(12).hex()};Sampled=0",
            asyncio.get_running_loop().create_future(),
            lane.concurrency.release,
            generation,
            self._clock.monotonic(),
        )
        lane.waiting.append(job)
        self._dispatch(lane)
        try:
            return await job.result
        except asyncio.CancelledError:
            if job in lane.waiting:
                lane.waiting.remove(job)
                job.settle(_SHUTTING_DOWN)
            raise

    async def _admitted(self, lane: _Lane) -> bool:
        """Whether the event may be handled now, within the function's or the account's limit."""
        if not lane.concurrency.locked():
            await lane.concurrency.acquire()  # Does not wait, then.
            return True
        if lane.function.reserved_concurrency is not None:
            return False
        place = asyncio.ensure_future(lane.concurrency.acquire())
        try:
            while not place.done():
                loading = lane.candidate is not None
                await asyncio.wait({place}, timeout=self._clock.duration(PATIENCE))
                if not loading and lane.candidate is None:
                    break  # Else it waits for changed code, which is no fault of too many events.
        except asyncio.CancelledError:
            if not place.cancel():
                lane.concurrency.release()
            raise
        if not place.done():
            place.cancel()
            return False
        return True

    async def close(self) -> None:
        """End every environment; what still waits gets an error."""
        self._closing = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        workers = [worker for lane in self._lanes.values() for worker in lane.alive]
        await asyncio.gather(*(worker.stop() for worker in [*workers, *self._dying]))
        for lane in self._lanes.values():
            while lane.waiting:
                lane.waiting.popleft().settle(_SHUTTING_DOWN)
            for stream in lane.resets:
                shutil.rmtree(self._folder(stream), ignore_errors=True)

    def _dispatch(self, lane: _Lane) -> None:
        if lane.candidate is not None:
            self._serve_early(lane)
            return
        while lane.waiting and lane.idle:
            lane.idle.pop().run(lane.waiting.popleft())
        finishing = sum(worker.finishing for worker in lane.alive)
        for _ in range(
            environments_to_start(
                waiting=self._impatient(lane) - finishing,
                starting=len(lane.starting),
                alive=len(lane.alive),
                limit=lane.allowance,
                at_once=STARTS_AT_ONCE,
            )
        ):
            self._start(lane)

    def _impatient(self, lane: _Lane) -> int:
        """How many events should not wait for a warm environment any longer."""
        if len(lane.alive) == len(lane.starting):
            return len(lane.waiting)
        due = self._clock.monotonic() - SCALE_AFTER
        count = sum(job.arrived <= due for job in lane.waiting)
        if count < len(lane.waiting) and lane.look_again is None:
            loop, next_ = asyncio.get_running_loop(), lane.waiting[count]
            lane.look_again = loop.call_later(next_.arrived - due, self._look_again, lane)
        return count

    def _look_again(self, lane: _Lane) -> None:
        lane.look_again = None
        if not self._closing:
            self._dispatch(lane)

    def _serve_early(self, lane: _Lane) -> None:
        """While code is being loaded: what came before the change need not wait for it. So events
        get on even if the code changes faster than it can be loaded."""
        while lane.waiting:
            oldest = lane.waiting[0].generation
            fit = next((each for each in lane.idle if each.generation >= oldest), None)
            if fit is None:
                return
            lane.idle.remove(fit)
            fit.run(lane.waiting.popleft())

    def _start(self, lane: _Lane, job: Job | None = None) -> Worker:
        stream = lane.resets.pop() if lane.resets else self._stream_name()
        folder = self._folder(stream)
        own = {"AWS_LAMBDA_LOG_STREAM_NAME": stream, "TMPDIR": str(folder)}
        launch = Launch(lane.function, {**lane.variables, **own}, folder, lane.debugger)
        log = self._open_log(lane.function.log_group, stream)
        worker = Worker(launch, self._clock, log, lambda changed: self._changed(lane, changed))
        worker.generation = lane.generation
        lane.alive.add(worker)
        if job is None:
            lane.starting.add(worker)
        self._spawn(self._run(lane, worker, job))
        return worker

    def _stream_name(self) -> str:
        day = datetime.fromtimestamp(self._clock.now(), UTC).strftime("%Y/%m/%d")
        return f"{day}/[$LATEST]{self._entropy.bytes(16).hex()}"

    def _folder(self, stream: str) -> Path:
        return self._temporary / stream[-32:]

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, lane: _Lane, worker: Worker, job: Job | None) -> None:
        try:
            if lane.debugger is not None:
                await lane.debugger.until_free()
                logger.info(
                    "%s waits for a debugger on %s …", lane.function.name, lane.debugger.address
                )
            await worker.start(job)
        except (OSError, ValueError):
            logger.exception("An environment of %s cannot be started", lane.function.name)
            worker.init_error = _refused(
                500, "ServiceException", "The environment cannot be started."
            )
            await worker.stop()

    def _changed(self, lane: _Lane, worker: Worker) -> None:
        lane.starting.discard(worker)
        if worker.state is State.IDLE:
            self._idle(lane, worker)
        elif worker.state is State.DEAD:
            self._died(lane, worker)
        if not self._closing:
            self._dispatch(lane)

    def _idle(self, lane: _Lane, worker: Worker) -> None:
        if worker is lane.candidate:
            lane.candidate, lane.broken = None, False
            for outdated in lane.old.intersection(lane.idle):
                lane.idle.remove(outdated)
                self._spawn(outdated.stop())
        if worker in lane.old and lane.candidate is None:
            self._spawn(worker.stop())
        else:
            lane.idle.append(worker)

    def _died(self, lane: _Lane, worker: Worker) -> None:
        lane.alive.discard(worker)
        self._dying = [each for each in self._dying if not each.gone] + [worker]
        outdated, candidate = worker in lane.old, worker is lane.candidate
        lane.old.discard(worker)
        if worker in lane.idle:
            lane.idle.remove(worker)
        if outdated or candidate or self._closing:
            worker.reset = False
        if worker.reset:
            lane.resets.append(worker.launch.environment["AWS_LAMBDA_LOG_STREAM_NAME"])
        if candidate:
            self._candidate_died(lane, worker)
        elif outdated and lane.debugger is not None and not self._closing:
            self._start(lane)
        elif worker.init_error is not None and not outdated and not self._closing:
            self._cannot_start(lane, worker.init_error)

    def _cannot_start(self, lane: _Lane, error: Result) -> None:
        logger.error("%s cannot start: %s", lane.function.name, error.payload.decode())
        if not lane.waiting:
            return
        job = lane.waiting.popleft()
        if error.status != 200:
            job.settle(error)  # It is no matter of the function; another attempt ends the same.
            return
        # The init phase is repeated as part of one event, which gets the error if it fails again.
        # https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
        self._start(lane, job)

    def _candidate_died(self, lane: _Lane, worker: Worker) -> None:
        lane.candidate, lane.broken = None, True
        lane.old.clear()
        for job in lane.waiting:
            job.generation = 0  # The old code serves on.
        if worker.init_error is not None and not self._closing:
            logger.error(
                "The new code of %s cannot be loaded, the old keeps serving: %s",
                lane.function.name,
                worker.init_error.payload.decode(),
            )

    async def _retire(self) -> None:
        while True:
            await asyncio.sleep(self._clock.duration(RETIRE_EVERY))
            now = self._clock.monotonic()
            for lane in self._lanes.values():
                idle = [now - worker.idle_since for worker in lane.idle]
                too_many = environments_to_retire(
                    idle, len(lane.alive), self._clock.duration(IDLE_LIMIT)
                )
                retired, lane.idle = lane.idle[:too_many], lane.idle[too_many:]
                for worker in retired:
                    self._spawn(worker.stop())


def _refused(status: int, error_type: str, message: str, **more: str) -> Result:
    document = {"errorType": error_type, "errorMessage": message, **more}
    return Result(json.dumps(document).encode(), error_type, status)


def _throttled(reason: str) -> Result:
    # https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    return _refused(429, "TooManyRequestsException", "Rate Exceeded.", reason=reason)


_THROTTLED = _throttled("ConcurrentInvocationLimitExceeded")
_OVER_RESERVED = _throttled("ReservedFunctionConcurrentInvocationLimitExceeded")
_SHUTTING_DOWN = _refused(500, "ServiceException", "The emulator is shutting down.")
