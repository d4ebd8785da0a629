"""What is compiled for another Python or another processor is told from what runs here."""

import struct
from collections.abc import Mapping
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from platform import machine

import pytest
from packaging.tags import sys_tags

from emulator.runtime.code.archive import opened
from emulator.runtime.code.compatibility import misfit
from tests.emulator.runtime.code.zips import zip_file


OURS = next(str(tag) for tag in sys_tags())
FOREIGN = "aarch64" if machine() == "x86_64" else "x86_64"
EXTENSION = "cpython-39-x86_64-linux-gnu"


def elf(name: str) -> bytes:
    """The header of a library for a processor."""
    number = {"x86_64": 62, "aarch64": 183, "i386": 3}[name]
    return b"\x7fELF" + b"\0" * 12 + struct.pack("<HH", 3, number) + b"\0" * 40


def wheel(*tags: str) -> str:
    """A WHEEL file."""
    return "Wheel-Version: 1.0\nRoot-Is-Purelib: false\n" + "".join(f"Tag: {tag}\n" for tag in tags)


def reason(
    folder: Path, entries: Mapping[str, str | bytes], runtime: str = "python3.13"
) -> str | None:
    """What cannot run in a zip file with these entries."""
    with opened(zip_file(folder / "z.zip", entries)) as archive:
        return misfit(archive, runtime)


def test_what_runs_anywhere(tmp_path: Path) -> None:
    """Source, pure wheels, caches of another version, files that only end like a library."""
    entries: dict[str, str | bytes] = {
        "app.py": "x",
        "pure-1.dist-info/WHEEL": wheel("py2-none-any", "py3-none-any"),
        "universal-1.dist-info/WHEEL": wheel("py2.py3-none-any"),
        "odd-1.dist-info/WHEEL": "no tags here",
        "__pycache__/app.cpython-39.pyc": b"old",
        "text.so": "no library",
        "short.so": "",
    }
    assert reason(tmp_path, entries) is None


def test_what_is_built_for_here(tmp_path: Path) -> None:
    """Wheels with a tag of this machine's, modules for this Python, libraries for this processor."""
    entries: dict[str, str | bytes] = {
        "fast-1.dist-info/WHEEL": wheel("cp39-cp39-any", OURS),
        "fast.abi3.so": elf(machine()),
        "plain.so": elf(machine()),
        "legacy.pyc": MAGIC_NUMBER + b"code",
        "other.so": elf("i386"),
    }
    assert reason(tmp_path, entries) is None


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        (
            {"fast-1.2.dist-info/WHEEL": wheel("cp39-cp39-manylinux2014_x86_64")},
            "fast-1.2 is built for cp39-cp39-manylinux2014_x86_64",
        ),
        (
            {f"fast.{EXTENSION}.so": elf(machine())},
            f"fast.{EXTENSION}.so is built for {EXTENSION}",
        ),
        ({"lib/fast.abi3.so": elf(FOREIGN)}, f"lib/fast.abi3.so is built for {FOREIGN}"),
        ({"only.pyc": b"\x6f\r\r\ncode"}, "only.pyc is bytecode of another Python"),
    ],
)
def test_what_is_built_for_elsewhere(
    tmp_path: Path, entries: dict[str, str | bytes], expected: str
) -> None:
    """The sentence names what does not fit, and what it is for."""
    assert reason(tmp_path, entries) == expected


def test_a_module_for_several_versions(tmp_path: Path) -> None:
    """One that can be loaded is enough; so is the source beside old bytecode."""
    entries = {f"fast.{EXTENSION}.so": elf(machine()), "fast.abi3.so": elf(machine())}
    assert reason(tmp_path, {**entries, "app.py": "x", "app.pyc": b"old"}) is None


def test_other_runtimes_see_other_parts(tmp_path: Path) -> None:
    """A layer may hold parts for several runtimes; a function is not told of what it never loads."""
    name = f"python/lib/python3.9/site-packages/fast.{EXTENSION}.so"
    assert reason(tmp_path, {name: elf(machine())}) is None
    assert reason(tmp_path, {f"python/fast.{EXTENSION}.so": b""}, "nodejs22.x") is None
    assert reason(tmp_path, {name: b""}, "python3.9") == f"{name} is built for {EXTENSION}"
