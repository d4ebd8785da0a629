"""Third-party packages for functions: installed once, kept by the hash of what asked for them.

A function whose code is a folder sees the packages of the Lambda runtime (its client and the SDK)
and those that the `requirements.txt` or `package.json` in that folder declares; nothing of the
emulator's.
"""

import asyncio
import hashlib
import logging
import os
import platform
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from emulator.children import die_with_parent
from emulator.clock import Entropy
from emulator.errors import UsageError
from emulator.runtime.code.folders import making


logger = logging.getLogger(__name__)

Install = Callable[[Sequence[Path], Path], Awaitable[None]]
"""Installs what files ask for into a new folder. Raises `UsageError`."""

RUNTIME_REQUIREMENTS = Path(__file__).parent / "python" / "requirements.txt"


class Packages:
    """Folders of installed packages under one root, one for each distinct list of them."""

    def __init__(self, root: Path, entropy: Entropy) -> None:
        self._root = root
        self._entropy = entropy
        self._one_at_a_time = asyncio.Lock()

    async def install(self, requirements: Path) -> Path:
        """The folder with the packages that `requirements` asks for, installed if need be.

        Raises `UsageError` if pip fails, which the first time needs the network.
        """
        return await self.once(python_tag(), [requirements], _pip_install)

    async def once(self, platform_tag: bytes, given: Sequence[Path], install: Install) -> Path:
        """The folder with what the files `given` ask for on a platform.

        `install` makes it from the files, unless it is there already.
        """
        wanted = await asyncio.to_thread(_content, given)
        folder = self._root / hashlib.sha256(platform_tag + b"\0" + wanted).hexdigest()[:24]
        if folder.exists():
            return folder
        async with self._one_at_a_time:
            if not folder.exists():
                logger.info("Installing %s (the first time only) …", given[0])
                with making(folder, self._entropy) as unfinished:
                    await install(given, unfinished)
                    if await asyncio.to_thread(_content, given) != wanted:
                        raise UsageError(f"{given[0]} was changed while it was installed.")
        return folder


def python_tag() -> bytes:
    """The interpreter and the processor for which packages are installed."""
    return f"{sys.implementation.cache_tag}-{platform.machine()}".encode()


def _content(files: Sequence[Path]) -> bytes:
    return b"\0".join(file.read_bytes() for file in files)


async def _pip_install(given: Sequence[Path], target: Path) -> None:
    await run_installer(
        [
            *(sys.executable, "-m", "pip", "install"),
            *("--quiet", "--no-input", "--disable-pip-version-check"),
            *("--target", str(target), "--requirement", str(given[0])),
        ],
        source=given[0],
        folder=given[0].parent,
        environment={**os.environ, "PIP_ROOT_USER_ACTION": "ignore"},
    )


async def run_installer(
    command: Sequence[str], *, source: Path, folder: Path, environment: Mapping[str, str]
) -> None:
    """Run pip or npm in a folder. Raises `UsageError` with what it said if it fails."""
    installer = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment,
        preexec_fn=die_with_parent,
    )
    try:
        output, _ = await installer.communicate()
    finally:
        if installer.returncode is None:  # The emulator is being stopped.
            installer.kill()
            await installer.wait()
    if installer.returncode:
        raise UsageError(
            f"The packages of {source} could not be installed. That needs the network, the first "
            f"time only. It was said:\n{output.decode(errors='replace').strip()}"
        )
