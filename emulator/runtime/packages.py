"""Third-party packages for functions: installed once, kept by the hash of what asked for them.

A function sees the packages of the Lambda runtime (its client and the SDK) and those that the
`requirements.txt` in its own code folder declares; nothing of the emulator's.
"""

import hashlib
import logging
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from emulator.clock import Entropy
from emulator.errors import UsageError


logger = logging.getLogger(__name__)

RUNTIME_REQUIREMENTS = Path(__file__).parent / "python" / "requirements.txt"


class Packages:
    """Folders of installed packages under one root, one for each distinct requirements file."""

    def __init__(self, root: Path, entropy: Entropy) -> None:
        self._root = root
        self._entropy = entropy

    def install(self, requirements: Path) -> Path:
        """The folder with the packages that `requirements` asks for, installed if need be.

        Raises `UsageError` if pip fails, which the first time needs the network.
        """
        machine = f"{sys.implementation.cache_tag}-{platform.machine()}".encode()
        return self.once(
            machine + b"\0" + requirements.read_bytes(),
            requirements,
            lambda target: _pip_install(requirements, target),
        )

    def once(self, wanted: bytes, source: Path, install: Callable[[Path], None]) -> Path:
        """The folder for the content `wanted`, which `install` fills if it is not there yet.

        `source` is the file that asks for it, to be told to the person who waits.
        """
        folder = self._root / hashlib.sha256(wanted).hexdigest()[:24]
        if folder.exists():
            return folder
        logger.info("Installing %s (the first time only) …", source)
        self._root.mkdir(parents=True, exist_ok=True)
        unfinished = self._root / f"unfinished-{self._entropy.bytes(8).hex()}"
        try:
            install(unfinished)
            # Whoever comes first wins; a folder under its final name is always complete.
            try:
                unfinished.rename(folder)
            except OSError:
                if not folder.exists():
                    raise
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        return folder


def _pip_install(requirements: Path, target: Path) -> None:
    finished = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install"),
            *("--quiet", "--no-input", "--disable-pip-version-check"),
            *("--target", str(target), "--requirement", str(requirements)),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PIP_ROOT_USER_ACTION": "ignore"},
        check=False,
    )
    if finished.returncode:
        raise UsageError(
            f"The packages of {requirements} could not be installed. The first start needs the "
            "network; later ones do not. "
            f"pip said:\n{finished.stdout.decode(errors='replace').strip()}"
        )
