"""Signatures made by botocore, and what becomes of them when anything is changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials
from hypothesis import given, strategies as st

from emulator.clock import Clock
from emulator.iam.credentials import Credentials, KeyRing
from emulator.iam.sigv4 import SignatureError, Verifier
from tests.fakes import FakeClock


ACCOUNT = "000000000000"
KEYS = KeyRing(b"secret", ACCOUNT)
ROLE = KEYS.add_role(f"arn:aws:iam::{ACCOUNT}:role/writer", "function")
ROLE_ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/writer/function"


@dataclass(frozen=True)
class Signed:
    """A request on the wire."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    service: str

    def verify(self, clock: FakeClock, *, strict: bool = True) -> str:
        verifier = Verifier(KEYS, clock, strict=strict)
        return verifier.verify(
            self.method, self.path, self.query, self.headers, self.body, self.service
        ).arn


@pytest.fixture
def clock() -> FakeClock:
    """The time that requests are signed and verified at: now, since botocore signs with it."""
    made = FakeClock()
    made.at = Clock().now()
    return made


def signed(
    service: str,
    *,
    method: str = "POST",
    url: str = "http://127.0.0.1:8081/",
    body: bytes = b"body",
    keys: Credentials = ROLE,
    presigned: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Signed:
    """A request signed by botocore itself."""
    boto = BotoCredentials(keys.access_key_id, keys.secret_access_key, keys.session_token or None)
    request = AWSRequest(method, url, headers=dict(headers or {"Content-Type": "a/b"}), data=body)
    signer: Any
    if presigned is not None:
        signer = botocore.auth.S3SigV4QueryAuth(boto, service, "us-east-1", expires=presigned)
        request.context["payload_signing_enabled"] = False
    elif service == "s3":
        signer = botocore.auth.S3SigV4Auth(boto, service, "us-east-1")
    else:
        signer = botocore.auth.SigV4Auth(boto, service, "us-east-1")
    request.context["client_config"] = None
    signer.add_auth(request)
    prepared = request.prepare()
    parts = urlsplit(prepared.url)
    sent = {name.lower(): _text(value) for name, value in prepared.headers.items()}
    sent.setdefault("host", parts.netloc)
    return Signed(method, parts.path, parts.query, sent, body, service)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


BUCKET = "http://127.0.0.1:8082/bucket"

REQUESTS: dict[str, Callable[[], Signed]] = {
    "dynamodb": lambda: signed("dynamodb", headers={"X-Amz-Target": "DynamoDB_20120810.GetItem"}),
    "cognito-idp": lambda: signed("cognito-idp", headers={"X-Amz-Target": "A.B"}),
    "execute-api": lambda: signed(
        "execute-api", url="http://127.0.0.1:8081/dev/%40connections/abc_-%3D"
    ),
    "execute-api, plain @": lambda: signed(
        "execute-api", url="http://127.0.0.1:8081/dev/@connections/abc%3D", method="DELETE"
    ),
    "query": lambda: signed("execute-api", url="http://h:1/x?b=2&a=%20%2F&a=1&c"),
    "empty body": lambda: signed("execute-api", method="GET", body=b""),
    "odd spaces": lambda: signed("dynamodb", headers={"X-Amz-Target": " a   b "}),
    "s3": lambda: signed("s3", method="PUT", url=f"{BUCKET}/a/b%20c/%C3%A9%3D%2B.txt"),
    "s3, presigned": lambda: signed(
        "s3", method="GET", url=f"{BUCKET}/a%20b", body=b"", presigned=60, headers={}
    ),
    "s3, presigned with a query": lambda: signed(
        "s3",
        method="GET",
        url=f"{BUCKET}/k?response-content-disposition=attachment%3B%20filename%3D%22a.txt%22",
        body=b"",
        presigned=60,
        headers={},
    ),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_what_botocore_signs_is_verified(name: str, clock: FakeClock) -> None:
    """Each service's form of signature tells who signed."""
    assert REQUESTS[name]().verify(clock) == ROLE_ARN


def changed_signature(request: Signed) -> Signed:
    def flip(text: str) -> str:
        head, marker, tail = text.partition("Signature=")
        return f"{head}{marker}{'1' if tail[0] == '0' else '0'}{tail[1:]}"

    if "authorization" in request.headers:
        headers = {**request.headers, "authorization": flip(request.headers["authorization"])}
        return replace(request, headers=headers)
    return replace(request, query=flip(request.query))


def changed_header(name: str) -> Callable[[Signed], Signed]:
    def change(request: Signed) -> Signed:
        return replace(request, headers={**request.headers, name: request.headers[name] + "0"})

    return change


def without_token(request: Signed) -> Signed:
    headers = {k: v for k, v in request.headers.items() if k != "x-amz-security-token"}
    return replace(request, headers=headers)


@pytest.mark.parametrize(
    ("name", "mutation"),
    [
        *(
            (name, mutation)
            for name in ("dynamodb", "execute-api", "s3", "s3, presigned")
            for mutation in (
                lambda r: replace(r, method="PATCH"),
                lambda r: replace(r, path=f"{r.path}x"),
                lambda r: replace(r, query=f"{r.query}&x=1" if r.query else "x=1"),
                lambda r: replace(r, service="sns"),
                changed_signature,
                changed_header("host"),
            )
        ),
        ("dynamodb", changed_header("x-amz-target")),
        ("dynamodb", changed_header("x-amz-date")),
        ("dynamodb", changed_header("x-amz-security-token")),
        ("dynamodb", without_token),
        ("dynamodb", lambda r: replace(r, body=b"bodY")),
        ("execute-api", lambda r: replace(r, body=b"")),
        ("execute-api", lambda r: replace(r, path=r.path.replace("%40", "@"))),
        ("query", lambda r: replace(r, query=r.query.replace("b=2", "b=3"))),
        ("query", lambda r: replace(r, query=r.query.replace("a=1", "a=0"))),
        ("s3", lambda r: replace(r, body=b"other")),
        ("s3", lambda r: replace(r, path=r.path.replace("%C3%A9", "e"))),
        ("s3, presigned", lambda r: replace(r, query=r.query.replace("Expires=60", "Expires=61"))),
    ],
)
def test_every_change_is_noticed(
    name: str, mutation: Callable[[Signed], Signed], clock: FakeClock
) -> None:
    """A request that differs from the signed one in any part is refused."""
    request = REQUESTS[name]()
    assert mutation(request) != request
    with pytest.raises(SignatureError) as caught:
        mutation(request).verify(clock)
    assert caught.value.status == 403


@given(
    st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=4),
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1).filter(
        lambda text: text not in {".", ".."}
    ),
)
def test_any_key_and_query(pairs: list[tuple[str, str]], key: str) -> None:
    """Whatever stands in an object's key and in a query, botocore and we encode it alike."""
    clock = FakeClock()
    clock.at = Clock().now()
    pairs = [(name, value) for name, value in pairs if not name.startswith("X-Amz")]
    clean = [(a.encode(errors="replace"), b.encode(errors="replace")) for a, b in pairs]
    query = urlencode(clean, quote_via=quote)
    request = signed("s3", method="GET", url=f"{BUCKET}/{quote(key)}?{query}", body=b"")
    assert request.verify(clock) == ROLE_ARN


@pytest.mark.parametrize("shift", [-301, 301])
def test_skew(shift: float, clock: FakeClock) -> None:
    """Five minutes of difference are allowed in both directions, more is not."""
    request = REQUESTS["dynamodb"]()
    clock.advance(shift * 290 / 301)
    request.verify(clock)
    clock.advance(shift * 12 / 301)
    with pytest.raises(SignatureError, match="expired"):
        request.verify(clock)


def test_presigned_urls_expire(clock: FakeClock) -> None:
    """A URL is good for as long as it says, not for the five minutes of a header."""
    request = signed("s3", method="GET", url=f"{BUCKET}/k", body=b"", presigned=900, headers={})
    clock.advance(890)
    request.verify(clock)
    clock.advance(12)
    with pytest.raises(SignatureError, match="expired"):
        request.verify(clock)


def test_presigned_urls_live_a_week_at_most(clock: FakeClock) -> None:
    """A longer validity than S3 allows does not help."""
    request = signed("s3", method="GET", url=f"{BUCKET}/k", presigned=10**7, body=b"", headers={})
    clock.advance(7 * 86400 + 1)
    with pytest.raises(SignatureError):
        request.verify(clock)


def test_the_operator_s_keys(clock: FakeClock) -> None:
    """The person's keys need no session token, and a token in addition is refused."""
    request = signed("dynamodb", keys=KEYS.operator)
    assert request.verify(clock) == f"arn:aws:iam::{ACCOUNT}:user/operator"
    odd = replace(request, headers={**request.headers, "x-amz-security-token": "x"})
    with pytest.raises(SignatureError):
        odd.verify(clock)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (Signed("POST", "/", "", {"host": "h"}, b"", "dynamodb"), "MissingAuthenticationToken"),
        (
            Signed("POST", "/", "", {"host": "h", "authorization": "Basic x"}, b"", "dynamodb"),
            "IncompleteSignature",
        ),
        (
            Signed("POST", "/", "", {"host": "h", "authorization": "é"}, b"", "dynamodb"),
            "IncompleteSignature",
        ),
        (
            Signed("GET", "/", "X-Amz-Signature=1", {"host": "h"}, b"", "s3"),
            "IncompleteSignature",
        ),
        (
            Signed("GET", "/", "X-Amz-Signature=1&X-Amz-Expires=x", {"host": "h"}, b"", "s3"),
            "IncompleteSignature",
        ),
    ],
)
def test_requests_without_a_readable_signature(
    request_: Signed, code: str, clock: FakeClock
) -> None:
    """The error tells a missing signature from a malformed one."""
    with pytest.raises(SignatureError) as caught:
        request_.verify(clock)
    assert caught.value.code.startswith(code)


def rewritten(old: str, new: str) -> Signed:
    request = REQUESTS["dynamodb"]()
    authorization = request.headers["authorization"]
    assert old in authorization
    headers = {**request.headers, "authorization": authorization.replace(old, new, 1)}
    return replace(request, headers=headers)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (ROLE.access_key_id, "AKIAUNKNOWN", "UnrecognizedClientException"),
        ("/aws4_request", "/aws4_reques", "IncompleteSignatureException"),
        ("SignedHeaders=host;", "SignedHeaders=", "IncompleteSignatureException"),
        ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512", "IncompleteSignatureException"),
        ("us-east-1/", "eu-west-1/", "InvalidSignatureException"),
        ("Signature=", "Signature=é", "InvalidSignatureException"),
    ],
)
def test_changed_claims(old: str, new: str, code: str, clock: FakeClock) -> None:
    """Each part of the Authorization header counts; characters outside ASCII do no harm."""
    with pytest.raises(SignatureError) as caught:
        rewritten(old, new).verify(clock)
    assert caught.value.code == code


@pytest.mark.parametrize("date", ["", "yesterday", "20240101T000000"])
def test_unreadable_dates(date: str, clock: FakeClock) -> None:
    """A date that is none is an incomplete signature."""
    request = REQUESTS["dynamodb"]()
    odd = replace(request, headers={**request.headers, "x-amz-date": date})
    with pytest.raises(SignatureError) as caught:
        odd.verify(clock)
    assert caught.value.code == "IncompleteSignatureException"


def test_a_date_of_another_day_than_the_scope(clock: FakeClock) -> None:
    """The scope's day and the request's date must agree."""
    request = REQUESTS["dynamodb"]()
    odd = replace(request, headers={**request.headers, "x-amz-date": "20010101T000000Z"})
    with pytest.raises(SignatureError, match="does not match"):
        odd.verify(clock)


def test_relaxed(clock: FakeClock) -> None:
    """Without strictness unsigned and badly signed calls pass as anonymous, good ones by name."""
    unsigned = Signed("POST", "/", "", {"host": "h"}, b"", "dynamodb")
    assert unsigned.verify(clock, strict=False) == "anonymous"
    assert changed_signature(REQUESTS["s3"]()).verify(clock, strict=False) == "anonymous"
    assert REQUESTS["s3"]().verify(clock, strict=False) == ROLE_ARN


@given(st.text(), st.text())
def test_no_header_makes_it_fail_otherwise(authorization: str, query: str) -> None:
    """Whatever a stranger sends, the answer is a signature error."""
    request = Signed("GET", "/", query, {"authorization": authorization}, b"", "s3")
    with pytest.raises(SignatureError):
        request.verify(FakeClock())
