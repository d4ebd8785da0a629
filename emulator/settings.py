"""The few things that a template cannot say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from emulator.errors import UsageError


ACCOUNT_ID = "000000000000"
REGION = "us-east-1"
STACK_NAME = "local"

RUNNING_FILE = "running.json"
"""In the data directory while an emulator runs on it: the content of the ready file."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Options of `labchat up`, checked and complete."""

    template: Path
    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 8080
    """The edge; the AWS endpoint and the objects listen on the two ports after it. 0: any three."""
    dynamodb: str = "embedded"
    """`embedded`, `local` (DynamoDB Local), or the URL of a DynamoDB endpoint."""
    strict: bool = True
    """Whether calls must be signed."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    time_scale: float = 1.0
    concurrency: int = 10
    """Events that all functions without a reserved concurrency handle at the same time."""
    backup_every: float = 86400.0
    """Seconds between automatic backups; 0: none."""
    backup_keep: int = 7
    ready_file: Path | None = None
    site: Path | None = None
    """Folder of the built web client, if there is one."""

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the edge."""
        return self.host in {"127.0.0.1", "localhost", "::1"}


def checked_dynamodb(value: str) -> str:
    """What `--dynamodb` was given. Raises `UsageError` if it names nothing."""
    if value in {"embedded", "local"} or urlsplit(value).scheme in {"http", "https"}:
        return value
    raise UsageError(
        f"--dynamodb {value}: give `embedded`, `local` (DynamoDB Local), or a URL such as "
        "http://localhost:8000."
    )
