"""Altered access tokens: what a forger could make, and what only the holder of the pool's key could.

The latter are what the checks of the claims are for.
"""

import base64
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from jose import jws, jwt


class Mint:
    """Makes variants of a good access token; `keys` is the data directory's folder of keys."""

    def __init__(self, token: str, keys: Path, pool_id: str) -> None:
        self.pem = (keys / f"{pool_id}.access.pem").read_bytes()
        self.kid = str(jwt.get_unverified_header(token)["kid"])
        self.claims = dict(jwt.get_unverified_claims(token))

    def signed(self, *without: str, kid: str = "", **changes: Any) -> str:
        """A good signature under changed claims, or under another `kid`."""
        said = {n: v for n, v in (self.claims | changes).items() if n not in without}
        return str(jws.sign(said, self.pem.decode(), {"kid": kid or self.kid}, "RS256"))

    def with_public_key(self) -> str:
        """The public key taken for a secret (https://github.com/mpdavis/python-jose/pull/369)."""
        public = load_pem_private_key(self.pem, None).public_key()
        secret = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        message = f"{part({'alg': 'HS256', 'kid': self.kid})}.{part(self.claims)}"
        signature = hmac.digest(secret, message.encode(), "sha256")
        return f"{message}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"

    def unsigned(self, **header: str) -> str:
        """No signature at all."""
        return f"{part({'alg': 'none', **header})}.{part(self.claims)}."

    def tampered(self) -> str:
        """Somebody else's claims under the signature of these."""
        head, _, signature = self.signed().split(".")
        return f"{head}.{part(self.claims | {'sub': 'somebody-else'})}.{signature}"


def part(document: Any) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


FORGED: dict[str, Callable[[Mint], str]] = {
    "no token": lambda mint: "x",
    "alg none": lambda mint: mint.unsigned(kid=mint.kid),
    "alg none without kid": lambda mint: mint.unsigned(),
    "HS256 with the public key": Mint.with_public_key,
    "other claims under the signature": Mint.tampered,
    "unknown kid": lambda mint: mint.signed(kid="x"),
    "wrong issuer": lambda mint: mint.signed(iss=mint.claims["iss"] + "x"),
    "wrong client": lambda mint: mint.signed(client_id="other"),
    "wrong token_use": lambda mint: mint.signed(token_use="id"),
    "expired": lambda mint: mint.signed(exp=mint.claims["iat"] - 60),
    "not yet valid": lambda mint: mint.signed(nbf=mint.claims["exp"]),
    "no exp": lambda mint: mint.signed("exp"),
}
