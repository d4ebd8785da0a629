"""Seals what must be read again and yet lie open on no disk: mail, and the secrets of authenticators.

AES-256-GCM under a key that stays beside the pools' keys, readable by its owner only. Codes are
kept as a keyed hash, for nothing has to read them again.
"""

import hmac
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from emulator.clock import Entropy
from emulator.cognito.files import read_or_make


NONCE = 12
KEY = 32


class Vault:
    """Seals and opens texts."""

    def __init__(self, key: bytes, entropy: Entropy) -> None:
        self._key = key
        self._cipher = AESGCM(key)
        self._entropy = entropy

    @classmethod
    def load(cls, directory: Path, entropy: Entropy) -> "Vault":
        """With the key of a data directory; blocks."""
        return cls(read_or_make(directory / "vault.key", lambda: entropy.bytes(KEY)), entropy)

    def seal(self, text: str) -> bytes:
        """Nonce and ciphertext."""
        nonce = self._entropy.bytes(NONCE)
        return nonce + self._cipher.encrypt(nonce, text.encode(), None)

    def open(self, sealed: bytes) -> str:
        """The text again. Raises `InvalidTag` for anything that this vault did not seal."""
        return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], None).decode()

    def digest(self, *parts: str) -> bytes:
        """A keyed hash: six digits under a plain one are guessed in a moment."""
        return hmac.digest(self._key, "\x1f".join(parts).encode(), "sha256")
