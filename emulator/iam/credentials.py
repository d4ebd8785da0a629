"""Access keys: one pair for the person at the machine, one for each function's role.

All of them are derived from a single secret in the data directory, so nothing else needs storing
and a function keeps its keys over restarts.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from emulator.clock import Entropy
from emulator.iam.conditions import holds
from emulator.iam.policy import Policy, allows, statements


SECRET_FILE = "iam.key"  # noqa: S105 - a file name
CREDENTIALS_FILE = "credentials"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who signed a request."""

    arn: str
    role_arn: str = ""
    """The role that a function runs as; empty for the operator."""
    policies: tuple[Policy, ...] | None = None
    """What the role may do. `None` if nothing is said about it: then everything."""

    def may(self, action: str, resource: str) -> bool:
        """Whether its policies allow `action` (`service:Operation`) on `resource` (an ARN)."""
        return self.policies is None or allows(
            self.policies, action, resource, _context(self.role_arn)
        )

    def refusal(self, action: str, resource: str) -> str:
        """AWS's sentence about an action that it may not do.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
        """
        return (
            f"User: {self.arn} is not authorized to perform: {action} on resource: {resource} "
            f"because no identity-based policy allows the {action} action"
        )


def unjudged(roles: Mapping[str, tuple[Policy, ...]]) -> list[str]:
    """What of the roles' policies cannot be judged here, a sentence for each such statement."""
    return [
        f"{role_arn}: the condition of a statement with {statement.get('Effect')} on "
        f"{statement.get('Action', statement.get('NotAction'))} cannot be judged by the "
        "emulator; an Allow does not count then, a Deny does"
        for role_arn, policies in roles.items()
        for policy in policies
        for statement in statements(policy)
        if holds(statement.get("Condition", {}), _context(role_arn)) is None
    ]


def _context(role_arn: str) -> Mapping[str, str]:
    """The condition keys that are known of every call; on AWS all calls are encrypted.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    return {
        "aws:principalaccount": role_arn.split(":")[4],
        "aws:principalarn": role_arn,
        "aws:principaltype": "AssumedRole",
        "aws:securetransport": "true",
    }


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key pair; roles have a session token too, as on AWS."""

    access_key_id: str
    secret_access_key: str
    session_token: str = ""


class KeyRing:
    """Derives key pairs from the master secret and knows whom each key id belongs to."""

    def __init__(
        self,
        secret: bytes,
        account_id: str,
        roles: Mapping[str, tuple[Policy, ...]] | None = None,
    ) -> None:
        """`roles` are the policies of the roles that are known, by ARN.

        A function may name a role that its template does not make. Nobody can tell here what that
        one may do, so it is let do everything; the template's warnings say so.
        """
        self._secret = secret
        self._roles = {} if roles is None else roles
        self._known: dict[str, tuple[Credentials, Principal]] = {}
        self.operator = self._add("AKIA", Principal(f"arn:aws:iam::{account_id}:user/operator"))

    def add_role(self, role_arn: str, session: str) -> Credentials:
        """Credentials of a function that runs as `role_arn`; `session` is the function's name."""
        policies = self._roles.get(role_arn)
        account, _, path = role_arn.replace(":iam:", ":sts:").partition(":role/")
        name = path.rpartition("/")[2]  # A role's path is no part of its sessions' names.
        principal = Principal(f"{account}:assumed-role/{name}/{session}", role_arn, policies)
        return self._add("ASIA", principal)

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
