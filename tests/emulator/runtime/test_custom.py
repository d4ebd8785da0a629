"""Custom runtimes: whatever program the function brings speaks to the Runtime API itself."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.emulator.runtime.workbench import Bench


pytestmark = [pytest.mark.process]


BOOTSTRAP = f"""#!{sys.executable} -S
import json, os, urllib.request

base = f"http://{{os.environ['AWS_LAMBDA_RUNTIME_API']}}/2018-06-01/runtime/invocation"
while True:
    with urllib.request.urlopen(f"{{base}}/next") as response:
        request_id = response.headers["Lambda-Runtime-Aws-Request-Id"]
        event = json.load(response)
    print("handling", event)
    if event == "crash":
        os._exit(7)
    answer = [event, os.getcwd() == os.environ["LAMBDA_TASK_ROOT"], dict(os.environ)]
    body = json.dumps(answer).encode()
    urllib.request.urlopen(f"{{base}}/{{request_id}}/response", body).close()
"""


@pytest.mark.parametrize("runtime", ["provided", "provided.al2", "provided.al2023"])
async def test_a_program_of_the_function_s_own(bench: Bench, runtime: str) -> None:
    """It runs in its code folder with Lambda's variables, and is kept for the next event."""
    bench.add(BOOTSTRAP, runtime=runtime, handler="any.thing")
    event, in_its_folder, variables = await bench.answer("one")
    assert (event, in_its_folder) == ("one", True)
    assert variables["_HANDLER"] == "any.thing"
    assert variables["AWS_EXECUTION_ENV"] == f"AWS_Lambda_{runtime}"
    assert not {"PYTHONPATH", "NODE_PATH", "HOME"} & set(variables)
    await bench.answer("two")
    assert len(bench.logs) == 1


async def test_a_program_of_a_layer(bench: Bench, tmp_path: Path) -> None:
    """It is started where the code has none, in the code's folder."""
    (tmp_path / "layer").mkdir()
    program = tmp_path / "layer" / "bootstrap"
    program.write_text(BOOTSTRAP)
    program.chmod(0o700)
    bench.add(runtime="provided.al2023", files={"data": ""})
    function, variables = bench.added["f"]
    bench.pool.reload(replace(function, layers=(tmp_path / "layer",)), variables)
    assert (await bench.answer("event"))[:2] == ["event", True]


async def test_a_program_that_ends(bench: Bench) -> None:
    """The event that it ended under fails; the next one finds a new process."""
    bench.add(BOOTSTRAP, runtime="provided.al2023")
    result = await bench.call("crash")
    assert result.error == "Runtime.ExitError"
    assert result.document()["errorMessage"].endswith("exit status 7")
    assert (await bench.answer("again"))[0] == "again"


@pytest.mark.parametrize(
    ("source", "executable", "message"),
    [
        (None, True, "Couldn't find valid bootstrap(s): ["),
        (BOOTSTRAP, False, "/bootstrap: permission denied"),
        ("print('no first line')\n", True, "/bootstrap: exec format error"),
        ("#!/no/such/interpreter\n", True, "/bootstrap: no such file or directory"),
        ("#!/bin/sh\r\nexit 0\r\n", True, "/bootstrap: no such file or directory"),
    ],
)
async def test_what_cannot_be_started(
    bench: Bench, source: str | None, executable: bool, message: str
) -> None:
    """Each event gets AWS's error, and nothing hangs."""
    bench.add(runtime="provided.al2023", files={"other": ""} if source is None else {})
    if source is not None:
        program = bench.folder / "f" / "bootstrap"
        program.write_bytes(source.encode())
        program.chmod(0o700 if executable else 0o600)
    for _ in range(2):
        result = await bench.call()
        assert result.error == "Runtime.InvalidEntrypoint"
        assert result.document()["errorType"] == "Runtime.InvalidEntrypoint"
        assert message in result.document()["errorMessage"]
