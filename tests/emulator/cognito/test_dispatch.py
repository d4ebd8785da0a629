"""Defects stay inside, signatures are the real ones, and no input makes the checks fail."""

import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings, strategies as st
from starlette.requests import Request

from emulator.clock import Clock, Entropy
from emulator.cognito import shapes
from emulator.cognito.constraints import check
from emulator.cognito.dispatch import Dispatcher
from emulator.cognito.errors import InvalidParameter, Serialization
from emulator.iam.credentials import KeyRing
from emulator.iam.sigv4 import Verifier
from tests.emulator.cognito.fakes import FakeVerifier


MODEL = shapes.load(frozenset({"SignUp", "AdminCreateUser", "ListUserPools", "AdminDeleteUser"}))
SECRET = "a password that must not be logged"


def request(operation: str, body: bytes, headers: Mapping[str, str]) -> Request:
    target = f"AWSCognitoIdentityProviderService.{operation}"
    raw = {"x-amz-target": target, **{name.lower(): value for name, value in headers.items()}}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in raw.items()],
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(scope, receive)


async def test_defects_stay_inside(caplog: pytest.LogCaptureFixture) -> None:
    """A generic 500, a traceback in the log, and nothing of the request in either."""

    async def broken(request: Mapping[str, Any]) -> dict[str, Any]:
        raise RuntimeError("kaboom")

    dispatcher = Dispatcher({"SignUp": broken}, MODEL, FakeVerifier(), Entropy())
    body = json.dumps({"ClientId": "a", "Username": "b", "Password": SECRET}).encode()
    answer = await dispatcher.handle(request("SignUp", body, {}), signed=False)
    assert answer.status_code == 500
    assert answer.headers["x-amzn-errortype"] == "InternalErrorException:"
    assert b"kaboom" not in bytes(answer.body)
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert record.exc_info
    assert answer.headers["x-amzn-requestid"] in record.getMessage()
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("key", "code"), [("own", None), ("foreign", "UnrecognizedClientException")]
)
async def test_real_signatures(key: str, code: str | None) -> None:
    """What botocore signs, the emulator's own verifier accepts, if the key is ours."""

    async def listing(request: Mapping[str, Any]) -> dict[str, Any]:
        return {"UserPools": []}

    ring, other = KeyRing(b"x" * 32, "123456789012"), KeyRing(b"y" * 32, "123456789012")
    credentials = (ring if key == "own" else other).operator
    signer = Credentials(credentials.access_key_id, credentials.secret_access_key)
    body = b'{"MaxResults":1}'
    aws = AWSRequest(
        "POST", "http://127.0.0.1:8081/", headers={"Host": "127.0.0.1:8081"}, data=body
    )
    SigV4Auth(signer, "cognito-idp", "us-east-1").add_auth(aws)
    dispatcher = Dispatcher({"ListUserPools": listing}, MODEL, Verifier(ring, Clock()), Entropy())
    answer = await dispatcher.handle(
        request("ListUserPools", body, dict(aws.headers.items())), signed=True
    )
    assert json.loads(bytes(answer.body)).get("__type") == code
    assert answer.status_code == (400 if code else 200)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Name", "Value", "email", "ClientId", "Username", "Password"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(MODEL[0])),
    st.dictionaries(
        st.sampled_from(
            ["ClientId", "Username", "UserAttributes", "ClientMetadata", "Limit", "MaxResults"]
        ),
        JSON,
    ),
)
def test_checks_never_fail(operation: str, document: dict[str, Any]) -> None:
    """Whatever JSON comes in, it is accepted or refused as AWS would, never a defect."""
    with suppress(Serialization, InvalidParameter):
        check(MODEL[0][operation].input, document)
