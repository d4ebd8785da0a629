"""Whether a zip file that was built for Lambda can run on this machine's Python and processor.

Source text always can. What is compiled cannot, if it was compiled for another version of Python or
for another processor; one sentence at the start is better than an import error at each event.
"""

import re
import sys
from collections.abc import Iterable, Sequence
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import MAGIC_NUMBER
from pathlib import PurePosixPath
from platform import machine
from zipfile import ZipFile

from packaging.tags import parse_tag, sys_tags


_MACHINES = {62: "x86_64", 183: "aarch64"}
"""Lambda's two architectures as `e_machine` in an ELF header (elf.h)."""

_TAG = re.compile(r"^Tag: *([^-\s]+-[^-\s]+-[^-\s]+)\s*$", re.MULTILINE)
"""A line of a wheel's WHEEL file (PEP 427)."""

_EXTENSION = re.compile(r"\.cpython-[\w-]+\.so$")
"""The end of the name of an extension module for one version of Python (PEP 3149)."""


def misfit(archive: ZipFile, runtime: str) -> str | None:
    """What in a zip file cannot run here; `None` if all can that a function of `runtime` sees."""
    if not runtime.startswith("python"):
        return None
    others = re.compile(rf"python/lib/(?!{re.escape(runtime)}/)")
    names = [name for name in archive.namelist() if not others.match(name)]
    return (
        _wrong_wheel(archive, names)
        or _wrong_extension(names)
        or _wrong_machine(archive, names)
        or _wrong_bytecode(archive, names)
    )


def here() -> str:
    """This machine's Python and processor, for people."""
    return f"Python {_version()} on {machine()}"


def pip_options() -> str:
    """The options with which pip fetches what runs here, on whatever machine it is called."""
    return f"--only-binary=:all: --python-version {_version()} --platform manylinux2014_{machine()}"


def _version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _wrong_wheel(archive: ZipFile, names: Iterable[str]) -> str | None:
    supported = frozenset(sys_tags())
    for name in names:
        if name.endswith(".dist-info/WHEEL"):
            tags = _TAG.findall(archive.read(name).decode(errors="replace"))
            if tags and not any(parse_tag(tag) & supported for tag in tags):
                package = PurePosixPath(name).parent.name.removesuffix(".dist-info")
                return f"{package} is built for {tags[0]}"
    return None


def _wrong_extension(names: Sequence[str]) -> str | None:
    present = set(names)
    for name in names:
        ending = _EXTENSION.search(name)
        if ending and ending[0] not in EXTENSION_SUFFIXES:
            module = name[: ending.start()]
            if not any(module + suffix in present for suffix in EXTENSION_SUFFIXES):
                return f"{name} is built for {ending[0].split('.')[1]}"
    return None


def _wrong_machine(archive: ZipFile, names: Iterable[str]) -> str | None:
    for name in names:
        if name.endswith(".so"):
            with archive.open(name) as file:
                header = file.read(20)
            built_for = _MACHINES.get(int.from_bytes(header[18:20], "little"))
            if header.startswith(b"\x7fELF") and built_for not in {None, machine()}:
                return f"{name} is built for {built_for}"
    return None


def _wrong_bytecode(archive: ZipFile, names: Sequence[str]) -> str | None:
    """Bytecode that stands in for its source; what lies in `__pycache__` is a copy only."""
    present = set(names)
    for name in names:
        if name.endswith(".pyc") and "__pycache__/" not in name and name[:-1] not in present:
            with archive.open(name) as file:
                if file.read(len(MAGIC_NUMBER)) != MAGIC_NUMBER:
                    return f"{name} is bytecode of another Python"
    return None
