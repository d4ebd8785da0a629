"""The search paths that layers are on, in the order that AWS's merge into /opt comes to."""

from pathlib import Path

import pytest

from emulator.runtime.code.paths import in_layers, library_path, node_path, python_path
from emulator.template.model import Function
from tests.emulator.runtime.code.zips import declared


def layered(root: Path, runtime: str, *folders: str) -> Function:
    """A function with two layers that both have these folders."""
    for layer in ("a", "b"):
        for folder in folders:
            (root / layer / folder).mkdir(parents=True)
    return declared(root / "task", runtime=runtime, layers=(root / "a", root / "b"))


def relative(paths: list[Path], root: Path) -> list[str]:
    """The paths as below `root`."""
    return [str(path.relative_to(root)) for path in paths]


def test_python(tmp_path: Path) -> None:
    """Code, what it declares, layers (site-packages first, the later layer first), the runtime."""
    site = "python/lib/python3.13/site-packages"
    function = layered(tmp_path, "python3.13", site, "python/lib/python3.12/site-packages")
    path = python_path(function, [tmp_path / "declared"], tmp_path / "runtime")
    assert relative(path, tmp_path) == [
        *("task", "declared", f"b/{site}", f"a/{site}", "b/python", "a/python", "runtime")
    ]


def test_node(tmp_path: Path) -> None:
    """The folder of the runtime's version comes before the one for all."""
    function = layered(tmp_path, "nodejs22.x", "nodejs/node22/node_modules", "nodejs/node_modules")
    assert relative(node_path(function), tmp_path) == [
        *("b/nodejs/node22/node_modules", "a/nodejs/node22/node_modules"),
        *("b/nodejs/node_modules", "a/nodejs/node_modules"),
    ]


def test_libraries_and_programs(tmp_path: Path) -> None:
    """The code's own libraries come first; folders that a layer lacks are left out."""
    function = layered(tmp_path, "python3.13", "lib")
    (tmp_path / "a" / "bin").mkdir()
    assert relative(library_path(function), tmp_path) == ["task", "task/lib", "b/lib", "a/lib"]
    assert relative(in_layers(function, "bin"), tmp_path) == ["a/bin"]


@pytest.mark.parametrize("runtime", ["python3.13", "nodejs22.x"])
def test_no_layers(tmp_path: Path, runtime: str) -> None:
    """There is nothing to be found in them."""
    assert node_path(declared(tmp_path, runtime=runtime)) == []
