"""The pool with the real runtime client: small handler modules, run as on AWS."""

import asyncio
import json
import os
import platform
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from emulator.runtime.environment import MAX_PAYLOAD
from emulator.template.model import LoggingConfig
from tests.emulator.runtime.workbench import Bench
from tests.fakes import until


pytestmark = [pytest.mark.process]


PID = """
    import os

    def handler(event, context):
        return os.getpid()
"""


async def test_a_warm_environment_is_used_again(bench: Bench) -> None:
    """Events that follow each other go to one process, which loads its module once."""
    bench.add(
        """
        import os
        loaded = []

        def handler(event, context):
            loaded.append(event)
            return [os.getpid(), loaded]
        """
    )
    first = await bench.answer("a")
    assert await bench.answer("b") == [first[0], ["a", "b"]]


async def test_concurrent_events_get_environments_of_their_own(bench: Bench) -> None:
    """A second event does not wait for the first: both run at once, in two processes."""
    bench.add(
        """
        import os, pathlib, time

        def handler(event, context):
            mine, other = event
            pathlib.Path(mine).touch()
            deadline = time.monotonic() + 8
            while not pathlib.Path(other).exists():
                assert time.monotonic() < deadline, "alone"
                time.sleep(0.005)
            return os.getpid()
        """
    )
    a, b = str(bench.folder / "a"), str(bench.folder / "b")
    pids = await asyncio.gather(bench.answer([a, b]), bench.answer([b, a]))
    assert len(set(pids)) == 2


async def test_warm_up_starts_one_environment(bench: Bench) -> None:
    """Functions are loaded ahead of their first event, which then finds a process ready."""
    bench.add("print('loaded')\n" + textwrap.dedent(PID))
    bench.pool.warm_up()
    await until(lambda: "loaded" in bench.log)
    await bench.answer()
    assert len(bench.logs) == 1


async def test_the_log_has_lambda_s_own_lines(bench: Bench) -> None:
    """INIT_START once, START, what the function printed, END, REPORT, with the event's id."""
    bench.add(
        """
        def handler(event, context):
            print("printed", event)
            return context.aws_request_id
        """
    )
    request_id = await bench.answer(7)
    version = platform.python_version()
    first, *lines = bench.log.splitlines()
    assert first == f"INIT_START Runtime Version: python:{version}.labchat"
    assert lines[:3] == [
        f"START RequestId: {request_id} Version: $LATEST",
        "printed 7",
        f"END RequestId: {request_id}",
    ]
    assert re.fullmatch(
        rf"REPORT RequestId: {request_id}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\t"
        r"Memory Size: 256 MB\tMax Memory Used: [1-9]\d* MB\tInit Duration: \d+\.\d\d ms",
        lines[3],
    )
    await bench.answer(8)
    assert "Init Duration" not in bench.log.splitlines()[-1], "only the first event pays for it"


async def test_a_record_is_one_event_of_the_log(bench: Bench) -> None:
    """What `logging` and the runtime client emit keeps its lines together; prints are lines."""
    bench.add(
        """
        import logging

        def handler(event, context):
            print("a", "b", sep="\\n")
            try:
                1 / 0
            except ZeroDivisionError:
                logging.exception("first")
            raise ValueError("second\\nline")
        """
    )
    result = await bench.call()
    assert result.error == "ValueError"
    messages = bench.logs[0][2].messages
    assert {"a\n", "b\n"} <= set(messages)
    [first] = [message for message in messages if "first" in message]
    assert first.startswith("[ERROR]\t")
    assert "Traceback (most recent call last)" in first
    assert "ZeroDivisionError" in first
    [second] = [message for message in messages if "second" in message]
    assert second.startswith("[ERROR] ValueError: second\nline\nTraceback")
    assert messages[-2].startswith("END")
    tail = [line.rstrip() for line in result.log_tail.decode().splitlines()]
    assert tail == bench.log.splitlines()[1:]


async def test_logs_in_json(bench: Bench) -> None:
    """LoggingConfig decides for the runtime client and for the platform alike."""
    bench.add(
        """
        import logging

        def handler(event, context):
            logging.getLogger().debug("not wanted")
            logging.getLogger().info("wanted")
        """,
        logging=LoggingConfig("JSON", application_level="INFO", system_level="DEBUG"),
    )
    await bench.answer()
    documents = [json.loads(message) for message in bench.logs[0][2].messages]
    kinds = [document.get("type", document.get("message")) for document in documents]
    platform_ = [f"platform.{name}" for name in ("initStart", "start", "runtimeDone", "report")]
    assert kinds == [*platform_[:2], "wanted", *platform_[2:]]
    assert documents[2]["level"] == "INFO"


async def test_a_failed_start_is_in_the_log(bench: Bench) -> None:
    """The reason first, then INIT_REPORT with the error's type."""
    bench.add("import nothing_of_this_name")
    await bench.call()
    await until(lambda: bench.logs[0][2].closed)
    messages = bench.logs[0][2].messages
    assert messages[0].startswith("INIT_START ")
    assert "No module named" in "".join(messages[1:-1])
    assert messages[-1].endswith("Status: error\tError Type: Runtime.ImportModuleError\n")


async def test_log_streams_are_named_as_on_aws(bench: Bench) -> None:
    """The stream is of the day, the version and the environment; the function knows its name."""
    bench.add(
        "def handler(event, context): return [context.log_group_name, context.log_stream_name]"
    )
    group, stream = await bench.answer()
    assert [(group, stream)] == [(group, stream) for group, stream, _ in bench.logs]
    assert group == "/aws/lambda/f"
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", stream)


async def test_an_exception_is_the_function_s_result(bench: Bench) -> None:
    """A raise gives AWS's error document; the environment lives on."""
    bench.add(
        """
        import os

        def handler(event, context):
            if event == "pid":
                return os.getpid()
            raise ValueError("boom")
        """
    )
    pid = await bench.answer("pid")
    result = await bench.call("raise")
    document = result.document()
    assert result.error == "ValueError"
    assert (document["errorMessage"], document["errorType"]) == ("boom", "ValueError")
    assert 'raise ValueError("boom")' in "".join(document["stackTrace"])
    assert document["requestId"] in bench.log
    assert "[ERROR] ValueError: boom" in bench.log
    assert await bench.answer("pid") == pid


async def test_a_timeout_kills_and_the_next_event_works(bench: Bench) -> None:
    """A function past its timeout ends with `Sandbox.Timedout`; a fresh process takes over."""
    bench.add(
        """
        import os, time

        def handler(event, context):
            if event == "hang":
                print(os.getpid(), flush=True)
                time.sleep(60)
            return os.getpid()
        """,
        timeout=0.5,
    )
    before = await bench.answer()
    result = await bench.call("hang")
    document = result.document()
    assert result.error == document["errorType"] == "Sandbox.Timedout"
    assert document["errorMessage"].endswith("Error: Task timed out after 0.50 seconds")
    assert f"{document['errorMessage'].split()[1]} Task timed out after 0.50 seconds" in bench.log
    assert await bench.answer() != before
    await until(lambda: not psutil.pid_exists(before))


async def test_children_of_a_timed_out_function_end_with_it(bench: Bench) -> None:
    """What a function has started is killed together with it."""
    bench.add(
        """
        import pathlib, subprocess, time

        def handler(event, context):
            child = subprocess.Popen(["sleep", "60"])
            pathlib.Path(event).write_text(str(child.pid))
            time.sleep(60)
        """,
        timeout=0.7,
    )
    note = bench.folder / "pid"
    assert (await bench.call(str(note))).error == "Sandbox.Timedout"
    pid = int(note.read_text())
    await until(lambda: _gone(pid))


async def test_children_of_a_crashed_function_end_with_it(bench: Bench) -> None:
    """Also a process that ends by itself leaves nothing behind."""
    bench.add(
        """
        import os, pathlib, subprocess

        def handler(event, context):
            child = subprocess.Popen(["sleep", "60"])
            pathlib.Path(event).write_text(str(child.pid))
            os._exit(3)
        """
    )
    note = bench.folder / "pid"
    assert (await bench.call(str(note))).error == "Runtime.ExitError"
    pid = int(note.read_text())
    await until(lambda: _gone(pid))


def _gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def test_a_crash_ends_one_event_only(bench: Bench) -> None:
    """`os._exit` gives `Runtime.ExitError` with the exit status; the next event works."""
    bench.add(
        """
        import os

        def handler(event, context):
            if event == "crash":
                os._exit(7)
            return "fine"
        """
    )
    result = await bench.call("crash")
    assert result.error == "Runtime.ExitError"
    assert result.document()["errorMessage"].endswith("Runtime exited with error: exit status 7")
    assert await bench.answer() == "fine"


async def test_what_a_dying_function_printed_is_in_its_log(bench: Bench) -> None:
    """Output that is still in the pipe when the process ends is not lost."""
    bench.add(
        """
        import os, sys

        def handler(event, context):
            for number in range(2000):
                sys.stdout.write(f"line {number} {'x' * 100}\\n")
            sys.stdout.flush()
            os._exit(1)
        """
    )
    assert (await bench.call()).error == "Runtime.ExitError"
    log = bench.logs[0][2]
    await until(lambda: log.closed)
    assert [line.split()[1] for line in log.text.splitlines() if line.startswith("line")] == [
        str(number) for number in range(2000)
    ]


async def test_a_process_killed_from_outside_while_busy(bench: Bench) -> None:
    """SIGKILL gives `Runtime.ExitError` that names the signal; the next event works."""
    bench.add(
        """
        import os, pathlib, time

        def handler(event, context):
            if event:
                pathlib.Path(event).write_text(str(os.getpid()))
                time.sleep(60)
            return "fine"
        """
    )
    note = bench.folder / "pid"
    call = asyncio.create_task(bench.call(str(note)))
    await until(lambda: note.exists() and note.read_text() != "")
    os.kill(int(note.read_text()), signal.SIGKILL)
    result = await call
    assert result.error == "Runtime.ExitError"
    assert result.document()["errorMessage"].endswith("Runtime exited with error: signal: killed")
    assert await bench.answer() == "fine"


async def test_a_process_killed_from_outside_while_idle(bench: Bench) -> None:
    """An idle environment that dies is replaced; no event is lost on it."""
    bench.add(PID)
    pid = await bench.answer()
    os.kill(pid, signal.SIGKILL)
    await until(lambda: bench.logs[0][2].closed)
    assert await bench.answer() != pid


async def test_an_event_in_the_moment_of_death_gets_an_answer(bench: Bench) -> None:
    """An event handed to a process that is just dying ends with an error, not with silence."""
    bench.add(PID)
    pid = await bench.answer()
    os.kill(pid, signal.SIGKILL)
    result = await asyncio.wait_for(bench.call(), 5)
    assert result.error in {None, "Runtime.ExitError"}
    assert (await asyncio.wait_for(bench.call(), 5)).error is None


async def test_a_result_that_is_no_json(bench: Bench) -> None:
    """The runtime client's own marshalling error comes through."""
    bench.add("def handler(event, context): return object()")
    result = await bench.call()
    assert result.error == "Runtime.MarshalError"


async def test_large_payloads(bench: Bench) -> None:
    """Six megabytes go in and out; one byte more is refused, and the next event works."""
    bench.add(
        "def handler(event, context): return event if isinstance(event, str) else 'x' * event"
    )
    text = "y" * (MAX_PAYLOAD - 2)
    assert await bench.answer(text) == text
    assert (await bench.call(text + "y")).error == "RequestTooLargeException"
    too_large = await bench.call(MAX_PAYLOAD - 1)
    assert too_large.error == "Function.ResponseSizeTooLarge"
    assert await bench.answer(1) == "x"


async def test_an_unknown_function(bench: Bench) -> None:
    """A function of another name is an error result, not an exception."""
    result = await bench.call(name="absent")
    assert result.error == "ResourceNotFoundException"


async def test_the_environment_is_lambda_s_and_nothing_of_this_machine(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A function sees AWS's variables, the template's, the endpoints, and no other."""
    monkeypatch.setenv("SECRET_OF_THE_HOST", "x")
    bench.add("import os\ndef handler(event, context): return dict(os.environ)", TABLE="t1")
    seen = await bench.answer()
    code = str(bench.folder / "f")
    assert set(seen) == {
        *("AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL_DYNAMODB"),
        *("AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME"),
        *("AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE"),
        "AWS_LAMBDA_LOG_FORMAT",
        *("AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API"),
        *("AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_TASK_ROOT", "LANG"),
        *(
            "LD_LIBRARY_PATH",
            "PATH",
            "PYTHONDONTWRITEBYTECODE",
            "PYTHONPATH",
            "TABLE",
            "TMPDIR",
            "TZ",
            "_HANDLER",
        ),
        "_X_AMZN_TRACE_ID",
    }
    assert seen["TABLE"] == "t1"
    assert seen["_HANDLER"] == "module.handler"
    assert seen["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert seen["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert seen["LAMBDA_TASK_ROOT"] == code
    assert re.fullmatch(r"127\.0\.0\.1:\d+", seen["AWS_LAMBDA_RUNTIME_API"])
    assert re.match(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};", seen["_X_AMZN_TRACE_ID"])


async def test_nothing_of_the_emulator_can_be_imported(bench: Bench) -> None:
    """Packages that a function does not declare are missing here as they are on AWS."""
    bench.add(
        """
        import importlib.util

        def handler(event, context):
            return [name for name in event if importlib.util.find_spec(name)]
        """
    )
    names = ["boto3", "emulator", "starlette", "uvicorn", "pytest", "module"]
    assert await bench.answer(names) == ["boto3", "module"]


async def test_the_context_object(bench: Bench) -> None:
    """The Lambda context tells name, ARN, memory and the time that is left."""
    bench.add(
        """
        def handler(event, context):
            return [
                context.function_name, context.function_version, context.invoked_function_arn,
                context.memory_limit_in_mb, context.get_remaining_time_in_millis(),
            ]
        """,
        timeout=5,
    )
    *texts, left = await bench.answer()
    arn = "arn:aws:lambda:us-east-1:000000000000:function:f"
    assert texts == ["f", "$LATEST", arn, "256"]
    assert 0 < left <= 5000


async def test_a_temporary_folder_outlives_a_crash(bench: Bench) -> None:
    """Each environment has a TMPDIR of its own. The one that is initialised again after a crash
    finds its files there, and goes on in the same log stream; in the end the folder is removed."""
    bench.add("import os, tempfile\ndef handler(e, c): return [os.getpid(), tempfile.mkdtemp()]")
    pid, folder = await bench.answer()
    os.kill(pid, signal.SIGKILL)
    await until(lambda: bench.logs[0][2].closed)
    other_pid, other_folder = await bench.answer()
    assert other_pid != pid
    assert Path(folder).parent == Path(other_folder).parent
    await until(lambda: Path(folder).is_dir())
    assert bench.logs[0][1] == bench.logs[1][1]
    await bench.pool.close()
    await until(lambda: not Path(folder).parent.exists())


async def test_a_caller_that_gives_up_leaves_the_queue(
    bench: Bench,
) -> None:
    """A cancelled event that still waits is never handled; one that runs, runs on."""
    bench.configure(concurrency=1)
    bench.add(
        """
        import pathlib, time
        seen = []

        def handler(event, context):
            seen.append(event)
            if event == "slow":
                pathlib.Path("../started").touch()
                while not pathlib.Path("../go").exists():
                    time.sleep(0.005)
            return seen
        """
    )
    slow = asyncio.create_task(bench.call("slow"))
    await until((bench.folder / "started").exists)
    waiting = asyncio.create_task(bench.call("given up"))
    await asyncio.sleep(0)
    waiting.cancel()
    slow.cancel()
    (bench.folder / "go").touch()
    assert await bench.answer("last") == ["slow", "last"]


async def test_an_environment_that_cannot_be_started(bench: Bench) -> None:
    """Without its code folder a function fails with an error result, and nothing hangs."""
    bench.add(PID)
    for path in (bench.folder / "f" / "module.py", bench.folder / "f"):
        (path.rmdir if path.is_dir() else path.unlink)()
    result = await asyncio.wait_for(bench.call(), 5)
    assert result.error == "ServiceException"
    assert all(log.closed for _, _, log in bench.logs)


async def test_an_environment_variable_that_no_process_can_have(bench: Bench) -> None:
    """Half a surrogate pair, which YAML can write, fails the event, and nothing hangs."""
    bench.add(PID, BROKEN="\ud800")
    result = await asyncio.wait_for(bench.call(), 5)
    assert result.error == "ServiceException"


async def test_closing_answers_what_runs_and_what_waits(
    bench: Bench,
) -> None:
    """Nobody waits for ever when the emulator stops; afterwards events are refused."""
    bench.configure(concurrency=1)
    bench.add(
        "import pathlib, time\ndef handler(e, c): pathlib.Path('../on').touch(); time.sleep(60)"
    )
    calls = [asyncio.create_task(bench.call()) for _ in range(3)]
    await until((bench.folder / "on").exists)
    await bench.pool.close()
    errors = [call.error for call in await asyncio.wait_for(asyncio.gather(*calls), 5)]
    assert errors == ["Runtime.ExitError", "ServiceException", "ServiceException"]
    assert (await bench.call()).error == "ServiceException"
    assert all(log.closed for _, _, log in bench.logs)


async def test_closing_while_an_environment_starts(bench: Bench) -> None:
    """A process whose start was cut short does not stay behind."""
    bench.add(PID)
    call = asyncio.create_task(bench.call())
    await asyncio.sleep(0)
    await bench.pool.close()
    assert (await asyncio.wait_for(call, 5)).error in {"ServiceException", "Runtime.ExitError"}


async def test_closing_waits_for_the_dead(bench: Bench) -> None:
    """Also environments that were already killed are gone when closing has ended."""
    bench.add("import time\ndef handler(e, c): time.sleep(60)", timeout=0.3)
    assert (await bench.call()).error == "Sandbox.Timedout"
    await bench.pool.close()
    assert all(log.closed for _, _, log in bench.logs)


async def test_a_background_process_that_holds_the_output(bench: Bench) -> None:
    """A daemon that left the process group keeps neither the event nor the closing waiting."""
    bench.add(
        """
        import os, subprocess

        def handler(event, context):
            child = subprocess.Popen(["sleep", "60"], start_new_session=True)
            print(child.pid, flush=True)
            os._exit(1)
        """
    )
    assert (await asyncio.wait_for(bench.call(), 5)).error == "Runtime.ExitError"
    match = re.search(r"^(\d+)$", bench.log, re.MULTILINE)
    assert match
    try:
        await asyncio.wait_for(bench.pool.close(), 5)
    finally:
        os.kill(int(match[1]), signal.SIGKILL)


def test_functions_die_when_the_emulator_is_killed(tmp_path: Path, runtime_packages: Path) -> None:
    """SIGKILL of the emulator leaves no runtime process behind."""
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "module.py").write_text("def handler(e, c): ...")
    script = f"""
import asyncio
from pathlib import Path
from emulator.clock import Clock, Entropy
from emulator.runtime.pool import Pool
from tests.fakes import MemoryLog
from emulator.template.model import Function

async def main():
    folder = Path({str(tmp_path)!r})
    pool = Pool(Clock(), Entropy(), lambda group, stream: MemoryLog(), folder / "tmp")
    function = Function("f", "f", "arn", "module.handler", "python3.13", folder / "f")
    pool.add(function, {{"PYTHONPATH": {str(runtime_packages)!r}}})
    await pool.invoke("f", b"1")
    print("up", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
        children = psutil.Process(parent.pid).children(recursive=True)
        assert len(children) == 1
        parent.kill()
        parent.wait()
        _, alive = psutil.wait_procs(children, timeout=5)
    assert not alive
