"""Statement 71: the verifier that the functions use, against tokens of the endpoint."""

from typing import Any

import pytest
from chat.clock import SystemClock
from chat.tokens import Keys, TokenVerifier, Unacceptable

from tests.conformance.cognito.lab import REGION, Lab, claims
from tests.support.forgery import FORGED, Mint


def offline(lab: Lab) -> TokenVerifier:
    """It knows the JWKS by heart and could not fetch it again."""
    path = f"/{lab.pool('Names')}/.well-known/jwks.json"
    document = lab.request("GET", path).document
    keys = {key["kid"]: key for key in document["keys"]}
    issuer = f"https://cognito-idp.{REGION}.amazonaws.com/{lab.pool('Names')}"
    return TokenVerifier(
        Keys(lambda: keys, SystemClock()), issuer, lab.client("Web"), lambda token: True
    )


@pytest.fixture
def session(lab: Lab, name: str) -> dict[str, Any]:
    """Somebody's tokens."""
    lab.confirmed(name)
    return lab.sign_in(name)


def mint(lab: Lab, session: dict[str, Any]) -> Mint:
    return Mint(session["AccessToken"], lab.directory / "keys", lab.pool("Names"))


def test_c71_good_token(lab: Lab, session: dict[str, Any]) -> None:
    accepted = offline(lab).verify(session["AccessToken"])
    assert accepted.uid == claims(session["AccessToken"])["sub"]
    # The forger's tools are good: what they sign unchanged is accepted.
    assert offline(lab).verify(mint(lab, session).signed()).uid == accepted.uid


@pytest.mark.parametrize("kind", [*FORGED, "an ID token"])
def test_c71_altered_token(lab: Lab, session: dict[str, Any], kind: str) -> None:
    forge = FORGED.get(kind)
    token = forge(mint(lab, session)) if forge else session["IdToken"]
    with pytest.raises(Unacceptable):
        offline(lab).verify(token)
