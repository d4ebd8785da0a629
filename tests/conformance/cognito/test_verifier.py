"""Statement 71: the verifier that the functions use, against tokens of the endpoint."""

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from chat.clock import SystemClock
from chat.tokens import Keys, TokenVerifier, Unacceptable
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from jose import jws, jwt

from tests.conformance.cognito.lab import REGION, Lab, claims


class Mint:
    """Signs anything with the pool's own key: what the checks of the claims are for."""

    def __init__(self, lab: Lab, token: str) -> None:
        pem = (lab.directory / "keys" / f"{lab.pool('Names')}.access.pem").read_bytes()
        self._pem = pem.decode()
        self.header = jwt.get_unverified_header(token)
        self.claims = claims(token)
        private = load_pem_private_key(pem, None)
        public = private.public_key()
        self.public_pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def signed(self, *without: str, **changes: Any) -> str:
        """A good signature under changed claims."""
        said = {n: v for n, v in (self.claims | changes).items() if n not in without}
        return jws.sign(said, self._pem, {"kid": self.header["kid"]}, "RS256")

    def with_public_key(self) -> str:
        """The public key taken for a secret (https://github.com/mpdavis/python-jose/pull/369)."""
        head = part({"alg": "HS256", "kid": self.header["kid"]})
        message = f"{head}.{part(self.claims)}".encode()
        signature = hmac.digest(self.public_pem, message, "sha256")
        return f"{message.decode()}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"

    def unsigned(self, **header: str) -> str:
        """No signature at all."""
        return f"{part({'alg': 'none', **header})}.{part(self.claims)}."


def part(document: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


ALTERED: dict[str, Callable[[Mint], str]] = {
    "alg none": lambda mint: mint.unsigned(kid=mint.header["kid"]),
    "alg none without kid": lambda mint: mint.unsigned(),
    "HS256 with the public key": Mint.with_public_key,
    "unknown kid": lambda mint: jws.sign(mint.claims, mint._pem, {"kid": "x"}, "RS256"),
    "wrong issuer": lambda mint: mint.signed(iss=mint.claims["iss"] + "x"),
    "wrong client": lambda mint: mint.signed(client_id="other"),
    "wrong token_use": lambda mint: mint.signed(token_use="id"),
    "expired": lambda mint: mint.signed(exp=mint.claims["iat"] - 60),
    "not yet valid": lambda mint: mint.signed(nbf=mint.claims["exp"]),
    "no exp": lambda mint: mint.signed("exp"),
}


def offline(lab: Lab) -> TokenVerifier:
    """It knows the JWKS by heart and could not fetch it again."""
    path = f"/{lab.pool('Names')}/.well-known/jwks.json"
    document = lab.request("GET", path).document
    keys = {key["kid"]: key for key in document["keys"]}
    issuer = f"https://cognito-idp.{REGION}.amazonaws.com/{lab.pool('Names')}"
    return TokenVerifier(Keys(lambda: keys, SystemClock()), issuer, lab.client("Web"))


@pytest.fixture
def session(lab: Lab, name: str) -> dict[str, Any]:
    """Somebody's tokens."""
    lab.confirmed(name)
    return lab.sign_in(name)


def test_c71_good_token(lab: Lab, session: dict[str, Any]) -> None:
    accepted = offline(lab).verify(session["AccessToken"])
    assert accepted.uid == claims(session["AccessToken"])["sub"]
    # The forger's tools are good: what they sign unchanged is accepted.
    assert offline(lab).verify(Mint(lab, session["AccessToken"]).signed()).uid == accepted.uid


@pytest.mark.parametrize("kind", [*ALTERED, "an ID token"])
def test_c71_altered_token(lab: Lab, session: dict[str, Any], kind: str) -> None:
    mint = Mint(lab, session["AccessToken"])
    token = session["IdToken"] if kind == "an ID token" else ALTERED[kind](mint)
    with pytest.raises(Unacceptable):
        offline(lab).verify(token)
