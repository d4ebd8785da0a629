"""`labchat up` as a child process, driven through its ready file as any other tool would."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import psutil


ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "deploy" / "template.yaml"
PACKAGES = ROOT / ".cache" / "packages"
"""Function packages, installed once for all tests."""

_PASSED = ("PATH", "HOME", "JAVA_HOME", "PIP_CACHE_DIR", "PIP_CERT", "COVERAGE_PROCESS_CONFIG")
"""What of the environment the server sees: little, so that nothing of the machine's matters."""

UNLIMITED = ("--parameter", "MessagesPerMinute=1000000")
"""For the chat, where people of tests write faster than people can."""

START_WITHIN = 120.0
"""Seconds; the very first start installs packages."""


@dataclass(slots=True)
class Server:
    """One data directory and the server that runs on it, over restarts."""

    data_dir: Path
    template: Path = TEMPLATE
    options: Sequence[str] = ()
    port: int = 0
    ready: dict[str, Any] | None = None
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> dict[str, Any]:
        """Start it and wait for its ready file; returns what stands there."""
        self.port = self.port or free_ports()
        share_packages(self.data_dir)
        ready_file = self.data_dir / "ready.json"
        ready_file.unlink(missing_ok=True)
        with (self.data_dir / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "emulator", "up"),
                    *("--template", str(self.template)),
                    *("--data-dir", str(self.data_dir)),
                    *("--port", str(self.port)),
                    *("--ready-file", str(ready_file)),
                    *(UNLIMITED if self.template == TEMPLATE else ()),
                    *self.options,
                ],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                env={name: os.environ[name] for name in _PASSED if name in os.environ},
            )
        deadline = time.monotonic() + START_WITHIN
        while not ready_file.exists():
            if self._process.poll() is not None:
                raise AssertionError(f"the server ended at once:\n{self.log()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"the server did not get ready:\n{self.log()}")
            time.sleep(0.02)
        self.ready = json.loads(ready_file.read_text())
        return self.ready

    @property
    def urls(self) -> dict[str, Any]:
        """The ready file's content."""
        assert self.ready is not None
        return self.ready

    def stop(self) -> int:
        """End it in order; returns its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(30)

    def kill(self) -> list[psutil.Process]:
        """End it with SIGKILL; returns what were its children."""
        assert self._process is not None
        children = self.children()
        self._process.kill()
        self._process.wait(10)
        return children

    @property
    def process(self) -> psutil.Process:
        """The server itself."""
        assert self._process is not None
        return psutil.Process(self._process.pid)

    def children(self, name: str = "") -> list[psutil.Process]:
        """Its child processes, those whose command line holds `name`."""
        found = self.process.children(recursive=True)
        return [child for child in found if name in _command_line(child)]

    def close(self) -> None:
        """Make sure that nothing of it is left."""
        if self._process is not None and self._process.poll() is None:
            for child in self.kill():
                child.wait(10)

    def log(self) -> str:
        """What it wrote to its terminal."""
        return (self.data_dir / "server.log").read_text(errors="replace")[-4000:]

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client with the operator's credentials."""
        session = boto3.Session()
        credentials = dict(
            line.split(" = ", 1)
            for line in Path(self.urls["credentials"]).read_text().splitlines()
            if " = " in line
        )
        url = self.urls["management" if service == "apigatewaymanagementapi" else "aws"]
        return session.client(
            service,
            endpoint_url=options.pop("endpoint_url", url),
            region_name=credentials["region"],
            aws_access_key_id=credentials["aws_access_key_id"],
            aws_secret_access_key=credentials["aws_secret_access_key"],
            **options,
        )


def _command_line(process: psutil.Process) -> str:
    """Nothing if it has ended since it was listed."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def share_packages(data_dir: Path) -> None:
    """Make a data directory that uses the packages that are installed for all tests."""
    data_dir.mkdir(parents=True, exist_ok=True)
    PACKAGES.mkdir(parents=True, exist_ok=True)
    if not (data_dir / "packages").exists():
        (data_dir / "packages").symlink_to(PACKAGES)


def free_ports() -> int:
    """The first of three free ports in a row; a restart then gets the same ones."""
    while True:
        first = random.randrange(20_000, 32_000)
        try:
            for port in range(first, first + 3):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
