"""All functions' execution environments: warm reuse, scaling out, and the queue in front of them."""

import asyncio
import json
import logging
import os
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from emulator.clock import Clock, Entropy
from emulator.runtime.debugging import Debugger
from emulator.runtime.environment import (
    MAX_PAYLOAD,
    State,
    environments_to_start,
    invalid_entrypoint,
)
from emulator.runtime.invoker import Result
from emulator.runtime.languages.language import EntrypointError
from emulator.runtime.launch import Launch
from emulator.runtime.worker import Job, Log, Worker
from emulator.template.model import Function


logger = logging.getLogger(__name__)

ENVIRONMENTS_PER_FUNCTION = 10
"""A new AWS account has ten for all functions together; here each function has its ten, and events
beyond that wait instead of being throttled (docs/architecture.md says why)."""

STARTS_AT_ONCE = os.cpu_count() or 1
"""Environments of one function in their init phase at the same time."""


@dataclass(slots=True)
class _Lane:
    """One function: its environments and the events that wait for one."""

    function: Function
    variables: Mapping[str, str]
    debugger: Debugger | None
    waiting: deque[Job] = field(default_factory=deque)
    idle: list[Worker] = field(default_factory=list)
    alive: set[Worker] = field(default_factory=set)
    starting: set[Worker] = field(default_factory=set)
    old: set[Worker] = field(default_factory=set)
    """Those that run code which has been changed since."""
    candidate: Worker | None = None
    """The first environment with changed code, until it is known whether that can be loaded."""
    broken: bool = False
    """Whether the code in the folder cannot be loaded, so that no more is started with it."""

    @property
    def limit(self) -> int:
        """How many environments there may be."""
        if self.debugger is not None:
            return 1
        return len(self.alive) if self.broken and self.alive else ENVIRONMENTS_PER_FUNCTION


class Pool:
    """The `Invoker` of the emulator."""

    def __init__(
        self,
        clock: Clock,
        entropy: Entropy,
        open_log: Callable[[str, str], Log],
        temporary: Path,
    ) -> None:
        """`open_log` makes a log stream from a group's and a stream's name; environments keep
        their temporary folders under `temporary`."""
        self._clock = clock
        self._entropy = entropy
        self._open_log = open_log
        self._temporary = temporary
        self._lanes: dict[str, _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._dying: list[Worker] = []
        self._closing = False

    def add(
        self,
        function: Function,
        variables: Mapping[str, str],
        debugger: Debugger | None = None,
    ) -> None:
        """Make a function known, with the environment variables of its processes.

        With a `debugger` it has one environment only, which waits for one when it starts.
        """
        self._lanes[function.name] = _Lane(function, variables, debugger)

    def warm_up(self) -> None:
        """Start one environment of each function ahead of its first event.

        AWS does so too now and then ("proactive initialization"); here it also shows at once that
        a function cannot be loaded.
        """
        for lane in self._lanes.values():
            self._start(lane)

    def reload(self, code: Path) -> None:
        """Take up changed code for the functions in a folder, from the next event on.

        Events wait until an environment with the new code is ready. If it cannot be loaded, the
        old environments go on; else each of them ends after the event that it handles.
        """
        for lane in self._lanes.values():
            if lane.function.code != code or not lane.alive:
                continue
            if lane.debugger is not None:
                self._reload_debugged(lane)
                continue
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
            return _error("ResourceNotFoundException", f"Function not found: {function}")
        if self._closing:
            return _error("ServiceException", "The emulator is shutting down.")
        if len(event) > MAX_PAYLOAD:
            return _error("RequestTooLargeException", f"The event exceeds {MAX_PAYLOAD} bytes.")
        job = Job(
            self._entropy.uuid(),
            event,
            f"Root=1-{int(self._clock.now()):08x}-{self._entropy.bytes(12).hex()};Sampled=0",
            asyncio.get_running_loop().create_future(),
        )
        lane.waiting.append(job)
        self._dispatch(lane)
        return await job.result

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
                lane.waiting.popleft().settle(_error("ServiceException", "shutting down"))

    def _dispatch(self, lane: _Lane) -> None:
        if lane.candidate is not None:
            return
        while lane.waiting and lane.idle:
            job = lane.waiting.popleft()
            if not job.result.done():
                lane.idle.pop().run(job)
        finishing = sum(worker.finishing for worker in lane.alive)
        for _ in range(
            environments_to_start(
                waiting=len(lane.waiting) - finishing,
                starting=len(lane.starting),
                alive=len(lane.alive),
                limit=lane.limit,
                at_once=STARTS_AT_ONCE,
            )
        ):
            self._start(lane)

    def _start(self, lane: _Lane) -> Worker:
        stream = self._stream_name()
        log = self._open_log(lane.function.log_group, stream)
        launch = Launch(
            lane.function,
            {
                **lane.variables,
                "AWS_LAMBDA_LOG_STREAM_NAME": stream,
                "TMPDIR": str(self._temporary / stream[-32:]),
            },
            self._temporary / stream[-32:],
            lane.debugger,
        )
        worker = Worker(launch, self._clock, log, lambda changed: self._changed(lane, changed))
        lane.alive.add(worker)
        lane.starting.add(worker)
        self._spawn(self._run(lane, worker))
        return worker

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, lane: _Lane, worker: Worker) -> None:
        try:
            if lane.debugger is not None:
                await lane.debugger.until_free()
                logger.info(
                    "%s waits for a debugger on %s …", lane.function.name, lane.debugger.address
                )
            await worker.start()
        except EntrypointError as error:
            document = invalid_entrypoint("", str(error))
            worker.init_error = Result(document, "Runtime.InvalidEntrypoint")
            await worker.stop()
        except (OSError, ValueError):
            logger.exception("An environment of %s cannot be started", lane.function.name)
            worker.init_error = _error("ServiceException", "The environment cannot be started.")
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
        outdated = worker in lane.old
        lane.old.discard(worker)
        if worker in lane.idle:
            lane.idle.remove(worker)
        if worker is lane.candidate:
            self._candidate_died(lane, worker)
            return
        if outdated and lane.debugger is not None and not self._closing:
            self._start(lane)
        if worker.init_error is None or outdated or self._closing:
            return
        # The failure belongs to one event, so that a function that can never start does not
        # start for ever.
        logger.error("%s cannot start: %s", lane.function.name, worker.init_error.payload.decode())
        if lane.waiting:
            lane.waiting.popleft().settle(worker.init_error)

    def _candidate_died(self, lane: _Lane, worker: Worker) -> None:
        lane.candidate, lane.broken = None, True
        lane.old.clear()
        if worker.init_error is not None and not self._closing:
            logger.error(
                "The new code of %s cannot be loaded, the old keeps serving: %s",
                lane.function.name,
                worker.init_error.payload.decode(),
            )

    def _stream_name(self) -> str:
        day = datetime.fromtimestamp(self._clock.now(), UTC).strftime("%Y/%m/%d")
        return f"{day}/[$LATEST]{self._entropy.bytes(16).hex()}"


def _error(error_type: str, message: str) -> Result:
    document = {"errorType": error_type, "errorMessage": message}
    return Result(json.dumps(document).encode(), error_type)
