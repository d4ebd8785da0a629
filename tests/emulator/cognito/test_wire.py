"""The protocol: targets, bodies, headers, CORS, and input that no SDK would send (section 1)."""

import json
import re
from typing import Any

import pytest

from emulator.cognito.wire import MAX_BODY, encode, header_safe
from tests.emulator.cognito.bench import Answer, Server
from tests.emulator.cognito.stacks import NAMES


UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
EXPOSED = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"
SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/cognito-idp/aws4"}


def check_error(answer: Answer, code: str) -> str:
    """An error in headers and body alike; returns its message."""
    assert answer.status == (500 if code == "InternalErrorException" else 400)
    assert answer.headers["content-type"] == "application/x-amz-json-1.1"
    assert answer.headers["x-amzn-errortype"] == f"{code}:"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-expose-headers"] == EXPOSED
    assert UUID.fullmatch(answer.headers["x-amzn-requestid"])
    assert set(answer.document) == {"__type", "message"}
    assert answer.document["__type"] == code
    message: str = answer.document["message"]
    assert answer.headers["x-amzn-errormessage"] == header_safe(message).strip()
    return message


def sign_up(**members: Any) -> dict[str, Any]:
    return {"ClientId": "names", "Username": "x", "Password": "Passw0rd!long", **members}


BAD_INPUT = [
    ("SignUp", b"{", "SerializationException", "Request body is not valid JSON"),
    ("SignUp", b"\xff", "SerializationException", "Request body is not valid JSON"),
    ("SignUp", b"[" * 100_000, "SerializationException", "Request body is not valid JSON"),
    ("SignUp", b"[]", "SerializationException", "Start of structure or map expected"),
    ("SignUp", b"null", "SerializationException", "Start of structure or map expected"),
    ("SignUp", b" " * (MAX_BODY + 1), "SerializationException", "Request body is too large"),
    (
        "SignUp",
        sign_up(Username=7),
        "SerializationException",
        "NUMBER_VALUE can not be converted to a String",
    ),
    (
        "SignUp",
        sign_up(UserAttributes={"email": "x"}),
        "SerializationException",
        "START_OBJECT can not be converted to a list",
    ),
    (
        "SignUp",
        sign_up(UserAttributes=["x"]),
        "SerializationException",
        "STRING_VALUE can not be converted to a structure",
    ),
    (
        "SignUp",
        sign_up(UserAttributes=[None]),
        "SerializationException",
        "NULL_VALUE can not be converted to a structure",
    ),
    (
        "SignUp",
        sign_up(ClientMetadata={"a": True}),
        "SerializationException",
        "TRUE_VALUE can not be converted to a String",
    ),
    (
        "SignUp",
        sign_up(Username="\ud800"),
        "SerializationException",
        "Invalid UTF-16 surrogate in a string",
    ),
    (
        "SignUp",
        {},
        "InvalidParameterException",
        "2 validation errors detected: Value at 'clientId' failed to satisfy constraint: Member "
        "must not be null; Value at 'username' failed to satisfy constraint: Member must not be "
        "null",
    ),
    (
        "SignUp",
        sign_up(Username="a b", Password="x" * 257),
        "InvalidParameterException",
        "2 validation errors detected: Value at 'username' failed to satisfy constraint: Member "
        r"must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+; Value at "
        "'password' failed to satisfy constraint: Member must have length less than or equal to "
        "256",
    ),
    (
        "SignUp",
        sign_up(UserAttributes=[{"Name": "email"}, {"Value": "x"}]),
        "InvalidParameterException",
        "1 validation error detected: Value null at 'userAttributes.2.member.name' failed to "
        "satisfy constraint: Member must not be null",
    ),
    (
        "InitiateAuth",
        {"ClientId": "names", "AuthFlow": "X"},
        "InvalidParameterException",
        "1 validation error detected: Value 'X' at 'authFlow' failed to satisfy constraint: "
        "Member must satisfy enum value set: [USER_SRP_AUTH, REFRESH_TOKEN_AUTH, REFRESH_TOKEN, "
        "CUSTOM_AUTH, ADMIN_NO_SRP_AUTH, USER_PASSWORD_AUTH, ADMIN_USER_PASSWORD_AUTH, "
        "USER_AUTH]",
    ),
    (
        "SignUp",
        sign_up(ClientId="nobody"),
        "ResourceNotFoundException",
        "User pool client nobody does not exist.",
    ),
    (
        "SignUp",
        sign_up(Username="Zoë" * 40, Password="short"),
        "InvalidPasswordException",
        "Password did not conform with policy: Password not long enough",
    ),
    ("Nonsense", {}, "UnknownOperationException", "Unknown operation Nonsense"),
    (
        "StartWebAuthnRegistration",
        {},
        "UnknownOperationException",
        "StartWebAuthnRegistration is not supported by this emulator",
    ),
    ("GetUser", {"AccessToken": "abc"}, "NotAuthorizedException", "Invalid Access Token"),
    (
        "InitiateAuth",
        {"ClientId": "names", "AuthFlow": "ADMIN_USER_PASSWORD_AUTH"},
        "InvalidParameterException",
        "Initiate Auth method not supported",
    ),
    (
        "InitiateAuth",
        {"ClientId": "names", "AuthFlow": "USER_SRP_AUTH", "AuthParameters": {"USERNAME": "x"}},
        "InvalidParameterException",
        "Missing required parameter SRP_A",
    ),
    (
        "InitiateAuth",
        {"ClientId": "srponly", "AuthFlow": "USER_PASSWORD_AUTH"},
        "InvalidParameterException",
        "USER_PASSWORD_AUTH flow not enabled for this client",
    ),
    (
        "RespondToAuthChallenge",
        {"ClientId": "names", "ChallengeName": "SMS_MFA"},
        "InvalidParameterException",
        "SMS_MFA is not supported by this emulator",
    ),
    (
        "RespondToAuthChallenge",
        {
            "ClientId": "names",
            "ChallengeName": "NEW_PASSWORD_REQUIRED",
            "Session": "x" * 20,
            "ChallengeResponses": {"USERNAME": "x", "NEW_PASSWORD": "y"},
        },
        "NotAuthorizedException",
        "Invalid session for the user.",
    ),
]


@pytest.mark.parametrize(
    ("operation", "body", "code", "message"), BAD_INPUT, ids=range(len(BAD_INPUT))
)
def test_bad_input(server: Server, operation: str, body: Any, code: str, message: str) -> None:
    """Each gets a 400 with the right type and text."""
    assert check_error(server.post(operation, body), code) == message


SIGNED_INPUT = [
    (
        "DescribeUserPool",
        {"UserPoolId": "string"},
        "InvalidParameterException",
        "1 validation error detected: Value 'string' at 'userPoolId' failed to satisfy "
        r"constraint: Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+",
    ),
    (
        "DescribeUserPool",
        {"UserPoolId": "us-east-1_Nope"},
        "ResourceNotFoundException",
        "User pool us-east-1_Nope does not exist.",
    ),
    (
        "ListUserPools",
        {"MaxResults": 61},
        "InvalidParameterException",
        "1 validation error detected: Value '61' at 'maxResults' failed to satisfy constraint: "
        "Member must have value less than or equal to 60",
    ),
    (
        "ListUserPools",
        {"MaxResults": 0},
        "InvalidParameterException",
        "1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: "
        "Member must have value greater than or equal to 1",
    ),
    (
        "ListUserPools",
        {"MaxResults": True},
        "SerializationException",
        "TRUE_VALUE can not be converted to an Integer",
    ),
    (
        "AdminGetUser",
        {"UserPoolId": NAMES.id, "Username": "nobody"},
        "UserNotFoundException",
        "User does not exist.",
    ),
]


@pytest.mark.parametrize(("operation", "body", "code", "message"), SIGNED_INPUT)
def test_bad_signed_input(
    server: Server, operation: str, body: Any, code: str, message: str
) -> None:
    """The same behind a signature."""
    assert check_error(server.post(operation, body, **SIGNED), code) == message


def test_signed_operations_need_a_signature(server: Server) -> None:
    """Before anything else is looked at, and never at the browsers' address."""
    answer = server.post("AdminGetUser", b"{")
    assert check_error(answer, "MissingAuthenticationTokenException")
    answer = server.post("AdminGetUser", {}, path="/cognito/", **SIGNED)
    assert "AWS endpoint" in check_error(answer, "AccessDeniedException")
    answer = server.post("GetUser", {"AccessToken": "abc"}, path="/cognito/")
    assert check_error(answer, "NotAuthorizedException") == "Invalid Access Token"


@pytest.mark.parametrize("target", ["", "X", "DynamoDB_20120810.ListTables"])
def test_foreign_targets(server: Server, target: str) -> None:
    """No target, or another service's."""
    answer = server.request("POST", "/", b"{}", {"X-Amz-Target": target})
    check_error(answer, "UnknownOperationException")
    assert server.request("GET").status == 405


def test_preflight(server: Server) -> None:
    """As captured from AWS (section 1.5)."""
    asked = "x-amz-target,x-amz-user-agent,content-type,amz-sdk-invocation-id,amz-sdk-request"
    for path in ("/", "/cognito/"):
        answer = server.request(
            "OPTIONS",
            path,
            headers={
                "Origin": "http://localhost:8080",
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": asked,
            },
        )
        assert (answer.status, answer.body) == (200, b"")
        assert answer.headers["content-length"] == "0"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-allow-methods"] == "POST"
        assert answer.headers["access-control-allow-headers"] == asked
        assert answer.headers["access-control-max-age"] == "172800"


def test_null_members_and_strangers_are_ignored(server: Server) -> None:
    """What AWS's deserialiser drops."""
    body = sign_up(Password="short", SecretHash=None, Shoe=7)
    check_error(server.post("SignUp", body), "InvalidPasswordException")


def test_encoding() -> None:
    """Compact, sorted, not escaped; nothing at all for no output."""
    assert encode(None) == b""
    assert encode({}) == b"{}"
    assert encode({"b": 1.5, "a": "ä", "c": None}) == '{"a":"ä","b":1.5}'.encode()


@pytest.mark.parametrize(
    ("message", "safe"), [("a\r\nb", "a  b"), ("Zo\u00eb \u2603", "Zo\u00eb ?"), ("\x00", " ")]
)
def test_header_safe(message: str, safe: str) -> None:
    """No second header, no encoding error, whatever a function's error says."""
    assert header_safe(message) == safe


def test_error_texts_that_are_no_latin1(server: Server) -> None:
    """The header may lose characters, the body must not."""
    answer = server.post("InitiateAuth", {"ClientId": "names", "AuthFlow": "\u2603"})
    assert answer.status == 400
    assert "\u2603" in json.loads(answer.body)["message"]
