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
class RelaySettings:
    """The SMTP server that takes the user pools' mail, and who the mail is from."""

    host: str
    port: int
    sender: str
    implicit_tls: bool = False
    """`smtps`: TLS from the first byte."""
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def start_tls(self) -> bool | None:
        """Whether to change to TLS: `None` where the relay offers it; `True`: or no mail at all.

        A password goes over no network in the clear. On this machine nobody listens, and a relay
        here has seldom a certificate that anybody would believe.
        """
        if self.implicit_tls or self.host in {"127.0.0.1", "::1", "localhost"}:
            return False
        return None if self.password is None else True


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
    packages: Path | None = None
    """Folder of zip files that functions and layers run from, in place of the template's code."""
    time_scale: float = 1.0
    concurrency: int = 10
    """Events that all functions without a reserved concurrency handle at the same time."""
    backup_every: float = 86400.0
    """Seconds between automatic backups; 0: none."""
    backup_keep: int = 7
    ready_file: Path | None = None
    tls: bool = False
    """Whether the edge and the objects speak TLS only."""
    tls_certificate: Path | None = None
    """A certificate of the person's own (PEM), in place of one that is made here."""
    tls_key: Path | None = None
    """Its key; `None` if it stands in the same file."""
    site: Path | None = None
    """Folder of the built web client, if there is one."""
    relay: RelaySettings | None = None
    """Where mail is handed on to; without one it stays in the local mailbox."""

    debug: str | None = None
    """Name or logical id of the function that waits for a debugger."""
    debug_port: int | None = None
    """Where it does; `None` for the usual port of its language."""
    record: Path | None = None
    """Folder for an event of each kind that functions get."""

    @property
    def authority_file(self) -> Path:
        """The certificate authority that devices are to trust with `--tls`."""
        return self.data_dir / "tls" / "ca.pem"


def checked_dynamodb(value: str) -> str:
    """What `--dynamodb` was given. Raises `UsageError` if it names nothing."""
    if value in {"embedded", "local"} or urlsplit(value).scheme in {"http", "https"}:
        return value
    raise UsageError(
        f"--dynamodb {value}: give `embedded`, `local` (DynamoDB Local), or a URL such as "
        "http://localhost:8000."
    )
