"""What functions are made of is watched: folders, zip files, layers, `requirements.txt`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from emulator.errors import UsageError
from emulator.runtime.reload import Reloader
from emulator.template.model import Function
from tests.emulator.runtime.code.zips import declared, zip_file
from tests.fakes import until


class Recorder:
    """Makes functions ready as told, and remembers which were loaded anew."""

    def __init__(self) -> None:
        self.loaded: list[str] = []
        self.error: Exception | None = None
        self.asked = 0
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def ready(self, function: Function) -> tuple[Function, Mapping[str, str]]:
        self.asked += 1
        await self.go_on.wait()
        if self.error is not None:
            raise self.error
        return function, {"ASKED": str(self.asked)}

    def reload(self, function: Function, variables: Mapping[str, str]) -> None:
        assert variables
        self.loaded.append(function.name)

    @asynccontextmanager
    async def watching(self, *functions: Function) -> AsyncIterator[None]:
        """A reloader over these functions."""
        watcher = asyncio.create_task(Reloader(functions, self.ready, self.reload).watch())
        try:
            yield
        finally:
            watcher.cancel()
            await asyncio.gather(watcher, return_exceptions=True)

    async def changed(self, change: Callable[[], object]) -> set[str]:
        """What is loaded anew after a change, which is repeated until it is noticed."""
        self.loaded.clear()
        for _ in range(50):
            await asyncio.to_thread(change)
            for _ in range(50):
                await asyncio.sleep(0.02)
                if self.loaded:
                    await asyncio.sleep(0.4)
                    return set(self.loaded)
        raise AssertionError("nobody noticed")


@pytest.fixture
def recorder() -> Recorder:
    """Nothing loaded yet."""
    return Recorder()


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A code folder with a module."""
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "module.py").write_text("")
    return folder


async def test_functions_of_a_folder(recorder: Recorder, code: Path, tmp_path: Path) -> None:
    """Saving a file loads all functions of its folder; caches and other folders are no reason."""
    (tmp_path / "other").mkdir()
    functions = [
        *(declared(code, name=name) for name in ("a", "b")),
        declared(tmp_path / "other", name="c"),
    ]
    async with recorder.watching(*functions):
        assert await recorder.changed(lambda: (code / "module.py").write_text("x")) == {"a", "b"}
        recorder.loaded.clear()
        (code / "__pycache__").mkdir()
        (code / "__pycache__" / "module.cpython-311.pyc").write_bytes(b"")
        (tmp_path / "elsewhere.py").write_text("")
        await asyncio.sleep(0.5)
        assert not recorder.loaded


async def test_layers(recorder: Recorder, code: Path, tmp_path: Path) -> None:
    """Packages are code in a layer; only the functions that have it are loaded."""
    packages = tmp_path / "layer" / "nodejs" / "node_modules"
    packages.mkdir(parents=True)
    layer = zip_file(tmp_path / "layer.zip", {"python/m.py": "1"})
    functions = [
        declared(code, name="none"),
        declared(code, name="folder", layers=(tmp_path / "layer",)),
        declared(code, name="zip", layers=(layer,)),
    ]
    async with recorder.watching(*functions):
        assert await recorder.changed((packages / "m.js").touch) == {"folder"}
        assert await recorder.changed(lambda: zip_file(layer, {"python/m.py": "2"})) == {"zip"}


async def test_zip_files_in_a_folder_that_is_made_anew(recorder: Recorder, tmp_path: Path) -> None:
    """Builds remove their folder; the old code serves until the file is back and complete."""
    dist = tmp_path / "dist"
    dist.mkdir()
    file = zip_file(dist / "f.zip", {"module.py": "1"})
    async with recorder.watching(declared(file)):
        await asyncio.sleep(0.4)
        file.unlink()
        dist.rmdir()
        await asyncio.sleep(0.8)
        assert not recorder.loaded
        dist.mkdir()
        zip_file(file, {"module.py": "2"})
        await until(lambda: recorder.loaded == ["f"], within=20)
        await asyncio.sleep(0.8)
        assert recorder.loaded == ["f"]


async def test_what_cannot_be_made_ready_is_told(
    recorder: Recorder, code: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is loaded, one sentence says why, and the next change is taken up again."""
    functions = [declared(code, name=name) for name in ("a", "b")]
    async with recorder.watching(*functions):
        assert await recorder.changed(lambda: (code / "module.py").write_text("x")) == {"a", "b"}
        recorder.error = UsageError("pip said: no such package")
        recorder.loaded.clear()
        (code / "requirements.txt").write_text("none")
        await until(lambda: "the old keeps serving: pip said" in caplog.text, within=20)
        await asyncio.sleep(0.4)
        assert caplog.text.count("pip said") == 1
        assert not recorder.loaded
        recorder.error = None
        change = (code / "requirements.txt").unlink
        assert await recorder.changed(lambda: change(missing_ok=True)) == {"a", "b"}


async def test_what_takes_long_holds_up_nobody_else(
    recorder: Recorder, code: Path, tmp_path: Path
) -> None:
    """While packages of one folder are installed, changes of another are taken up."""
    (tmp_path / "other").mkdir()
    async with recorder.watching(declared(code, name="a"), declared(tmp_path / "other", name="b")):
        assert await recorder.changed(lambda: (code / "module.py").write_text("x")) == {"a"}
        recorder.go_on.clear()
        asked = recorder.asked
        (code / "requirements.txt").write_text("large")
        await until(lambda: recorder.asked > asked, within=20)
        waiting, recorder.go_on = recorder.go_on, asyncio.Event()
        recorder.go_on.set()
        assert await recorder.changed((tmp_path / "other" / "m.py").touch) == {"b"}
        recorder.loaded.clear()
        waiting.set()
        await until(lambda: recorder.loaded == ["a"], within=20)


async def test_a_folder_that_cannot_be_watched_is_told(
    recorder: Recorder, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The emulator goes on without reloading, and says so."""
    await Reloader([declared(tmp_path / "missing")], recorder.ready, recorder.reload).watch()
    assert "cannot be watched" in caplog.text


async def test_functions_of_inline_text_are_not_watched(recorder: Recorder) -> None:
    """Their code changes with the template only."""
    function = declared(Path("index.py"), inline="x")
    await asyncio.wait_for(Reloader([function], recorder.ready, recorder.reload).watch(), 5)
