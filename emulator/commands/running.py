"""Finds the emulator that runs on a data directory, for the commands that speak to it."""

import json
import os
from collections.abc import Mapping
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from emulator.errors import UsageError
from emulator.settings import RUNNING_FILE


data_dir_option = click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    default=Path(".labchat"),
    show_default=True,
    help="Data directory of the emulator that is meant.",
)


@dataclass(frozen=True, slots=True)
class Running:
    """Where a running emulator is reached, and the keys of the person at the machine."""

    addresses: Mapping[str, Any]
    """As in the ready file: `aws`, `management`, `ui`, …"""
    access_key_id: str
    secret_access_key: str
    region: str


def find_running(data_dir: Path) -> Running:
    """The emulator that runs on a data directory. Raises `UsageError` if none does."""
    try:
        addresses = json.loads((data_dir / RUNNING_FILE).read_text())
        keys = ConfigParser()
        keys.read_string(Path(addresses["credentials"]).read_text())
        os.kill(addresses["pid"], 0)  # A killed emulator leaves its file behind.
    except (FileNotFoundError, ProcessLookupError) as error:
        raise UsageError(
            f"No emulator runs on {data_dir}. Start one with `labchat up`, "
            "or name its data directory with --data-dir."
        ) from error
    default = keys["default"]
    return Running(
        addresses,
        default["aws_access_key_id"],
        default["aws_secret_access_key"],
        default["region"],
    )
