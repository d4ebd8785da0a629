"""`labchat logs`, on a data directory on which no emulator runs, and beside one that writes."""

import asyncio
import json
import os
import re
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from emulator.cli import main
from emulator.clock import Clock
from emulator.telemetry.cloudwatch import CloudWatch
from emulator.template.model import Function
from tests.fakes import until


FUNCTION = Function(
    "Greeter", "stack-Greeter-1", "arn", "m.h", "python3.13", Path(), log_group="/aws/lambda/x"
)


async def write(data_dir: Path, *events: tuple[int, str]) -> None:
    """Log events, so many seconds ago, as an emulator does."""
    clock = Clock()
    cloudwatch = await CloudWatch.open(data_dir, clock)
    await cloudwatch.declare([], [FUNCTION])
    stream = cloudwatch.open_log(FUNCTION.log_group, "s")
    stream.append([(clock.now_ms() - ago * 1000, text) for ago, text in events])
    await cloudwatch.close()


def run(data_dir: Path, *arguments: str, **environment: str) -> Result:
    """Run it to its end."""
    options = ["--data-dir", str(data_dir)]
    return CliRunner().invoke(main, ["logs", *options, *arguments], env=environment)


def lines(data_dir: Path, *arguments: str) -> Sequence[str]:
    """Its output without the times, which are checked."""
    done = run(data_dir, *arguments)
    assert (done.exit_code, done.stderr) == (0, "")
    found = [
        re.fullmatch(r"\d{4}(-\d\d){2} \d\d(:\d\d){2}\.\d{3}  (.*)", each)
        for each in done.stdout.splitlines()
    ]
    return [match[3] if match else "?" for match in found]


@pytest.mark.parametrize("name", ["Greeter", "stack-Greeter-1", "/aws/lambda/x"])
async def test_a_function_by_any_of_its_names(tmp_path: Path, name: str) -> None:
    """The newest at the bottom; ten minutes back by default."""
    await write(tmp_path, (1, "newest\n"), (700, "too old\n"), (60, "older\n"))
    assert lines(tmp_path, name) == ["older", "newest"]
    assert lines(tmp_path, name, "--since", "1h") == ["too old", "older", "newest"]
    assert lines(tmp_path, name, "--since", "30s") == ["newest"]
    assert lines(tmp_path, name, "--since", "2020-01-31T09:30", "--filter", "-older") == [
        *("too old", "newest")
    ]


async def test_times_are_local_and_objects_are_exact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For people the time of their clock, for scripts an object for each event."""
    monkeypatch.setenv("TZ", "Etc/GMT-5")
    time.tzset()
    await write(tmp_path, (5, "two\nlines\n"))
    shown = run(tmp_path, "Greeter").stdout
    document = json.loads(run(tmp_path, "Greeter", "--json").stdout)
    assert (document["stream"], document["message"]) == ("s", "two\nlines\n")
    local = (document["timestamp"] // 1000 + 5 * 3600) % 86400
    assert f" {local // 3600:02d}:{local // 60 % 60:02d}:{local % 60:02d}." in shown
    assert shown.splitlines()[1] == " " * 25 + "lines"
    monkeypatch.undo()
    time.tzset()


async def test_colour_only_on_a_terminal(tmp_path: Path) -> None:
    """A pipe gets plain text, and so does who sets NO_COLOR."""
    await write(tmp_path, (5, "[ERROR] boom\n"))
    terminal = {"FORCE_COLOR": "1", "TERM": "xterm", "NO_COLOR": ""}
    assert "\x1b[31m[ERROR] boom" in run(tmp_path, "Greeter", **terminal).stdout
    assert "\x1b[3" not in run(tmp_path, "Greeter", **{**terminal, "NO_COLOR": "1"}).stdout
    assert "\x1b" not in run(tmp_path, "Greeter").stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["Nobody"], r"no function or log group Nobody.*\n  /aws/lambda/x\n|Greeter"),
        (["Greeter", "--since", "soon"], "10m, 2h or 1d"),
        (["Greeter", "--since", "9999999999w"], "10m, 2h or 1d"),
        (["Greeter", "--filter", "[a]"], "Space-delimited"),
    ],
)
async def test_what_can_be_mended_is_told(tmp_path: Path, arguments: list[str], told: str) -> None:
    """In a sentence; the exit code is 2."""
    await write(tmp_path, (5, "x\n"))
    done = run(tmp_path, *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert re.search(told, done.stderr)
    assert "Traceback" not in done.stderr


async def test_an_unknown_function_lists_those_that_exist(tmp_path: Path) -> None:
    """By both of their names."""
    await write(tmp_path)
    told = run(tmp_path, "greeter").stderr
    assert told.splitlines()[1:] == ["  Greeter", "  stack-Greeter-1"]


async def test_nothing_to_show_is_told(tmp_path: Path) -> None:
    """On standard error, so that a pipe stays empty; also where nothing has ever run."""
    told = run(tmp_path / "none", "Greeter").stderr
    assert "no emulator has run there" in " ".join(told.split())
    assert not (tmp_path / "none").exists()
    await write(tmp_path)
    done = run(tmp_path, "Greeter")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "no such events since" in done.stderr


@pytest.mark.process
async def test_following(tmp_path: Path) -> None:
    """What is there, then what comes, whatever time it carries, each once; Ctrl+C ends it."""
    clock = Clock()
    cloudwatch = await CloudWatch.open(tmp_path, clock)
    await cloudwatch.declare([], [FUNCTION])
    shown: list[str] = []
    expected: list[str] = []
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "emulator", "logs", "Greeter", "--data-dir", str(tmp_path)),
        *("--follow", "--filter", "-hidden"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )

    def everything_shown() -> bool:
        return sorted(shown) == expected

    async def read() -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            shown.append(line.decode()[25:].rstrip())  # noqa: PERF401 - as it comes

    reader = asyncio.create_task(read())
    try:
        stream = cloudwatch.open_log(FUNCTION.log_group, "s")
        for number in range(3):
            now = clock.now_ms()
            stream.append([(now, f"{number}"), (now, "hidden"), (now - 5000, f"{number} late")])
            expected += [f"{number}", f"{number} late"]
            await until(everything_shown, within=20)
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 20) == 0
        assert process.stderr is not None
        assert await process.stderr.read() == b""
    finally:
        if process.returncode is None:
            process.kill()
        await reader
        await process.wait()
        await cloudwatch.close()
