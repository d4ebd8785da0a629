"""One execution environment for real: a runtime process and the Runtime API listener it talks to."""

import asyncio
import logging
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from emulator.children import die_with_parent, kill_group
from emulator.clock import Clock
from emulator.runtime.environment import (
    Report,
    State,
    exited,
    init_timed_out,
    timed_out,
)
from emulator.runtime.invoker import Result
from emulator.runtime.launch import Launch
from emulator.runtime.runtime_api import Invocation, RuntimeApi


logger = logging.getLogger(__name__)

OUTPUT_WITHIN = 1.0
"""Seconds for which the output of a process that has ended is waited for. It ends at once, unless
something that the function has started and that outlives it holds the pipe."""


@dataclass(frozen=True, slots=True)
class Job:
    """An event to be handled, and the place where its result is awaited."""

    request_id: str
    event: bytes
    trace_id: str
    result: asyncio.Future[Result]

    def settle(self, result: Result) -> None:
        """Deliver the result, unless nobody waits for it any more."""
        if not self.result.done():
            self.result.set_result(result)


class Log(Protocol):
    """Takes a log stream's text."""

    def write(self, text: bytes) -> None:
        """Append `text`, which ends lines as the function wrote them."""

    def close(self) -> None:
        """Nothing more will come."""


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
        self._launch = launch
        self._clock = clock
        self._log = log
        self._changed = changed
        self._started = clock.monotonic()
        self._job: Job | None = None
        self._job_started = 0.0
        self._init_ms: float | None = None
        self._hand_over: Callable[[Invocation], None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._server: asyncio.Server | None = None
        self._process: asyncio.SubprocessTransport | None = None
        self._gone = asyncio.Event()

    async def start(self) -> None:
        """Open the Runtime API and start the process; returns before its init phase is over."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: RuntimeApi(self), "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self._timer = loop.call_later(self._launch.init_limit, self._init_timed_out)
        self._launch.temporary.mkdir(parents=True)
        await loop.subprocess_exec(
            lambda: self,
            *self._launch.command,
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.STDOUT,
            cwd=self._launch.function.code,
            env={**self._launch.environment, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}"},
            start_new_session=True,
            preexec_fn=die_with_parent,
        )

    def run(self, job: Job) -> None:
        """Give an idle environment an event."""
        assert self.state is State.IDLE
        assert self._hand_over is not None
        self.state = State.BUSY
        self._job = job
        self._job_started = self._clock.monotonic()
        timeout = self._clock.duration(self._launch.function.timeout)
        self._timer = asyncio.get_running_loop().call_later(timeout, self._timed_out)
        self._log.write(f"START RequestId: {job.request_id} Version: $LATEST\n".encode())
        deadline_ms = self._clock.now_ms() + int(timeout * 1000)
        self._hand_over(
            Invocation(
                job.request_id,
                job.event,
                deadline_ms,
                self._launch.function.arn,
                job.trace_id,
            )
        )

    async def stop(self) -> None:
        """Kill the process and wait until it is gone."""
        self._end(None)
        if self._process is None:
            self._release()
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
        if self.state is State.INIT:
            self._cancel_timer()
            self._init_ms = (self._clock.monotonic() - self._started) * 1000
        self.state = State.IDLE
        self._changed(self)

    def runtime_responded(self, request_id: str, result: bytes) -> None:
        self._finish(request_id, Result(result))

    def runtime_failed(self, request_id: str, error_type: str, document: bytes) -> None:
        self._finish(request_id, _failure(error_type, document))

    def init_failed(self, error_type: str, document: bytes) -> None:
        self.init_error = _failure(error_type, document)
        self._end(None)

    # The process itself.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not derive from asyncio's classes.
        self._process = cast(asyncio.SubprocessTransport, transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._log.write(data)

    def process_exited(self) -> None:
        assert self._process is not None
        code = self._process.get_returncode()
        request_id = self._job.request_id if self._job else ""
        if self.state is State.INIT:
            self.init_error = Result(exited(request_id, code), "Runtime.ExitError")
        self._end(Result(exited(request_id, code), "Runtime.ExitError"))
        kill_group(self._process.get_pid())  # What it has started and left behind.
        self._timer = asyncio.get_running_loop().call_later(OUTPUT_WITHIN, self._process.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """The process has ended, and its output has been read to the end."""
        self._cancel_timer()
        # Both may come in one turn of the event loop: the END line of `_finish` is still on its way.
        asyncio.get_running_loop().call_soon(self._release)

    def _release(self) -> None:
        if not self._gone.is_set():
            self._gone.set()
            self._log.close()
            shutil.rmtree(self._launch.temporary, ignore_errors=True)

    # What ends an invocation or the environment.

    def _finish(self, request_id: str, result: Result) -> None:
        if self._job is None or self._job.request_id != request_id:
            return
        self._cancel_timer()
        job, self._job = self._job, None
        report = Report(
            request_id,
            (self._clock.monotonic() - self._job_started) * 1000,
            self._launch.function.memory_mb,
            self._peak_mb(),
            self._init_ms,
        )
        self._init_ms = None
        # What the function printed came first, but may still wait in the pipe for this turn of the
        # event loop.
        lines = f"END RequestId: {request_id}\n{report.line()}".encode()
        asyncio.get_running_loop().call_soon(self._log.write, lines)
        job.settle(result)

    def _end(self, result: Result | None) -> None:
        if self.state is State.DEAD:
            return
        if self._job is not None:
            request_id = self._job.request_id
            killed = Result(exited(request_id, -signal.SIGKILL), "Runtime.ExitError")
            self._finish(request_id, result or killed)
        self.state = State.DEAD
        self._cancel_timer()
        if self._server is not None:
            self._server.close()
        if self._process is not None and self._process.get_returncode() is None:
            kill_group(self._process.get_pid())
        self._changed(self)

    def _timed_out(self) -> None:
        assert self._job is not None
        request_id = self._job.request_id
        timeout = self._launch.function.timeout
        self._log.write(f"{request_id} Task timed out after {timeout:.2f} seconds\n\n".encode())
        self._end(Result(timed_out(request_id, timeout), "Sandbox.Timedout"))

    def _init_timed_out(self) -> None:
        self.init_error = Result(init_timed_out(""), "Sandbox.Timedout")
        self._end(None)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _peak_mb(self) -> int:
        """The peak resident memory of the process, from the kernel's own accounting."""
        assert self._process is not None
        try:
            status = Path(f"/proc/{self._process.get_pid()}/status").read_bytes()
        except OSError:
            return 0
        _, found, rest = status.partition(b"VmHWM:")
        return int(rest.split(None, 1)[0]) // 1024 if found else 0


def _failure(error_type: str, document: bytes) -> Result:
    """What went wrong; the Python client names the type in the document alone."""
    content = Result(document).document()
    named = content.get("errorType") if isinstance(content, dict) else None
    return Result(document, error_type or str(named or "Unhandled"))
