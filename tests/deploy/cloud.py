"""ministack as a stand-in for AWS: another implementation than ours, which evaluates IAM policies.

The deploy commands know nothing of it: they get AWS_ENDPOINT_URL, as with any endpoint.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3

from tests.deploy.template import ROOT
from tests.support.isolated import environment
from tests.support.server import free_ports


HERE = Path(__file__).parent
REGION = "eu-central-1"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
READY_WITHIN = 60.0
COMMAND_WITHIN = 400.0
"""Seconds; a command may build packages or start functions on a busy machine."""


def interpreter() -> Path:
    """The Python of ministack's own environment."""
    return environment(HERE / "ministack.txt") / "python"


@dataclass(slots=True)
class Cloud:
    """A running ministack with an account of its own; everything of it lies in one folder."""

    folder: Path
    port: int = field(default_factory=free_ports)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The endpoint of every service."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it answers.

        Nothing of this environment gets in, for its functions would inherit it.
        """
        temporary = self.folder / "tmp"
        temporary.mkdir(parents=True)
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [str(interpreter()), str(HERE / "ministack_server.py")],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                env={
                    "PATH": "/usr/bin:/bin",
                    "HOME": str(self.folder),
                    "TMPDIR": str(temporary),
                    "BIND_HOST": "127.0.0.1",
                    "GATEWAY_PORT": str(self.port),
                    "AUTH": "true",
                    "SFTP_ENABLED": "0",
                    "IOT_MTLS_ENABLED": "0",
                    "MINISTACK_REGION": REGION,
                    "PYTHONPATH": str(HERE / "ministack_functions"),
                    "MANAGEMENT_URL_FILE": str(self.folder / "management"),
                    "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": self.url,
                },
            )
        deadline = time.monotonic() + READY_WITHIN
        while not self._answers():
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.1)

    def stop(self) -> None:
        """End it and its functions, and remove what it leaves behind."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(20)
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)

    def log(self) -> str:
        """The end of what it wrote."""
        return (self.folder / "log").read_text(errors="replace")[-4000:]

    def address(self, api: str) -> str:
        """Where an API's stage is, without the scheme; functions are told too."""
        address = f"127.0.0.1:{self.port}/_aws/execute-api/{api}/ws"
        (self.folder / "management").write_text(f"http://{address}")
        return address

    def deploy(self, *arguments: str, good: bool = True) -> str:
        """Run `labchat deploy …`; what it said, whose end must be good or not."""
        run = subprocess.run(
            [sys.executable, "-m", "deploy", "deploy", *arguments],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.folder),
                "AWS_ENDPOINT_URL": self.url,
                "AWS_REGION": REGION,
                **KEYS,
            },
            capture_output=True,
            text=True,
            timeout=COMMAND_WITHIN,
            check=False,
        )
        said = run.stdout + run.stderr
        assert (run.returncode == 0) == good, f"{said}\n{self.log()}"
        assert "Traceback" not in run.stderr, said
        return said

    def client(self, service: str) -> Any:
        """A boto3 client of the same account."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=2):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
