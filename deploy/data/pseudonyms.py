"""Other names for people: the same for the same person and key, and told back by nobody without it.

HMAC-SHA-256 of the person's id, cut to 80 bits (RFC 2104): who has the export alone cannot test a
guess, and two of a lab's people do not meet in one pseudonym.
"""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import click


KEY_BYTES = 32
DIGITS = 16  # of base 32: 80 bits


@dataclass(frozen=True, slots=True)
class Names:
    """How people are called in an export: by `key`, or as they are without one."""

    key: bytes | None
    shown: Mapping[str, str] = field(default_factory=dict)
    """Display names by person, which texts mention as `@name`."""

    def person(self, uid: str) -> str:
        """The person's id in the export."""
        if self.key is None or not uid:
            return uid
        digest = hmac.digest(self.key, uid.encode(), hashlib.sha256)
        return "p_" + base64.b32encode(digest).decode()[:DIGITS].lower()

    def text(self, body: str, mentioned: list[str]) -> str:
        """A text, in which those it mentions have their other names."""
        if self.key is None:
            return body
        # The longest first: one name may begin with another.
        for uid in sorted(mentioned, key=lambda uid: len(self.shown.get(uid, "")), reverse=True):
            if name := self.shown.get(uid):
                body = body.replace(f"@{name}", f"@{self.person(uid)}")
        return body


def load_key(path: Path) -> bytes:
    """The lab's key, made at the first time, for the owner of the file alone."""
    if not path.exists():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise click.ClickException(
                f"{path}: {error.strerror}. Name a place for the key with --key."
            ) from error
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(KEY_BYTES).encode() + b"\n")
    try:
        key = bytes.fromhex(path.read_text())
    except (OSError, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise click.ClickException(
            f"{path} holds no key: give the lab's own with --key, or a new file name to make one."
        )
    return key
