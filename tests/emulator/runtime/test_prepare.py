"""Functions of every source, made ready and run by the real runtime client."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from emulator.clock import Clock, Entropy
from emulator.errors import UsageError
from emulator.iam.credentials import KeyRing
from emulator.runtime.pool import Pool
from emulator.runtime.prepare import Preparation
from emulator.template.model import Function
from tests.emulator.runtime.code.zips import declared, zip_file
from tests.emulator.runtime.test_packages import wheel
from tests.fakes import MemoryLog


pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

HANDLER = """
import importlib, os, shutil

def handler(event, context):
    return eval(event)
"""


class Runner:
    """Makes functions ready and calls them."""

    def __init__(self, folder: Path, packages: Path) -> None:
        (folder / "data" / "packages").mkdir(parents=True)
        runtime = folder / "data" / "packages" / packages.name
        runtime.symlink_to(packages)
        self.data = folder / "data"
        self.preparation = Preparation(
            self.data, Entropy(), KeyRing(b"secret", "000000000000"), "us-east-1", {}
        )
        self.pool = Pool(Clock(), Entropy(), lambda *_: MemoryLog(), folder / "tmp")

    async def add(self, function: Function) -> None:
        self.pool.add(*await self.preparation.ready(function))

    async def reload(self, function: Function) -> None:
        self.pool.reload(*await self.preparation.ready(function))

    async def evaluate(self, expression: str) -> Any:
        """What an expression comes to inside of the function."""
        result = await self.pool.invoke("f", json.dumps(expression).encode())
        assert result.error is None, result
        return result.document()


@pytest.fixture
async def runner(tmp_path: Path, runtime_packages: Path) -> AsyncIterator[Runner]:
    """Nothing added yet."""
    made = Runner(tmp_path, runtime_packages)
    yield made
    await made.pool.close()


async def test_a_zip_file_runs_as_it_is(runner: Runner, tmp_path: Path) -> None:
    """It sees what is in it and what the runtime has; its requirements.txt is but a file."""
    entries = {"module.py": HANDLER, "own.py": "", "requirements.txt": "/nonexistent/package"}
    await runner.add(declared(zip_file(tmp_path / "f.zip", entries)))
    found = "[n for n in ['boto3', 'own', 'pytest', 'starlette'] if importlib.util.find_spec(n)]"
    assert await runner.evaluate(found) == ["boto3", "own"]
    task_root = await runner.evaluate("os.environ['LAMBDA_TASK_ROOT']")
    assert Path(task_root).parent == runner.data / "code"
    assert await runner.evaluate("os.getcwd()") == task_root
    assert (Path(task_root) / "__pycache__").is_dir()


async def test_inline_text_runs(runner: Runner) -> None:
    """As the module `index`."""
    text = "def handler(event, context): return __name__ + event"
    await runner.add(declared(Path("index.py"), inline=text, handler="index.handler"))
    assert await runner.evaluate("!") == "index!"


async def test_layers_are_searched_as_if_merged(runner: Runner, tmp_path: Path) -> None:
    """Code wins over layers, a later layer over an earlier one, layers over the runtime."""
    first = tmp_path / "a"
    (first / "python").mkdir(parents=True)
    for module in ("both", "six", "only_a", "module"):
        (first / "python" / f"{module}.py").write_text("ORIGIN = 'a'")
    second = zip_file(
        tmp_path / "b.zip",
        {"python/both.py": "ORIGIN = 'b'", "bin/tool": "#!/bin/sh\necho b"},
        {"bin/tool": 0o100755},
    )
    code = zip_file(tmp_path / "f.zip", {"module.py": HANDLER + "ORIGIN = 'code'"})
    await runner.add(declared(code, layers=(first, second)))
    origin = "[importlib.import_module(n).ORIGIN for n in ['both', 'six', 'only_a', 'module']]"
    assert await runner.evaluate(origin) == ["b", "a", "a", "code"]
    assert await runner.evaluate("os.popen('tool').read()") == "b\n"
    assert not (first / "python" / "__pycache__").exists()


async def test_a_changed_zip_file(runner: Runner, tmp_path: Path) -> None:
    """The next event runs the new content; unpacked code that nothing uses can be removed."""
    path = zip_file(tmp_path / "f.zip", {"module.py": HANDLER + "VERSION = 1"})
    await runner.add(declared(path))
    assert await runner.evaluate("VERSION") == 1
    zip_file(path, {"module.py": HANDLER + "VERSION = 2"})
    await runner.reload(declared(path))
    assert await runner.evaluate("VERSION") == 2
    assert len(list((runner.data / "code").iterdir())) == 2
    used, _ = await runner.preparation.ready(declared(path))
    await runner.preparation.forget_others([used])
    assert list((runner.data / "code").iterdir()) == [used.code]
    assert await runner.evaluate("VERSION") == 2


async def test_changed_requirements(runner: Runner, tmp_path: Path) -> None:
    """They are installed and on the path of the next environment; a mistake changes nothing."""
    code = tmp_path / "code"
    code.mkdir()
    (code / "module.py").write_text(HANDLER)
    requirements = code / "requirements.txt"
    version = "importlib.import_module('greeting').VERSION"
    requirements.write_text(f"{wheel(tmp_path, '1')}\n")
    await runner.add(declared(code))
    assert await runner.evaluate(version) == "1"
    requirements.write_text("/nonexistent/package\n")
    with pytest.raises(UsageError, match="could not be installed"):
        await runner.reload(declared(code))
    assert await runner.evaluate(version) == "1"
    requirements.write_text(f"{wheel(tmp_path, '2')}\n")
    await runner.reload(declared(code))
    assert await runner.evaluate(version) == "2"


async def test_a_changed_layer_that_cannot_run(runner: Runner, tmp_path: Path) -> None:
    """The function is named, and the old environments stay."""
    layer = zip_file(tmp_path / "l.zip", {"python/m.py": "VERSION = 1"})
    code = tmp_path / "code"
    code.mkdir()
    (code / "module.py").write_text(HANDLER)
    await runner.add(declared(code, layers=(layer,)))
    assert await runner.evaluate("importlib.import_module('m').VERSION") == 1
    layer.write_bytes(layer.read_bytes()[:50])
    with pytest.raises(UsageError, match=r"Function: .*l\.zip is no zip file"):
        await runner.reload(declared(code, layers=(layer,)))
    assert await runner.evaluate("importlib.import_module('m').VERSION") == 1
