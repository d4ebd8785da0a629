"""A function waits for a debugger, stops at a breakpoint as long as one likes, and answers."""

import asyncio
import socket
from pathlib import Path

import psutil
import pytest

from emulator.errors import UsageError
from emulator.runtime.debugging import (
    UNLIMITED,
    Debugger,
    find_function,
    without_limits,
)
from emulator.runtime.languages.custom import Custom
from emulator.runtime.languages.nodejs import NodeJs
from emulator.runtime.languages.python import Python
from emulator.runtime.packages import Packages
from emulator.template.model import Authorizer, Function, Integration, Route, Stack, WebSocketApi
from tests.emulator.runtime.debuggers import NodeDebugger, PythonDebugger
from tests.emulator.runtime.workbench import Bench
from tests.fakes import until


PYTHON = """\
import os, subprocess, sys

def handler(event, context):
    answer = [event, os.getpid()]
    child = [sys.executable, "-S", "-c", "import sys; print(sys.path, sys.orig_argv)"]
    started = subprocess.run(child, capture_output=True, text=True, check=True)
    return answer + ["debugpy" in started.stdout + str(sys.path)]
"""

NODE = """\
export const handler = async (event) => {
  const answer = [event, process.pid];
  return [...answer, false];
};
"""


@pytest.fixture
def port() -> int:
    """A free port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        free: int = server.getsockname()[1]
    return free


@pytest.mark.process
async def test_a_python_function_stops_at_a_breakpoint(
    bench: Bench,
    packages: Packages,
    port: int,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A real client of the protocol attaches, however late; the answer comes when it lets the
    function go on."""
    caplog.set_level("INFO")
    monkeypatch.setattr("emulator.runtime.worker.INIT_LIMIT", 0.1)
    bench.add(PYTHON, debugger=await Python().debugger(port, packages), timeout=UNLIMITED)
    bench.pool.warm_up()
    running = asyncio.create_task(bench.answer("event"))
    async with PythonDebugger(port) as debugger, asyncio.timeout(25):
        assert f"f waits for a debugger on 127.0.0.1:{port}" in caplog.text
        await debugger.attach(str(bench.folder / "f" / "module.py"), 5)
        assert await debugger.stopped() == ("handler", 5)
        assert not running.done()
        debugger.resume()
        event, pid, sees_debugpy = await running
        assert (event, sees_debugpy) == ("event", False)
        # Two events at once take turns in the one environment.
        both = asyncio.gather(bench.answer(1), bench.answer(2))
        for _ in range(2):
            await debugger.stopped()
            debugger.resume()
        assert {answer[1] for answer in await both} == {pid}
    assert len(bench.logs) == 1, "one environment, which was started once"
    assert "warning" not in bench.log.lower()


@pytest.mark.process
async def test_a_node_function_stops_at_a_breakpoint(node_bench: Bench, port: int) -> None:
    """The same by Node's own inspector."""
    debugger = Debugger(port)
    node_bench.add(NODE, runtime="nodejs22.x", debugger=debugger, timeout=UNLIMITED)
    node_bench.pool.warm_up()
    running = asyncio.create_task(node_bench.answer("event"))
    async with NodeDebugger(port) as client, asyncio.timeout(25):
        await client.attach(str((node_bench.folder / "f" / "module.mjs").resolve()), 3)
        assert await client.stopped() == ("handler", 3)
        assert not running.done()
        await client.resume()
        assert (await running)[0] == "event"


@pytest.mark.process
async def test_changed_code_waits_for_the_debugger_again(
    bench: Bench, packages: Packages, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The old process leaves the port to the new one; nothing of the debugger stays behind."""
    caplog.set_level("INFO")
    bench.add(PYTHON, debugger=await Python().debugger(port, packages), timeout=UNLIMITED)
    code = bench.folder / "f" / "module.py"
    bench.pool.warm_up()
    running = asyncio.create_task(bench.answer())
    async with PythonDebugger(port) as debugger, asyncio.timeout(25):
        await debugger.attach(str(code), 5)
        await debugger.stopped()
        # While it waits at the breakpoint: the event ends on the old code.
        code.write_text(PYTHON.replace("[event", "['new'"))
        bench.reload()
        debugger.resume()
        _, before, _ = await running
    await until(lambda: caplog.text.count("waits for a debugger") == 2, 20)
    running = asyncio.create_task(bench.answer())
    async with PythonDebugger(port) as debugger, asyncio.timeout(25):
        await debugger.attach(str(code), 5)
        await debugger.stopped()
        debugger.resume()
        event, after, _ = await running
        assert (event, after != before) == ("new", True)
    await bench.pool.close()
    await until(
        lambda: not [each for each in psutil.process_iter(["cmdline"]) if _adapts(each, port)], 20
    )


def _adapts(process: psutil.Process, port: int) -> bool:
    """Whether it is debugpy's own process that speaks to the editor at a port."""
    command = process.info["cmdline"] or []
    return str(port) in command and any("debugpy" in part for part in command)


async def test_the_usual_ports(packages: Packages) -> None:
    """Those that editors suggest, unless another is wanted."""
    assert (await Python().debugger(None, packages)).port == 5678
    assert (await NodeJs().debugger(None, packages)).port == 9229
    assert (await NodeJs().debugger(7, packages)).address == "127.0.0.1:7"
    with pytest.raises(UsageError, match="custom runtime"):
        await Custom().debugger(None, packages)


def test_a_port_that_is_taken(port: int) -> None:
    """It is told before anything starts."""
    Debugger(port).check()
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(UsageError, match=f"port {port} is taken.*--debug-port"),
    ):
        Debugger(port).check()


def stack() -> Stack:
    """Two functions, one of them on every route and authorizer."""
    functions = {
        name: Function(name.upper(), name, "arn", "m.h", "python3.13", Path()) for name in "ab"
    }
    routes = {
        "$connect": Route("$connect", Integration("b"), Authorizer("a")),
        "$default": Route("$default", Integration("a")),
        "$disconnect": Route("$disconnect", None),
    }
    api = WebSocketApi("Api", "id", "name", "us-east-1", "0", "$request.body.x", routes, {})
    return Stack("s", "us-east-1", "0", functions, (api,), (), (), (), (), {})


def test_limits_rest_for_the_function_alone() -> None:
    """Its own timeout and those of the integrations and authorizers that lead to it."""
    before = stack()
    after = without_limits(before, before.functions["a"])
    assert after.functions["a"].timeout == UNLIMITED
    assert after.functions["a"].memory_mb > before.functions["a"].memory_mb
    assert after.functions["b"] == before.functions["b"]
    connect, default, disconnect = after.apis[0].routes.values()
    assert connect.authorizer is not None
    assert connect.authorizer.timeout == UNLIMITED
    assert connect.integration == before.apis[0].routes["$connect"].integration
    assert default.integration is not None
    assert default.integration.timeout == UNLIMITED
    assert disconnect == before.apis[0].routes["$disconnect"]


def test_a_function_is_found_by_either_name() -> None:
    """By logical id or by name; else those that exist are listed."""
    assert find_function(stack(), "a") == find_function(stack(), "A")
    with pytest.raises(UsageError, match=r"no function c\. It has: A, B\."):
        find_function(stack(), "c")
