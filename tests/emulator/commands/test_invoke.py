"""`labchat invoke` against a real emulator with a function in each language."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from websockets.sync.client import connect

from emulator.cli import main
from tests.emulator.runtime.debuggers import PythonDebugger
from tests.support.server import ROOT, Server, free_ports


pytestmark = [pytest.mark.process, pytest.mark.timeout(150)]

TEMPLATE = ROOT / "tests" / "fixtures" / "languages" / "template.yaml"


@pytest.fixture(scope="module")
def languages(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The emulator, recording."""
    folder = tmp_path_factory.mktemp("languages")
    server = Server(folder / "data", TEMPLATE, ("--record", str(folder / "events")))
    server.start()
    yield server
    server.close()


def invoke(server: Server, *arguments: str, given: str = "") -> Result:
    """What a person types, without the time that a process takes to start."""
    command = ["invoke", *arguments, "--data-dir", str(server.data_dir)]
    return CliRunner().invoke(main, command, input=given)


def invoke_in_a_process(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What a person types, in a process of its own."""
    command = ["invoke", *arguments, "--data-dir", str(server.data_dir)]
    return subprocess.run(
        [sys.executable, "-m", "emulator", *command],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_result_is_standard_output(languages: Server, tmp_path: Path) -> None:
    """By logical id or name; the event from a file, from standard input, or given right away."""
    event = tmp_path / "event.json"
    event.write_text('{"say": "ü"}')
    name = languages.urls["functions"]["InPython"]
    for arguments, given in (
        (("InPython", "--event", str(event)), ""),
        ((name, "--event", "-"), event.read_text()),
        (("InPython", "--data", event.read_text()), ""),
    ):
        done = invoke(languages, *arguments, given=given)
        assert (done.exit_code, done.stderr) == (0, "")
        assert json.loads(done.stdout) == {"answer": {"say": "ü"}}
    assert json.loads(invoke(languages, "InPython").stdout) == {"answer": {}}


def test_the_tail_of_the_log(languages: Server) -> None:
    """`--tail`: on standard error, so that the result stays alone on standard output."""
    done = invoke(languages, "InPython", "--data", '{"say": 1}', "--tail")
    assert json.loads(done.stdout) == {"answer": {"say": 1}}
    assert "asked: {'say': 1}\n" in done.stderr
    assert "REPORT RequestId: " in done.stderr


def test_a_custom_runtime(languages: Server) -> None:
    """A script in plain bash answers, and once more in the same environment."""
    for number in range(2):
        done = invoke(languages, "InShell", "--data", json.dumps([number, "ü"]))
        assert (done.exit_code, json.loads(done.stdout)) == (0, [number, "ü"])


def test_an_error_of_the_function(languages: Server) -> None:
    """Exit code 1, nothing on standard output, and type, message and trace on standard error."""
    done = invoke(languages, "InPython", "--data", '{"fail": "[red]boom"}')
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("InPython failed: ValueError: [red]boom\n")
    assert 'app.py", line ' in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("Nobody",), "There is no function Nobody. There are: InPython (local-InPython-"),
        (("InPython", "--data", '{\n  "a" 1}'), "--data is not JSON: Expecting ':' delimiter in line 2, column 7."),
        (("InPython", "--data", "[" * 100_000), "--data is nested too deep."),
        (("InPython", "--event", "/no/such"), "/no/such cannot be read: No such file"),
        (("InPython", "--event", "-", "--data", "1"), "not by both"),
    ],
)  # fmt: skip
def test_what_is_typed_wrong(languages: Server, arguments: tuple[str, ...], message: str) -> None:
    """One sentence that says what to mend, and exit code 2."""
    done = invoke(languages, *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in " ".join(done.stderr.split())


def test_a_socket_served_by_node_is_recorded_and_replayed(languages: Server) -> None:
    """A Node.js function uses DynamoDB and `@connections` through its SDK; its event, kept without
    the token in it, works again by hand."""
    token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.c2ln"
    with connect(languages.urls["websocket"], proxy=None) as socket:
        for number in (1, 2):
            socket.send(json.dumps({"token": token}))
            answer = json.loads(socket.recv(60))
            assert answer["written"] == number
            assert json.loads(answer["body"]) == {"token": token}
        kept = languages.data_dir.parent / "events" / "InNode-MESSAGE-default.json"
        assert token not in kept.read_text()
        done = invoke(languages, "InNode", "--event", str(kept))
        assert (done.exit_code, json.loads(done.stdout)) == (0, {"statusCode": 200})
        assert json.loads(socket.recv(60))["written"] == 3


async def test_a_breakpoint_outlasts_the_function_s_timeout(engine: None, tmp_path: Path) -> None:
    """`--debug`: the function, whose timeout is one second, is held for longer and answers."""
    port = free_ports()
    server = Server(tmp_path / "data", TEMPLATE, ("--debug", "InPython", "--debug-port", str(port)))
    try:
        await asyncio.to_thread(server.start)
        done = asyncio.create_task(asyncio.to_thread(invoke_in_a_process, server, "InPython"))
        async with PythonDebugger(port) as debugger, asyncio.timeout(60):
            file = TEMPLATE.parent / "python" / "app.py"
            line = file.read_text().splitlines().index('    return {"answer": event}') + 1
            await debugger.attach(str(file), line)
            assert await debugger.stopped() == ("handler", line)
            assert f"waits for a debugger on 127.0.0.1:{port}" in server.log()
            await asyncio.sleep(1.5)
            assert not done.done()
            debugger.resume()
            finished = await done
        assert (finished.returncode, json.loads(finished.stdout)) == (0, {"answer": {}})
    finally:
        server.close()


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("Nobody", "The template has no function Nobody. It has: InNode, InPython, InShell."),
        ("InShell", "a custom runtime must wait for a debugger by itself"),
    ],
)
def test_what_cannot_be_debugged(engine: None, tmp_path: Path, function: str, message: str) -> None:
    """The start ends with the reason."""
    server = Server(tmp_path / "data", TEMPLATE, ("--debug", function))
    with pytest.raises(AssertionError, match="ended at once"):
        server.start()
    assert message in " ".join(server.log().split())
