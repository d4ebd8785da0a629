"""Changed code takes effect with the next event; nothing that runs is disturbed."""

import asyncio
from pathlib import Path

import pytest

from tests.emulator.runtime.workbench import Bench
from tests.fakes import until


pytestmark = [pytest.mark.process]


def version(number: int) -> str:
    """A module that tells its version; given a file's name, it says that it has started, and waits
    for the file first."""
    return f"""
import os, time

def handler(event, context):
    if event:
        open(event + ".started", "w").close()
    while event and not os.path.exists(event):
        time.sleep(0.01)
    return {number}
"""


def save(code: Path, source: str) -> None:
    """What an editor does."""
    code.write_text(source)


@pytest.fixture
async def code(bench: Bench) -> Path:
    """A function of version 1, warm."""
    bench.add(version(1))
    assert await bench.answer() == 1
    return bench.folder / "f" / "module.py"


async def test_the_next_event_finds_the_new_code(bench: Bench, code: Path) -> None:
    """An event right after the change waits for the new environment, and the old one is ended."""
    save(code, version(2))
    bench.reload()
    assert await bench.answer() == 2
    assert await bench.answer() == 2
    await until(lambda: not bench.pool._lanes["f"].old)


async def test_an_event_in_flight_ends_on_the_old_code(
    bench: Bench, code: Path, tmp_path: Path
) -> None:
    """What was given to an environment before the change is finished there."""
    release = tmp_path / "go"
    running = asyncio.create_task(bench.answer(str(release)))
    await until((tmp_path / "go.started").exists)
    save(code, version(2))
    bench.reload()
    assert await bench.answer() == 2
    release.touch()
    assert await running == 1
    await until(lambda: not bench.pool._lanes["f"].old)


async def test_broken_code_leaves_the_old_serving(
    bench: Bench, code: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A syntax error is told; events go on to the old code until it is mended."""
    save(code, "def handler(event, context) return 2")
    bench.reload()
    assert await bench.answer() == 1
    assert "the old keeps serving" in caplog.text
    assert "UserCodeSyntaxError" in caplog.text
    assert await bench.answer() == 1
    save(code, version(3))
    bench.reload()
    assert await bench.answer() == 3


async def test_only_the_last_of_several_changes_counts(bench: Bench, code: Path) -> None:
    """A change while the one before is being loaded takes its place, broken or not."""
    for source in (version(2), "syntax error", version(3), "another", version(4)):
        save(code, source)
        bench.reload()
        await asyncio.sleep(0)
    assert await bench.answer() == 4
    await until(lambda: not bench.pool._lanes["f"].old)
    assert await bench.answer() == 4
