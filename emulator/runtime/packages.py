"""Third-party packages for functions: installed once, kept by the hash of what asked for them.

A function whose code is a folder sees the packages of the Lambda runtime (its client and the SDK)
and those that the `requirements.txt` in that folder declares; nothing of the emulator's.
"""

import asyncio
import hashlib
import logging
import os
import platform
import sys
from pathlib import Path

from emulator.children import die_with_parent
from emulator.clock import Entropy
from emulator.errors import UsageError
from emulator.runtime.code.folders import making


logger = logging.getLogger(__name__)

RUNTIME_REQUIREMENTS = Path(__file__).parent / "python" / "requirements.txt"


class Packages:
    """Folders of installed packages under one root, one for each distinct requirements file."""

    def __init__(self, root: Path, entropy: Entropy) -> None:
        self._root = root
        self._entropy = entropy
        self._one_at_a_time = asyncio.Lock()

    async def install(self, requirements: Path) -> Path:
        """The folder with the packages that `requirements` asks for, installed if need be.

        Raises `UsageError` if pip fails, which the first time needs the network.
        """
        content = await asyncio.to_thread(requirements.read_bytes)
        folder = self._root / self._key(content)
        if folder.exists():
            return folder
        async with self._one_at_a_time:
            if not folder.exists():
                logger.info("Installing %s (the first time only) …", requirements)
                with making(folder, self._entropy) as unfinished:
                    await _pip_install(requirements, unfinished)
                    if await asyncio.to_thread(requirements.read_bytes) != content:
                        raise UsageError(f"{requirements} was changed while it was installed.")
        return folder

    def _key(self, content: bytes) -> str:
        machine = f"{sys.implementation.cache_tag}-{platform.machine()}".encode()
        return hashlib.sha256(machine + b"\0" + content).hexdigest()[:24]


async def _pip_install(requirements: Path, target: Path) -> None:
    pip = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pip", "install"),
        *("--quiet", "--no-input", "--disable-pip-version-check"),
        *("--target", str(target), "--requirement", str(requirements)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PIP_ROOT_USER_ACTION": "ignore"},
        preexec_fn=die_with_parent,
    )
    try:
        output, _ = await pip.communicate()
    finally:
        if pip.returncode is None:  # The emulator is being stopped.
            pip.kill()
            await pip.wait()
    if pip.returncode:
        raise UsageError(
            f"The packages of {requirements} could not be installed. The first start needs the "
            "network; later ones do not. "
            f"pip said:\n{output.decode(errors='replace').strip()}"
        )
