"""The RSA keys of the pools: two each, made at the first start and kept for good.

They must outlive a restart, else every browser session dies (reference section 6.4). Each is
parsed once per process; parsing costs more than signing does (section 11).
"""

import base64
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jose.backends.base import Key
from jose.backends.cryptography_backend import CryptographyRSAKey

from emulator.template.model import UserPool


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


def load(directory: Path, pools: Iterable[UserPool]) -> dict[str, PoolKeys]:
    """The keys of every pool, by pool id. Blocks; making a new key takes a moment."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    return {
        pool.id: PoolKeys(
            id=signing_key(_pem(directory / f"{pool.id}.id.pem")),
            access=signing_key(_pem(directory / f"{pool.id}.access.pem")),
        )
        for pool in pools
    }


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


def _pem(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pem = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        _write_private(path, pem)
        return pem


def _write_private(path: Path, data: bytes) -> None:
    """Whole or not at all, readable by the owner only."""
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
