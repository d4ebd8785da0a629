"""ID and access tokens: what they claim, how they are signed and read (reference section 6)."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jose import jws
from jose.exceptions import JOSEError

from emulator.clock import Clock, Entropy
from emulator.cognito.claims import Extras, profile
from emulator.cognito.keys import Keys, SigningKey
from emulator.cognito.sign_ins import SignIn
from emulator.cognito.user import User
from emulator.template.model import UserPool, UserPoolClient


SCOPE = "aws.cognito.signin.user.admin"


class Unreadable(ValueError):
    """Not a token at all."""


class BadSignature(ValueError):
    """Not signed by any of our keys."""


@dataclass(frozen=True, slots=True)
class TokenPair:
    """The two tokens of one answer and their common lifetime."""

    access: str
    id: str
    expires_in: int


class Tokens:
    """Signs and reads the tokens of every pool."""

    def __init__(self, keys: Keys, clock: Clock, entropy: Entropy) -> None:
        self._keys = keys
        self._clock = clock
        self._entropy = entropy

    def mint(
        self,
        pool: UserPool,
        client: UserPoolClient,
        user: User,
        sign_in: SignIn,
        extras: Extras,
    ) -> TokenPair:
        """Both tokens; about 2 ms of RSA, so call it in a thread."""
        now = int(self._clock.now())
        access_life = self._lifetime(client.access_token_validity)
        common = {
            "sub": user.sub,
            "iss": pool.issuer,
            "event_id": self._entropy.uuid(),
            "auth_time": sign_in.auth_time,
            "iat": now,
        }
        access = common | {
            "client_id": client.id,
            "token_use": "access",
            "scope": SCOPE,
            "username": user.username,
            "exp": now + access_life,
            **extras.grants.of_access_token(),
        }
        said = profile(client, user) | extras.grants.of_id_token() | dict(extras.added)
        identity = {name: value for name, value in said.items() if name not in extras.suppressed}
        identity |= common | {
            "aud": client.id,
            "token_use": "id",
            "cognito:username": user.username,
            "exp": now + self._lifetime(client.id_token_validity),
        }
        if client.token_revocation:  # else neither claim exists (section 6.3)
            for claims in (access, identity):
                claims |= {"origin_jti": sign_in.origin, "jti": self._entropy.uuid()}
        keys = self._keys.of(pool.id)
        assert keys is not None
        return TokenPair(_signed(keys.access, access), _signed(keys.id, identity), access_life)

    def read(self, token: str) -> tuple[str, dict[str, Any]]:
        """Pool id and claims of a token whose signature is right; nothing else is checked."""
        try:
            kid = jws.get_unverified_header(token).get("kid")
        except JOSEError:
            raise Unreadable from None
        found = self._keys.find(kid) if isinstance(kid, str) else None
        if found is None:
            raise BadSignature
        pool_id, key = found
        try:
            claims = json.loads(jws.verify(token, key.public, algorithms=["RS256"]))
        except (JOSEError, ValueError):
            raise BadSignature from None
        return pool_id, claims

    def _lifetime(self, seconds: int) -> int:
        return max(1, round(self._clock.duration(seconds)))


def _signed(key: SigningKey, claims: Mapping[str, Any]) -> str:
    # Assembled here because python-jose's own encoder always adds `typ`, which AWS's tokens lack.
    body = json.dumps(claims, separators=(",", ":")).encode()
    message = key.header + b"." + base64.urlsafe_b64encode(body).rstrip(b"=")
    signature = base64.urlsafe_b64encode(key.private.sign(message)).rstrip(b"=")
    return (message + b"." + signature).decode()
