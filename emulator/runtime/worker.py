"""One execution environment for real: a runtime process and the Runtime API listener it talks to."""

import asyncio
import logging
import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

from emulator.children import die_with_parent, kill_group
from emulator.clock import Clock
from emulator.runtime.debugging import UNLIMITED
from emulator.runtime.environment import (
    INIT_LIMIT,
    Report,
    State,
    exited,
    invalid_entrypoint,
    out_of_memory,
    timed_out,
)
from emulator.runtime.invoker import Result
from emulator.runtime.languages.language import EntrypointError
from emulator.runtime.launch import Launch
from emulator.runtime.log import EnvironmentLog, Log
from emulator.runtime.memory import Peak, memory_unshared, memory_used
from emulator.runtime.runtime_api import Invocation, RuntimeApi


logger = logging.getLogger(__name__)

OUTPUT_WITHIN = 1.0
"""Seconds for which the output of a process that has ended is waited for. It ends at once, unless
something that the function has started and that outlives it holds the pipe."""

MEMORY_EVERY = 0.05
"""Seconds between two looks at the memory of an environment that is at work."""

MB = 1024 * 1024


@dataclass(slots=True)
class Job:
    """An event to be handled, and the place where its result is awaited."""

    request_id: str
    event: bytes
    trace_id: str
    result: asyncio.Future[Result]
    settled: Callable[[], None]
    """Called once, when the event no longer counts as being handled."""
    generation: int = 0
    """The oldest code that may handle it: changes that had been taken up before it came."""
    arrived: float = 0.0
    """When it came, on the clock's monotonic scale."""

    def settle(self, result: Result) -> None:
        """Deliver the result, unless nobody waits for it any more."""
        if not self.result.done():
            self.result.set_result(result)
        self.settled()


class Worker(asyncio.SubprocessProtocol):
    """An execution environment.

    `changed` is called whenever the state has changed: the pool then looks what to do next.
    """

    def __init__(
        self, launch: Launch, clock: Clock, log: Log, changed: Callable[["Worker"], None]
    ) -> None:
        self.state = State.INIT
        self.init_error: Result | None = None
        """Why the init phase failed, once it has."""
        self.generation = 0
        """Changes of the code that had been taken up before it was started."""
        self.idle_since = 0.0
        """When it last became idle, on the monotonic clock."""
        self.launch = launch
        self.reset = False
        """Whether it died of its own, so that AWS would initialise it again: its log stream and
        its temporary folder are kept for the next one."""
        self._clock = clock
        self._log = EnvironmentLog(launch.function, log, clock)
        self._changed = changed
        self._started = clock.monotonic()
        self._job: Job | None = None
        self._job_started = 0.0
        self._deadline_ms = 0
        self._init_ms: float | None = None
        self._hand_over: Callable[[Invocation], None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._sampler: asyncio.TimerHandle | None = None
        self._peak = 0
        self._init_peak = 0
        """Bytes that loading took: the least that a process which is gone has used."""
        self._kernel_peak: Peak | None = None
        self._unsettled: tuple[Job, Report, Result] | None = None
        self._server: asyncio.Server | None = None
        self._process: asyncio.SubprocessTransport | None = None
        self._records: asyncio.BaseTransport | None = None
        """The pipe through which the runtime client logs."""
        self._process_ended = False
        self._gone = asyncio.Event()

    async def start(self, job: Job | None = None) -> None:
        """Open the Runtime API and start the process; returns before its init phase is over.

        With a `job`, an init phase that has failed is repeated as part of that event, and the
        function's timeout holds for both together.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: RuntimeApi(self), "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        if job is None:
            limit = INIT_LIMIT if self.launch.debugger is None else UNLIMITED
            self._timer = loop.call_later(limit, self._init_timed_out)
        else:
            self._begin(job)
        self.launch.temporary.mkdir(parents=True, exist_ok=True)
        try:
            command = self.launch.command
        except EntrypointError as error:
            request_id = self._job.request_id if self._job else ""
            document = invalid_entrypoint(request_id, str(error))
            self._fail_init(Result(document, "Runtime.InvalidEntrypoint"))
            await self.stop()
            return
        self._log.init_start(self.launch.runtime_version)
        reading, writing = os.pipe()
        try:
            self._records, _ = await loop.connect_read_pipe(
                lambda: _Records(self._log.framed, self._output_ended), os.fdopen(reading, "rb", 0)
            )
            await loop.subprocess_exec(
                lambda: self,
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.STDOUT,
                cwd=self.launch.function.code,
                env={
                    **self.launch.environment,
                    "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
                    "_LAMBDA_TELEMETRY_LOG_FD": str(writing),
                },
                start_new_session=True,
                preexec_fn=die_with_parent,
                pass_fds=[writing],
            )
        finally:
            os.close(writing)
        if self.state is State.DEAD:
            self._kill()  # It has been stopped meanwhile.
        else:
            self._watch_memory()

    def run(self, job: Job) -> None:
        """Give an idle environment an event."""
        assert self.state is State.IDLE
        self._begin(job)
        self._deliver()
        self._watch_memory()

    def _begin(self, job: Job) -> None:
        self._job = job
        self._job_started = self._clock.monotonic()
        self._peak = self._init_peak
        timeout = self._clock.duration(self.launch.function.timeout)
        self._deadline_ms = self._clock.now_ms() + int(timeout * 1000)
        self._timer = asyncio.get_running_loop().call_later(timeout, self._timed_out)
        self._log.start(job.request_id)

    def _deliver(self) -> None:
        assert self._job is not None
        assert self._hand_over is not None
        self.state = State.BUSY
        self._hand_over(
            Invocation(
                self._job.request_id,
                self._job.event,
                self._deadline_ms,
                self.launch.function.arn,
                self._job.trace_id,
            )
        )

    async def stop(self) -> None:
        """Kill the process and wait until it is gone."""
        self._end(None)
        if self._process is None:
            asyncio.get_running_loop().call_soon(self._release)
        await self._gone.wait()

    @property
    def finishing(self) -> bool:
        """Whether it has answered and is about to ask for its next event."""
        return self.state is State.BUSY and self._job is None

    @property
    def gone(self) -> bool:
        """Whether the process has ended and all that it wrote is in the log."""
        return self._gone.is_set()

    # The runtime process speaks.

    def runtime_waits(self, hand_over: Callable[[Invocation], None]) -> None:
        if self.state is State.DEAD:
            return
        self._hand_over = hand_over
        if self.state is State.IDLE:
            return  # It asks again, on another connection; it is in the list already.
        if self.state is State.INIT and self._job is not None:
            self._deliver()
            self._changed(self)
            return
        if self.state is State.INIT:
            self._cancel_timers()
            self._init_ms = self._since_start_ms()
            self._init_peak = self._peak_bytes()
        self.state = State.IDLE
        self.idle_since = self._clock.monotonic()
        self._changed(self)

    def runtime_responded(self, request_id: str, result: bytes) -> None:
        self._finish(request_id, Result(result))

    def runtime_failed(self, request_id: str, error_type: str, document: bytes) -> None:
        self._finish(request_id, _failure(error_type, document))

    def init_failed(self, error_type: str, document: bytes) -> None:
        self._fail_init(_failure(error_type, document))

    # The process itself.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not derive from asyncio's classes.
        self._process = cast(asyncio.SubprocessTransport, transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._log.output(data)

    def process_exited(self) -> None:
        assert self._process is not None
        request_id = self._job.request_id if self._job else ""
        how = _how_it_ended(self._process.get_returncode())
        self._die(Result(exited(request_id, how), "Runtime.ExitError"))
        kill_group(self._process.get_pid())  # What it has started and left behind.
        self._timer = asyncio.get_running_loop().call_later(OUTPUT_WITHIN, self._close_pipes)

    def connection_lost(self, exc: Exception | None) -> None:
        """The process has ended, and its output has been read to the end."""
        self._process_ended = True
        self._output_ended()

    def _output_ended(self) -> None:
        """One of the two pipes has been read to the end."""
        assert self._records is not None
        if self._process_ended and self._records.is_closing():
            self._cancel_timers()
            self._release()

    def _close_pipes(self) -> None:
        assert self._process is not None
        assert self._records is not None
        self._process.close()
        self._records.close()

    def _release(self) -> None:
        if not self._gone.is_set():
            self._gone.set()
            self._settle()
            self._log.close()
            if self._records is not None:
                self._records.close()
            if self._kernel_peak is not None:
                self._kernel_peak.close()
            if not self.reset:
                shutil.rmtree(self.launch.temporary, ignore_errors=True)

    # What ends an invocation or the environment.

    def _finish(self, request_id: str, result: Result) -> None:
        if self._job is None or self._job.request_id != request_id:
            return
        self._cancel_timers()
        job, self._job = self._job, None
        report = Report(
            request_id,
            (self._clock.monotonic() - self._job_started) * 1000,
            self.launch.function.memory_mb,
            self._peak_bytes() // MB,
            self._init_ms,
        )
        self._init_ms = None
        # What the function printed came first, but may still wait in a pipe for this turn of the
        # event loop, and for the next to be handed over.
        self._unsettled = (job, report, result)
        loop = asyncio.get_running_loop()
        loop.call_soon(loop.call_soon, self._settle)

    def _settle(self) -> None:
        if self._unsettled is not None:
            (job, report, result), self._unsettled = self._unsettled, None
            self._log.end(report, result.error)
            job.settle(replace(result, request_id=job.request_id, log_tail=self._log.tail))

    def _end(self, result: Result | None) -> None:
        if self.state is State.DEAD:
            return
        if self._job is not None:
            request_id = self._job.request_id
            killed = Result(exited(request_id, "signal: killed"), "Runtime.ExitError")
            self._finish(request_id, result or killed)
        self.state = State.DEAD
        self._cancel_timers()
        if self._server is not None:
            self._server.close()
        self._kill()
        self._changed(self)

    def _kill(self) -> None:
        if self._process is not None and self._process.get_returncode() is None:
            kill_group(self._process.get_pid())

    def _die(self, error: Result) -> None:
        """End because of something that the function did."""
        if self.state is State.DEAD:
            return
        self.reset = True
        if self.state is State.INIT:
            self._fail_init(error)
            return
        if self._job is not None:
            self._log.died(error.document()["errorMessage"], error.error or "")
        self._end(error)

    def _fail_init(self, error: Result) -> None:
        if self.state is State.DEAD:
            return
        phase = "init" if self._job is None else "invoke"
        self._log.init_failed(self._since_start_ms(), phase, error.error or "")
        self.reset = True
        self.init_error = error
        self._end(error)

    def _timed_out(self) -> None:
        assert self._job is not None
        request_id = self._job.request_id
        timeout = self.launch.function.timeout
        self._log.timed_out(request_id)
        self.reset = True
        self._end(Result(timed_out(request_id, timeout), "Sandbox.Timedout"))

    def _init_timed_out(self) -> None:
        self._fail_init(Result(timed_out("", INIT_LIMIT), "Sandbox.Timedout"))

    def _cancel_timers(self) -> None:
        for timer in (self._timer, self._sampler):
            if timer is not None:
                timer.cancel()
        self._timer = self._sampler = None

    def _since_start_ms(self) -> float:
        return (self._clock.monotonic() - self._started) * 1000

    # Memory.

    def _watch_memory(self) -> None:
        loop = asyncio.get_running_loop()
        self._sampler = loop.call_later(MEMORY_EVERY, self._look_at_memory)

    def _look_at_memory(self) -> None:
        assert self._process is not None
        pid = self._process.get_pid()
        limit = self.launch.function.memory_mb * MB
        used = memory_used(pid)
        if used > limit:
            used = memory_unshared(pid)
        self._peak = max(self._peak, used)
        if used > limit:
            request_id = self._job.request_id if self._job else ""
            self._die(Result(out_of_memory(request_id), "Runtime.OutOfMemory"))
        else:
            self._watch_memory()

    def _peak_bytes(self) -> int:
        if self._process is None:
            return 0
        if self._kernel_peak is None:
            self._kernel_peak = Peak(self._process.get_pid())
        return max(self._peak, self._kernel_peak.bytes())


def _how_it_ended(code: int | None) -> str:
    """In the words that AWS's supervisor has for it."""
    if code is not None and code < 0:
        return f"signal: {(signal.strsignal(-code) or str(-code)).lower()}"
    return f"exit status {code}"


class _Records(asyncio.Protocol):
    """The reading end of the pipe that the runtime client logs through."""

    def __init__(self, take: Callable[[bytes], None], ended: Callable[[], None]) -> None:
        self._take = take
        self._ended = ended

    def data_received(self, data: bytes) -> None:
        self._take(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended()


def _failure(error_type: str, document: bytes) -> Result:
    """What went wrong; the Python client names the type in the document alone."""
    content = Result(document).document()
    named = content.get("errorType") if isinstance(content, dict) else None
    return Result(document, error_type or str(named or "Unhandled"))
