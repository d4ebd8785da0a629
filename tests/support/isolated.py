"""Programs from PyPI whose dependencies do not go with ours: an environment of their own."""

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

from tests.support.server import ROOT


def environment(lock: Path) -> Path:
    """The folder of programs of an environment that is made once by the content of its lock file."""
    key = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    folder = ROOT / ".cache" / f"{lock.stem}-{key}"
    folder.parent.mkdir(exist_ok=True)
    # Tests run side by side: the first makes it, the others wait.
    with folder.with_suffix(".lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not (folder / "ready").is_file():
            uv = (sys.executable, "-m", "uv", "--quiet", "--system-certs")
            subprocess.run(
                [*uv, "venv", "--clear", "--python", sys.executable, str(folder)], check=True
            )
            subprocess.run(
                [
                    *(*uv, "pip", "install", "--python", str(folder), "--require-hashes"),
                    *("-r", str(lock)),
                ],
                check=True,
            )
            (folder / "ready").touch()
    return folder / "bin"
