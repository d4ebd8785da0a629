"""What functions may return, and what becomes of anything else (reference, 1.4, 2.3, 5.2)."""

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from emulator.gateway import results
from emulator.gateway.results import Refusal, Response
from emulator.runtime.invoker import Result
from tests.fakes import failure


ARN = "arn:aws:execute-api:us-east-1:1:a/prod/$connect"
ALLOW = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": ARN}],
}
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


def result(document: Any) -> Result:
    return Result(json.dumps(document).encode())


INVALID: list[Any] = [
    None,
    [],
    "text",
    5,
    {},
    {"statusCode": "200"},
    {"statusCode": True},
    {"statusCode": 200.0},
    {"statusCode": None},
    {"statusCode": 99},
    {"statusCode": 600},
    {"statusCode": -1},
    {"statusCode": 200, "body": {"a": 1}},
    {"statusCode": 200, "body": 5},
    {"statusCode": 200, "extra": 1},
]


@pytest.mark.parametrize("document", INVALID)
def test_malformed_results(document: Any) -> None:
    """What is no proxy result refuses a connect with 502 and costs a message an error frame."""
    assert results.connection(result(document)) == Refusal(502, "Internal server error")
    assert results.message(result(document)) == Refusal(500, "Internal server error")


@pytest.mark.parametrize(
    "payload", [b"", b"not json", b"\xff", b"[" * 100_000], ids=["empty", "text", "bytes", "deep"]
)
def test_results_that_are_no_json(payload: bytes) -> None:
    """Bytes that cannot be read are a malformed result, and no exception."""
    assert results.connection(Result(payload)) == Refusal(502, "Internal server error")
    assert results.authorization(Result(payload), ARN) == Refusal(500, "Internal server error")


def test_failures_and_timeouts() -> None:
    """A function error is 502 on connect; an integration timeout is 504."""
    assert results.connection(failure("boom")) == Refusal(502, "Internal server error")
    assert results.message(failure("boom")) == Refusal(500, "Internal server error")
    assert results.connection(None) == Refusal(504, "Endpoint request timed out")
    assert results.message(None) == Refusal(504, "Endpoint request timed out")


@pytest.mark.parametrize("status", [200, 201, 299, 301, 400, 401, 501, 599])
def test_valid_results(status: int) -> None:
    """Status and body come through; whether it is a success is the session's matter."""
    document = {"statusCode": status, "body": "text", "isBase64Encoded": False}
    assert results.connection(result(document)) == Response(status, "text")
    assert results.message(result(document)) == Response(status, "text")


def test_headers() -> None:
    """Header names match in any case; `headers` beats `multiValueHeaders`."""
    document = {
        "statusCode": 200,
        "headers": {"sec-websocket-protocol": "one"},
        "multiValueHeaders": {"X-A": ["1", "2"], "sec-websocket-protocol": ["two"]},
    }
    outcome = results.connection(result(document))
    assert isinstance(outcome, Response)
    assert outcome.header("Sec-WebSocket-Protocol") == "one"
    assert outcome.header("x-a") == "2"
    assert outcome.header("x-b") is None


@pytest.mark.parametrize("headers", [None, [], "x", {"X": 5}, {"X": None}, {"X": {}}, {"X": "ab"}])
def test_odd_headers_do_no_harm(headers: Any) -> None:
    """Headers of the wrong kind are no reason to fail."""
    for name in ("headers", "multiValueHeaders"):
        outcome = results.connection(result({"statusCode": 200, name: headers}))
        assert isinstance(outcome, Response)


@pytest.mark.parametrize("protocol", ["a\r\nX-Injected: 1", "é", "\ud800", "a\0b", "\x7f"])
def test_a_protocol_that_no_header_can_hold(protocol: str) -> None:
    """Such an answer to the upgrade could not be sent: it is a malformed result."""
    document = {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": protocol}}
    assert results.connection(result(document)) == Refusal(502, "Internal server error")


def test_statuses_of_1xx_are_no_answer_to_an_upgrade() -> None:
    """A function that returns 101, as some think it must, is refused with 502."""
    assert results.connection(result({"statusCode": 101})) == Refusal(502, "Internal server error")


def test_a_body_that_utf8_cannot_hold() -> None:
    """Half a surrogate pair is replaced, so that the text can be sent."""
    outcome = results.message(Result(b'{"statusCode": 200, "body": "a\\ud800b"}'))
    assert outcome == Response(200, "a?b")


@given(JSON)
def test_anything_has_an_outcome(document: Any) -> None:
    """No result makes the gateway fail, and each is either valid or a refusal."""
    payload = Result(json.dumps(document).encode())
    outcomes = [
        results.connection(payload),
        results.message(payload),
        results.authorization(payload, ARN),
    ]
    assert all(isinstance(outcome, Response | Refusal | dict) for outcome in outcomes)


@given(
    st.fixed_dictionaries(
        {"statusCode": st.just(200)},
        optional={
            "headers": JSON,
            "multiValueHeaders": JSON | st.dictionaries(st.text(), SCALARS),
            "body": JSON,
            "isBase64Encoded": JSON,
        },
    )
)
def test_half_valid_results_have_an_outcome(document: Any) -> None:
    """A valid status with odd companions is never an exception, and never more than text."""
    outcome = results.message(Result(json.dumps(document).encode()))
    if isinstance(outcome, Response):
        assert outcome.body is None or outcome.body.encode() is not None
        assert all(isinstance(value, str) for value in outcome.headers.values())


def authorize(**changes: Any) -> Any:
    return results.authorization(
        result({"principalId": "me", "policyDocument": ALLOW} | changes), ARN
    )


def test_an_authorizer_that_allows() -> None:
    """Later events see the context as strings, and the principal."""
    assert authorize() == {"principalId": "me"}
    context = {"text": "t", "number": 123, "float": 1.5, "flag": True, "principalId": "other"}
    assert authorize(context=context) == {
        "text": "t",
        "number": "123",
        "float": "1.5",
        "flag": "true",
        "principalId": "me",
    }


def test_an_authorizer_that_denies() -> None:
    """A policy that does not allow is 403."""
    denied = Refusal(403, "User is not authorized to access this resource")
    assert authorize(policyDocument={"Statement": []}) == denied


def test_unauthorized() -> None:
    """Failing with exactly `Unauthorized` is 401; any other failure is 500."""
    assert results.authorization(failure("Unauthorized"), ARN) == Refusal(401, "Unauthorized")
    for other in ("unauthorized", "Unauthorized.", "boom", ""):
        assert results.authorization(failure(other), ARN) == Refusal(500, "Internal server error")
    assert results.authorization(None, ARN) == Refusal(500, "Internal server error")
    broken = Result(b"[]", "Exception")
    assert results.authorization(broken, ARN) == Refusal(500, "Internal server error")


@pytest.mark.parametrize(
    "changes",
    [
        {"principalId": None},
        {"principalId": 5},
        {"policyDocument": None},
        {"policyDocument": "Allow"},
        {"context": []} | {"context": ["a"]},
        {"context": {"nested": {"a": 1}}},
        {"context": {"list": [1]}},
        {"context": {"null": None}},
    ],
)
def test_bad_output_of_an_authorizer(changes: dict[str, Any]) -> None:
    """Output of the wrong shape refuses the connect with 500."""
    assert authorize(**changes) == Refusal(500, "Internal server error")
