"""All functions' execution environments: warm reuse, scaling out, and the queue in front of them."""

import asyncio
import json
import logging
import os
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from emulator.clock import Clock, Entropy
from emulator.runtime.environment import MAX_PAYLOAD, State, environments_to_start
from emulator.runtime.invoker import Result
from emulator.runtime.worker import Job, Launch, Log, Worker
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
    waiting: deque[Job] = field(default_factory=deque)
    idle: list[Worker] = field(default_factory=list)
    alive: set[Worker] = field(default_factory=set)
    starting: set[Worker] = field(default_factory=set)


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

    def add(self, function: Function, variables: Mapping[str, str]) -> None:
        """Make a function known, with the environment variables of its processes."""
        self._lanes[function.name] = _Lane(function, variables)

    def warm_up(self) -> None:
        """Start one environment of each function ahead of its first event.

        AWS does so too now and then ("proactive initialization"); here it also shows at once that
        a function cannot be loaded.
        """
        for lane in self._lanes.values():
            self._start(lane)

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
        while lane.waiting and lane.idle:
            job = lane.waiting.popleft()
            if not job.result.done():
                lane.idle.pop().run(job)
        for _ in range(
            environments_to_start(
                waiting=len(lane.waiting),
                starting=len(lane.starting),
                alive=len(lane.alive),
                limit=ENVIRONMENTS_PER_FUNCTION,
                at_once=STARTS_AT_ONCE,
            )
        ):
            self._start(lane)

    def _start(self, lane: _Lane) -> None:
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
        )
        worker = Worker(launch, self._clock, log, lambda changed: self._changed(lane, changed))
        lane.alive.add(worker)
        lane.starting.add(worker)
        task = asyncio.get_running_loop().create_task(self._run(lane, worker))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, lane: _Lane, worker: Worker) -> None:
        try:
            await worker.start()
        except (OSError, ValueError):
            logger.exception("An environment of %s cannot be started", lane.function.name)
            worker.init_error = _error("ServiceException", "The environment cannot be started.")
            await worker.stop()

    def _changed(self, lane: _Lane, worker: Worker) -> None:
        lane.starting.discard(worker)
        if worker.state is State.IDLE:
            lane.idle.append(worker)
        elif worker.state is State.DEAD:
            self._died(lane, worker)
        if not self._closing:
            self._dispatch(lane)

    def _died(self, lane: _Lane, worker: Worker) -> None:
        lane.alive.discard(worker)
        self._dying = [each for each in self._dying if not each.gone] + [worker]
        if worker in lane.idle:
            lane.idle.remove(worker)
        if worker.init_error is None or self._closing:
            return
        # The failure belongs to one event, so that a function that can never start does not
        # start for ever.
        logger.error("%s cannot start: %s", lane.function.name, worker.init_error.payload.decode())
        if lane.waiting:
            lane.waiting.popleft().settle(worker.init_error)

    def _stream_name(self) -> str:
        day = datetime.fromtimestamp(self._clock.now(), UTC).strftime("%Y/%m/%d")
        return f"{day}/[$LATEST]{self._entropy.bytes(16).hex()}"


def _error(error_type: str, message: str) -> Result:
    document = {"errorType": error_type, "errorMessage": message}
    return Result(json.dumps(document).encode(), error_type)
