"""The engines by the names that `--dynamodb` takes."""

from collections.abc import Callable, Mapping
from pathlib import Path

from emulator.storage.dynamodb_local.program import dynamodb_local
from emulator.storage.dynoxide import embedded
from emulator.storage.engine import Program


PROGRAMS: Mapping[str, Callable[[Path], Program]] = {
    "embedded": embedded,
    "local": dynamodb_local,
}
"""What makes the program ready to run, for a data directory. Whatever else is a URL."""
