"""Signature Version 4, the checking side: is this request signed by a key that we gave out?

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import calendar
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote, unquote_plus

from emulator.clock import Clock
from emulator.errors import AwsError
from emulator.iam.credentials import KeyRing, Principal


ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
UNSIGNED_CHUNKS = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
"""What S3's clients declare in place of a hash when TLS protects the body."""
MAX_SKEW = 300.0
"""Seconds between the request's time and ours; five minutes on AWS."""


class SignatureError(AwsError):
    """The request is not signed, or not by whom it says."""

    status = 403
    code = "InvalidSignatureException"


class MissingToken(SignatureError):
    """No signature at all."""

    code = "MissingAuthenticationTokenException"


class IncompleteSignature(SignatureError):
    """A signature that cannot be read."""

    code = "IncompleteSignatureException"


class UnknownKey(SignatureError):
    """The access key id is not one of ours."""

    code = "UnrecognizedClientException"


class UnknownToken(UnknownKey):
    """The session token is not that of the key."""


class WrongTime(SignatureError):
    """It is too late, or too early, for this signature."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """The parts of a request that a signature covers; header names are lower-case."""

    method: str
    raw_path: str
    query_string: str
    headers: Mapping[str, str]
    body: bytes | None
    """None if it is checked elsewhere against the hash in `x-amz-content-sha256`."""


@dataclass(frozen=True, slots=True)
class Signature:
    """The claim that a request carries, from its header or its query string."""

    access_key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    timestamp: str
    expires: float | None = None
    """Seconds of validity of a presigned URL."""


class Verifier:
    """Checks signatures against the key ring; `strict=False` lets unsigned calls pass."""

    def __init__(self, keys: KeyRing, clock: Clock, *, strict: bool = True) -> None:
        self._keys = keys
        self._clock = clock
        self._strict = strict

    def verify(
        self,
        method: str,
        raw_path: str,
        query_string: str,
        headers: Mapping[str, str],
        body: bytes | None,
        service: str,
    ) -> Principal:
        """Who signed the request. `headers` has lower-case names; `raw_path` is as on the wire.

        Raises `SignatureError` unless the verifier is relaxed.
        """
        request = HttpRequest(method, raw_path, query_string, headers, body)

        def check() -> Principal:
            claim = _claim(request)
            self._check_time(claim)
            token = request.headers.get("x-amz-security-token") or _query(request).get(
                "X-Amz-Security-Token", ""
            )
            text = _text_of(claim, canonical_request(claim, request))
            return self._check(claim, service, text, token)

        return self._unless_relaxed(check)

    def verify_form(self, fields: Mapping[str, str], service: str) -> Principal:
        """Who signed the `policy` of a form; `fields` has lower-case names.

        When it ends is the policy's own matter. Raises `SignatureError` unless the verifier is
        relaxed.
        https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html
        """

        def check() -> Principal:
            claim = _form_claim(fields)
            token = fields.get("x-amz-security-token", "")
            return self._check(claim, service, fields.get("policy", ""), token)

        return self._unless_relaxed(check)

    def _unless_relaxed(self, check: Callable[[], Principal]) -> Principal:
        try:
            return check()
        except SignatureError:
            if self._strict:
                raise
            return Principal("anonymous")

    def _check(self, claim: Signature, service: str, text: str, token: str) -> Principal:
        known = self._keys.find(claim.access_key_id)
        if known is None:
            raise UnknownKey("The security token included in the request is invalid.")
        credentials, principal = known
        if claim.service != service:
            raise SignatureError(f"Credential should be scoped to correct service: '{service}'.")
        expected = sign(credentials.secret_access_key, claim, text)
        if not hmac.compare_digest(expected.encode(), claim.signature.encode()):
            raise SignatureError(
                "The request signature we calculated does not match the signature you provided. "
                "Check your AWS Secret Access Key and signing method. "
                "Consult the service documentation for details."
            )
        if not hmac.compare_digest(token.encode(), credentials.session_token.encode()):
            raise UnknownToken("The security token included in the request is invalid.")
        return principal

    def _check_time(self, claim: Signature) -> None:
        signed_at = _seconds(claim.timestamp)
        if signed_at is None:
            raise IncompleteSignature("Date must be in ISO-8601 'basic format'.")
        if not claim.timestamp.startswith(claim.date):
            raise IncompleteSignature("Date in Credential scope does not match X-Amz-Date.")
        now = self._clock.now()
        if signed_at > now + MAX_SKEW or now > signed_at + (claim.expires or MAX_SKEW):
            raise WrongTime(f"Signature expired: {claim.timestamp} is not the current time.")


def canonical_request(claim: Signature, request: HttpRequest) -> str:
    """The text that was signed. S3 signs the path as sent, all others encode it once more."""
    path = unquote(request.raw_path) if claim.service == "s3" else request.raw_path
    pairs = [pair.partition("=") for pair in request.query_string.split("&") if pair]
    query = "&".join(
        f"{name}={value}"
        for name, value in sorted(
            (quote(unquote_plus(name), safe="~"), quote(unquote_plus(value), safe="~"))
            for name, _, value in pairs
            if name != "X-Amz-Signature"
        )
    )
    headers = request.headers
    lines = [f"{name}:{' '.join(headers.get(name, '').split())}" for name in claim.signed_headers]
    names = ";".join(claim.signed_headers)
    payload = _payload_hash(claim, request)
    return "\n".join([request.method, _encoded(path), query, *lines, "", names, payload])


@lru_cache(maxsize=4096)
def _encoded(path: str) -> str:
    return quote(path, safe="/~")


def _text_of(claim: Signature, canonical: str) -> str:
    scope = f"{claim.date}/{claim.region}/{claim.service}/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return f"{ALGORITHM}\n{claim.timestamp}\n{scope}\n{digest}"


def sign(secret: str, claim: Signature, text: str) -> str:
    """The signature, in hexadecimal, of a text: a hashed request, or the policy of a form."""
    key = _signing_key(secret, claim.date, claim.region, claim.service)
    return hmac.digest(key, text.encode(), "sha256").hex()


@lru_cache(maxsize=256)
def _signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


@lru_cache(maxsize=1024)
def _seconds(timestamp: str) -> int | None:
    """Since the epoch. A busy caller signs many requests within one second."""
    try:
        return calendar.timegm(time.strptime(timestamp, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        return None


def _claim(request: HttpRequest) -> Signature:
    authorization = request.headers.get("authorization", "")
    if authorization:
        algorithm, _, rest = authorization.partition(" ")
        parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
        timestamp = request.headers.get("x-amz-date", "")
        expires = None
    else:
        parts = _query(request)
        if "X-Amz-Signature" not in parts:
            raise MissingToken("Missing Authentication Token")
        algorithm = parts.get("X-Amz-Algorithm", "")
        parts = {key.removeprefix("X-Amz-"): value for key, value in parts.items()}
        timestamp = parts.get("Date", "")
        try:
            expires = float(min(int(parts.get("Expires", "")), 7 * 86400))
        except ValueError:
            raise IncompleteSignature("X-Amz-Expires must be a number of seconds.") from None
    return _made_of(algorithm, timestamp, parts, expires)


def _form_claim(fields: Mapping[str, str]) -> Signature:
    if "x-amz-signature" not in fields:
        raise MissingToken("Missing Authentication Token")
    parts = {
        "Credential": fields.get("x-amz-credential", ""),
        "Signature": fields["x-amz-signature"],
        "SignedHeaders": "host",  # A form covers none.
    }
    return _made_of(fields.get("x-amz-algorithm", ""), fields.get("x-amz-date", ""), parts, None)


def _made_of(
    algorithm: str, timestamp: str, parts: Mapping[str, str], expires: float | None
) -> Signature:
    scope = parts.get("Credential", "").split("/")
    if algorithm != ALGORITHM or len(scope) != 5 or scope[4] != "aws4_request" or not timestamp:
        raise IncompleteSignature("The request signature does not conform to AWS standards.")
    signed = tuple(parts.get("SignedHeaders", "").split(";"))
    if "host" not in signed:
        raise IncompleteSignature("'Host' must be a signed header.")
    key_id, date, region, service, _ = scope
    signature = parts.get("Signature", "")
    return Signature(key_id, date, region, service, signed, signature, timestamp, expires)


def _payload_hash(claim: Signature, request: HttpRequest) -> str:
    if claim.service == "s3":
        declared = request.headers.get("x-amz-content-sha256", UNSIGNED)
        if declared in {UNSIGNED, UNSIGNED_CHUNKS} or request.body is None:
            return declared
    return hashlib.sha256(request.body or b"").hexdigest()


def _query(request: HttpRequest) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in request.query_string.split("&") if pair)
    return {unquote_plus(name): unquote_plus(value) for name, _, value in pairs}
