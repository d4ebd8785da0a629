"""Access tokens of the user pool.

The rules are those of "Verifying a JSON web token" in the Cognito developer guide. python-jose
needs each of them said: it tries every key of a set, believes the algorithm in the header and
accepts a token without `exp` unless told otherwise.
"""

import json
import logging
import os
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

from jose import jwt
from jose.exceptions import JOSEError

from chat import standing
from chat.claims import Claims
from chat.clock import Clock
from chat.standing import Stands


log = logging.getLogger(__name__)

Jwk = Mapping[str, Any]
Fetch = Callable[[], Mapping[str, Jwk]]

# An unknown kid is a new key or a forgery; forgeries must not make a storm of requests.
REFETCH_MS = 5 * 60 * 1000
TIMEOUT = 2.0

USE = "access"  # an ID token says who somebody is, not what may be done

ADMINS = "admins"  # the group of the user pool whose members are the site's administrators

OPTIONS = {
    "verify_aud": False,  # access tokens have none
    "verify_at_hash": False,
    "require_exp": True,
    "require_iat": True,
    "leeway": 30,
}


class Unacceptable(Exception):
    """This token opens nothing."""


def issuer(pool: str) -> str:
    """The issuer of a pool's tokens; the region stands in the pool's id."""
    return f"https://cognito-idp.{pool.partition('_')[0]}.amazonaws.com/{pool}"


def jwks_url(pool: str, endpoint: str | None) -> str:
    """Where a pool's keys are; `endpoint` is `AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER`."""
    base = f"{endpoint.rstrip('/')}/{pool}" if endpoint else issuer(pool)
    return base + "/.well-known/jwks.json"


def fetch_from(url: str) -> Fetch:
    """Fetches the RSA keys there, by kid."""

    def fetch() -> dict[str, Jwk]:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:
            keys = json.load(answer)["keys"]
        return {key["kid"]: key for key in keys if key["kty"] == "RSA"}

    return fetch


class Keys:
    """The keys of a pool, kept as long as the execution environment lives."""

    def __init__(self, fetch: Fetch, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: Mapping[str, Jwk] = {}
        self._fetched = 0

    def get(self, kid: str) -> Jwk:
        """The key of this id; raises KeyError."""
        if kid not in self._keys:
            self._refresh()
        return self._keys[kid]

    def _refresh(self) -> None:
        now = self._clock.now()
        if self._keys and now - self._fetched < REFETCH_MS:
            return
        self._fetched = now
        try:
            self._keys = self._fetch()
        except (OSError, ValueError, LookupError, TypeError) as error:
            # The old keys stay: better than locking out everybody who holds a good token.
            log.warning("cannot fetch the keys of the user pool: %s", type(error).__name__)


class TokenVerifier:
    """Accepts the access tokens of one app client that have not been taken back."""

    def __init__(self, keys: Keys, issuer: str, client: str, stands: Stands) -> None:
        self._keys = keys
        self._issuer = issuer
        self._client = client
        self._stands = stands

    def verify(self, token: str) -> Claims:
        """Whose token it is, and until when; raises `Unacceptable`."""
        try:
            header = jwt.get_unverified_header(token)
            key = self._keys.get(header["kid"])
            claims = jwt.decode(
                token, key, algorithms=["RS256"], issuer=self._issuer, options=OPTIONS
            )
            if claims["token_use"] != USE or claims["client_id"] != self._client:
                raise ValueError("not an access token of this client")
            if not self._stands(token):
                raise ValueError("taken back")
            groups = claims.get("cognito:groups", [])
            return Claims(uid=str(claims["sub"]), exp=int(claims["exp"]), admin=ADMINS in groups)
        except (JOSEError, LookupError, TypeError, ValueError) as error:
            raise Unacceptable from error


def from_environment(clock: Clock) -> TokenVerifier:
    """The verifier of the user pool that the function's environment variables name."""
    pool = os.environ["USER_POOL_ID"]
    endpoint = os.environ.get("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER")
    return TokenVerifier(
        Keys(fetch_from(jwks_url(pool, endpoint)), clock),
        issuer(pool),
        os.environ["USER_POOL_CLIENT_ID"],
        standing.ask(standing.endpoint_of(pool, endpoint)),
    )
