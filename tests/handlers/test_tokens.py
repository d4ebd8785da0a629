"""Access tokens."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from chat import tokens
from chat.claims import Claims
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jose import jwk, jwt

from tests.handlers.fakes import START, FakeClock


ISSUER = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Lab"
CLIENT = "client"


class KeyPair:
    """A signing key and its public half as a JWK."""

    def __init__(self, kid: str) -> None:
        self.kid = kid
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.pem = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
        self.public = jwk.construct(self.pem, "RS256").public_key().to_dict() | {"kid": kid}

    def sign(self, **changes: Any) -> str:
        """An access token; a change of None leaves the claim out."""
        claims = {
            "sub": "ada",
            "iss": ISSUER,
            "client_id": CLIENT,
            "token_use": "access",
            "exp": 4_000_000_000,
            "iat": 1_000_000_000,
        } | changes
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, self.pem, algorithm="RS256", headers={"kid": self.kid})


ONE, TWO = KeyPair("one"), KeyPair("two")


class Pool:
    """The pool's keys, which can be changed and can fail."""

    def __init__(self, *keys: KeyPair) -> None:
        self.keys = {pair.kid: pair.public for pair in keys}
        self.fetches = 0
        self.down = False

    def __call__(self) -> Mapping[str, Mapping[str, Any]]:
        self.fetches += 1
        if self.down:
            raise OSError("down")
        return dict(self.keys)


def verifier(pool: Pool, clock: FakeClock | None = None) -> tokens.TokenVerifier:
    keys = tokens.Keys(pool, clock or FakeClock())
    return tokens.TokenVerifier(keys, ISSUER, CLIENT, lambda token: True)


def test_a_good_token() -> None:
    """Says whose it is and until when; the keys are fetched once."""
    pool = Pool(ONE, TWO)
    checks = verifier(pool)
    for pair in (ONE, TWO, ONE):
        assert checks.verify(pair.sign()) == Claims(uid="ada", exp=4_000_000_000)
    assert pool.fetches == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": ISSUER + "x"},
        {"iss": None},
        {"client_id": "other"},
        {"client_id": None},
        {"token_use": "id"},
        {"token_use": None},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"iat": None},
        {"sub": None},
    ],
)
def test_every_claim_counts(changes: dict[str, Any]) -> None:
    """Another issuer, client, use; expired; or nothing said."""
    with pytest.raises(tokens.Unacceptable):
        verifier(Pool(ONE)).verify(ONE.sign(**changes))


def test_forgeries() -> None:
    """No token, no signature, another algorithm, another's key, an unknown key."""
    header, claims, signature = ONE.sign().split(".")
    none = jwt.encode({}, "x", algorithm="HS256", headers={"kid": "one"}).split(".")[0]
    public = json.dumps(ONE.public)
    foreign = KeyPair("one")
    for forged in (
        "",
        "x",
        "a.b.c",
        f"{header}.{claims}.",
        f"{header}.{claims}.{signature[::-1]}",
        f"{none}.{claims}.{signature}",
        jwt.encode({"sub": "ada"}, public, algorithm="HS256", headers={"kid": "one"}),
        foreign.sign(),
        TWO.sign(),
    ):
        with pytest.raises(tokens.Unacceptable):
            verifier(Pool(ONE)).verify(forged)


def test_an_unknown_key_is_looked_for_once_in_five_minutes() -> None:
    """A new key is found then; forged ones make no storm of requests."""
    pool, clock = Pool(ONE), FakeClock()
    checks = verifier(pool, clock)
    checks.verify(ONE.sign())
    pool.keys[TWO.kid] = TWO.public
    for _ in range(3):
        with pytest.raises(tokens.Unacceptable):
            checks.verify(TWO.sign())
    assert pool.fetches == 1
    clock.ms = START + tokens.REFETCH_MS
    assert checks.verify(TWO.sign()).uid == "ada"
    assert pool.fetches == 2


def test_old_keys_stay_when_they_cannot_be_fetched(caplog: pytest.LogCaptureFixture) -> None:
    """And without any key every attempt tries again at once."""
    pool, clock = Pool(ONE), FakeClock()
    checks = verifier(pool, clock)
    pool.down = True
    for _ in range(2):
        with pytest.raises(tokens.Unacceptable):
            checks.verify(ONE.sign())
    assert pool.fetches == 2
    pool.down = False
    checks.verify(ONE.sign())
    pool.down = True
    clock.ms += tokens.REFETCH_MS
    with pytest.raises(tokens.Unacceptable):
        checks.verify(TWO.sign())
    assert checks.verify(ONE.sign()).uid == "ada"
    assert "cannot fetch the keys" in caplog.text


def test_where_the_keys_are() -> None:
    """At the regional host, or at the endpoint that the SDK would use; the issuer never changes."""
    assert tokens.issuer("eu-central-1_Lab") == ISSUER
    assert tokens.jwks_url("eu-central-1_Lab", None) == ISSUER + "/.well-known/jwks.json"
    assert (
        tokens.jwks_url("eu-central-1_Lab", "http://localhost:1/")
        == "http://localhost:1/eu-central-1_Lab/.well-known/jwks.json"
    )
