"""The embedded engine: Dynoxide, DynamoDB's API over SQLite in one small program.

https://github.com/nubo-db/dynoxide
"""

import os
import platform
import shutil
from pathlib import Path

from emulator.errors import UsageError
from emulator.storage.engine import Program


DATABASE = "dynamodb.sqlite"


def embedded(data_dir: Path) -> Program:
    """The program that npm brought. Raises `UsageError` if it is not installed."""
    binary = find_binary(data_dir)

    def command(port: int, database: Path) -> list[str]:
        return [str(binary), "serve", "--port", str(port), "--db-path", str(database)]

    return Program("embedded", DATABASE, command, ready_within=10)


def find_binary(data_dir: Path) -> Path:
    """The engine's program, which npm brings as a package for each platform.

    npm may leave it without its executable bit; then a copy in the data directory gets it.
    """
    architecture = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), "unknown")
    package = Path("node_modules") / "@dynoxide" / f"linux-{architecture}" / "dynoxide"
    for folder in (Path.cwd(), Path(__file__).parents[2]):
        binary = folder / package
        if binary.is_file():
            return binary if os.access(binary, os.X_OK) else _executable_copy(binary, data_dir)
    found = shutil.which("dynoxide")
    if found:
        return Path(found)
    raise UsageError(
        "The embedded database is not installed: run `npm install` in the checkout (or put "
        "`dynoxide` on the PATH), or name another DynamoDB with --dynamodb."
    )


def _executable_copy(binary: Path, data_dir: Path) -> Path:
    copy = data_dir / "dynoxide"
    if not copy.exists() or copy.stat().st_size != binary.stat().st_size:
        unfinished = data_dir / "dynoxide.new"
        shutil.copyfile(binary, unfinished)
        unfinished.chmod(0o700)
        unfinished.replace(copy)
    return copy
