"""The RSA keys of the pools: two each, made when a pool is first seen and kept for good.

They must outlive a restart, else every browser session dies (reference section 6.4). Each is
parsed once per process; parsing costs more than signing does (section 11).
"""

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jose.backends.base import Key
from jose.backends.cryptography_backend import CryptographyRSAKey

from emulator.cognito.files import read_or_make


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key pair, ready for use."""

    kid: str
    private: Key
    public: Key
    header: bytes
    """The encoded header of every token that this key signs: exactly `kid` and `alg` (6.1)."""
    jwk: dict[str, str]


@dataclass(frozen=True, slots=True)
class PoolKeys:
    """ID and access tokens are signed with different keys (section 6.1)."""

    id: SigningKey
    access: SigningKey

    def document(self) -> dict[str, Any]:
        """The pool's `jwks.json`."""
        return {"keys": [self.id.jwk, self.access.jwk]}


class Keys:
    """The keys of every pool, in one folder."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._pools: dict[str, PoolKeys] = {}

    def load(self, pool_ids: Iterable[str]) -> None:
        """Read or make the keys of these pools. Blocks; making a new one takes a moment."""
        for pool_id in pool_ids:
            self._pools[pool_id] = PoolKeys(
                id=signing_key(self._pem(pool_id, "id")),
                access=signing_key(self._pem(pool_id, "access")),
            )

    def remove(self, pool_id: str) -> None:
        """Forget a pool's keys for good. Blocks."""
        self._pools.pop(pool_id, None)
        for use in ("id", "access"):
            self._path(pool_id, use).unlink(missing_ok=True)

    def of(self, pool_id: str) -> PoolKeys | None:
        """The keys of one pool."""
        return self._pools.get(pool_id)

    def find(self, kid: str) -> tuple[str, SigningKey] | None:
        """Which pool's key it is, and the key."""
        for pool_id, pair in self._pools.items():
            for key in (pair.access, pair.id):
                if key.kid == kid:
                    return pool_id, key
        return None

    def _pem(self, pool_id: str, use: str) -> bytes:
        return read_or_make(self._path(pool_id, use), _new_pem)

    def _path(self, pool_id: str, use: str) -> Path:
        return self._directory / f"{pool_id}.{use}.pem"


def signing_key(pem: bytes) -> SigningKey:
    """Parse a private key once, into everything that is derived from it."""
    # We made the key ourselves; proving again that it is one takes 40 ms a key at every start.
    key = serialization.load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
    private: Key = CryptographyRSAKey(key, "RS256")
    public = private.public_key()
    numbers = {name: _ascii(value) for name, value in public.to_dict().items()}
    # As long as AWS's: 32 bytes in base64, 44 characters. Derived, hence stable.
    kid = base64.b64encode(hashlib.sha256(public.to_pem()).digest()).decode()
    header = json.dumps({"kid": kid, "alg": "RS256"}, separators=(",", ":")).encode()
    return SigningKey(
        kid=kid,
        private=private,
        public=public,
        header=base64.urlsafe_b64encode(header).rstrip(b"="),
        jwk={**numbers, "kid": kid, "use": "sig"},
    )


def _ascii(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _new_pem() -> bytes:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
