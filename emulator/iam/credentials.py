"""Access keys: one pair for the person at the machine, one for each function's role.

All of them are derived from a single secret in the data directory, so nothing else needs storing
and a function keeps its keys over restarts.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from emulator.clock import Entropy


SECRET_FILE = "iam.key"  # noqa: S105 - a file name
CREDENTIALS_FILE = "credentials"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who signed a request."""

    arn: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key pair; roles have a session token too, as on AWS."""

    access_key_id: str
    secret_access_key: str
    session_token: str = ""


class KeyRing:
    """Derives key pairs from the master secret and knows whom each key id belongs to."""

    def __init__(self, secret: bytes, account_id: str) -> None:
        self._secret = secret
        self._known: dict[str, tuple[Credentials, Principal]] = {}
        self.operator = self._add("AKIA", Principal(f"arn:aws:iam::{account_id}:user/operator"))

    def add_role(self, role_arn: str, session: str) -> Credentials:
        """Credentials of a function that runs as `role_arn`; `session` is the function's name."""
        role = role_arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
        return self._add("ASIA", Principal(f"{role}/{session}"))

    def find(self, access_key_id: str) -> tuple[Credentials, Principal] | None:
        """Whose key it is, or `None` for a key never given out."""
        return self._known.get(access_key_id)

    def _add(self, prefix: str, principal: Principal) -> Credentials:
        def derive(purpose: str) -> bytes:
            message = f"{purpose}:{principal.arn}".encode()
            return hmac.new(self._secret, message, hashlib.sha256).digest()

        credentials = Credentials(
            prefix + base64.b32encode(derive("id")).decode()[:16],
            base64.b64encode(derive("secret")).decode()[:40],
            base64.b64encode(derive("session") * 4).decode() if prefix == "ASIA" else "",
        )
        self._known[credentials.access_key_id] = (credentials, principal)
        return credentials


def load_secret(data_dir: Path, entropy: Entropy) -> bytes:
    """Read the master secret, or make it on the first start."""
    path = data_dir / SECRET_FILE
    if not path.exists():
        write_private(path, [entropy.bytes(32).hex()])
    return bytes.fromhex(path.read_text().strip())


def write_credentials_file(data_dir: Path, credentials: Credentials, region: str) -> Path:
    """Write the operator's keys in the shared-credentials format of every AWS SDK and the CLI."""
    path = data_dir / CREDENTIALS_FILE
    write_private(
        path,
        [
            "[default]",
            f"aws_access_key_id = {credentials.access_key_id}",
            f"aws_secret_access_key = {credentials.secret_access_key}",
            f"region = {region}",
        ],
    )
    return path


def write_private(path: Path, lines: Iterable[str]) -> None:
    """Replace a file at once, readable by its owner only from the first byte on."""
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"{line}\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
