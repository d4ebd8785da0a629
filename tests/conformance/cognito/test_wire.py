"""Statements 1 to 13: requests, answers, errors, CORS."""

import json
import re
from datetime import datetime
from typing import Any

import pytest

from tests.conformance.cognito.lab import PASSWORD, Answer, Lab, pairs


UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
EXPOSED = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"


def error(answer: Answer) -> str:
    """The type of a client's error."""
    assert answer.status == 400
    return str(answer.document["__type"])


def test_c01_dispatch(lab: Lab) -> None:
    known = lab.post("GetUser", {"AccessToken": "abc"})
    assert error(known) == "NotAuthorizedException"
    for target in ("", "GetUser", "AWSCognitoIdentityProviderService", "Other.GetUser"):
        answer = lab.request("POST", "/", b"{}", {"X-Amz-Target": target})
        assert 400 <= answer.status < 500
        assert answer.document["__type"] == "UnknownOperationException"
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        assert 400 <= lab.request(method).status < 500


def test_c02_success(lab: Lab, name: str) -> None:
    request = {"ClientId": lab.client("Web"), "Username": name}
    answers = [lab.post("ForgotPassword", request) for _ in range(2)]
    for answer in answers:
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/x-amz-json-1.1"
        assert UUID.fullmatch(answer.headers["x-amzn-requestid"])
    assert len({answer.headers["x-amzn-requestid"] for answer in answers}) == 2


def test_c03_empty_answers(lab: Lab, name: str) -> None:
    raw: list[bytes] = []
    lab.admin.meta.events.register(
        "after-call", lambda http_response, **_: raw.append(http_response.content)
    )
    pool = lab.admin.create_user_pool(PoolName=name)["UserPool"]["Id"]
    client = lab.admin.create_user_pool_client(UserPoolId=pool, ClientName="c")["UserPoolClient"]
    user = {"UserPoolId": pool, "Username": name}
    group = {"UserPoolId": pool, "GroupName": "g"}
    lab.admin.admin_create_user(**user)
    lab.admin.create_group(**group)
    raw.clear()
    lab.admin.admin_set_user_password(**user, Password=PASSWORD, Permanent=True)
    lab.admin.admin_disable_user(**user)
    lab.admin.admin_enable_user(**user)
    assert raw == [b"{}"] * 3
    raw.clear()
    lab.admin.admin_add_user_to_group(**user, GroupName="g")
    lab.admin.admin_remove_user_from_group(**user, GroupName="g")
    lab.admin.delete_group(**group)
    lab.admin.admin_delete_user(**user)
    lab.admin.delete_user_pool_client(UserPoolId=pool, ClientId=client["ClientId"])
    lab.admin.delete_user_pool(UserPoolId=pool)
    assert raw == [b""] * 6
    lab.confirmed(name)
    token = {"AccessToken": lab.sign_in(name)["AccessToken"]}
    assert lab.post("GlobalSignOut", token).body == b"{}"
    token = {"AccessToken": lab.sign_in(name)["AccessToken"]}
    assert lab.post("DeleteUser", token).body == b""


def test_c04_errors(lab: Lab) -> None:
    answer = lab.post("GetUser", {"AccessToken": "abc"})
    assert answer.status == 400
    assert answer.document == {
        "__type": "NotAuthorizedException",
        "message": "Invalid Access Token",
    }
    assert answer.headers["content-type"] == "application/x-amz-json-1.1"
    assert answer.headers["x-amzn-errortype"] == "NotAuthorizedException:"
    assert answer.headers["x-amzn-errormessage"] == "Invalid Access Token"


def test_c05_typed_exceptions(lab: Lab, name: str) -> None:
    admin, public, web = lab.admin, lab.public, lab.client("Web")
    group = {"UserPoolId": lab.pool("Names"), "GroupName": name}
    admin.create_group(**group)
    calls: dict[str, Any] = {
        "ResourceNotFound": lambda: admin.describe_user_pool(UserPoolId="us-east-1_Nobody"),
        "InvalidParameter": lambda: admin.list_users(UserPoolId=lab.pool("Names"), Filter="x"),
        "NotAuthorized": lambda: public.get_user(AccessToken="abc"),
        "GroupExists": lambda: admin.create_group(**group),
        "UserNotFound": lambda: lab.who(f"{name}-nobody"),
        "InvalidPassword": lambda: public.sign_up(ClientId=web, Username=name, Password="short"),
        "ExpiredCode": lambda: public.confirm_sign_up(
            ClientId=web, Username=f"{name}-nobody", ConfirmationCode="123456"
        ),
    }
    for kind, call in calls.items():
        with lab.refused(kind):
            call()


def test_c06_preflight(lab: Lab) -> None:
    asked = "x-amz-target,x-amz-user-agent,content-type,amz-sdk-invocation-id,amz-sdk-request"
    headers = {
        "Origin": "http://localhost:8080",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": asked,
    }
    answer = lab.request("OPTIONS", "/", None, headers)
    assert (answer.status, answer.body) == (200, b"")
    expected = {"allow-origin": "*", "allow-methods": "POST", "allow-headers": asked}
    for name, value in {**expected, "max-age": "172800"}.items():
        assert answer.headers[f"access-control-{name}"] == value


def test_c07_cors(lab: Lab, name: str) -> None:
    good = lab.post("ForgotPassword", {"ClientId": lab.client("Web"), "Username": name})
    bad = lab.post("GetUser", {"AccessToken": "abc"})
    assert (good.status, bad.status) == (200, 400)
    for answer in (good, bad):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-expose-headers"] == EXPOSED
        assert "access-control-allow-credentials" not in answer.headers


def test_c08_authorization(lab: Lab, name: str) -> None:
    lab.confirmed(name)
    token = lab.sign_in(name)["AccessToken"]
    assert lab.post("GetUser", {"AccessToken": token}).status == 200
    user = {"UserPoolId": lab.pool("Names"), "Username": name}
    assert lab.admin.admin_get_user(**user)["Username"] == name
    for operation, request in (("AdminGetUser", user), ("ListUserPools", {"MaxResults": 1})):
        answer = lab.post(operation, request)
        assert error(answer) == "MissingAuthenticationTokenException"


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff", b"[]", b'"x"', b"7", b'{"ClientId":7}', b'{"ClientId":["x"]}'],
)
def test_c09_malformed_bodies(lab: Lab, body: bytes) -> None:
    assert error(lab.post("SignUp", body)) == "SerializationException"


def test_c10_pool_id_pattern(lab: Lab) -> None:
    text = (
        "1 validation error detected: Value 'string' at 'userPoolId' failed to satisfy "
        r"constraint: Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+"
    )
    with lab.refused("InvalidParameter", text):
        lab.admin.describe_user_pool(UserPoolId="string")


def test_c11_two_violations(lab: Lab) -> None:
    request = {"ClientId": lab.client("Web"), "Username": "a b", "Password": "x" * 257}
    answer = lab.post("SignUp", request)
    assert error(answer) == "InvalidParameterException"
    message = answer.document["message"]
    assert message.startswith("2 validation errors detected: ")
    assert "at 'username' failed" in message
    assert "at 'password' failed" in message
    assert "xxx" not in message


def test_c12_dates(lab: Lab, name: str) -> None:
    lab.admin.meta.events.register_first("after-call.cognito-idp.AdminGetUser", keep := Keep())
    lab.sign_up(name)
    found = lab.who(name)
    assert isinstance(keep.document["UserCreateDate"], float | int)
    assert isinstance(found["UserCreateDate"], datetime)
    assert found["UserCreateDate"].tzinfo is not None


class Keep:
    """Keeps the raw document of an answer."""

    document: dict[str, Any]

    def __call__(self, http_response: Any, **_: Any) -> None:
        self.document = json.loads(http_response.content)


def test_c13_unknown_client(lab: Lab) -> None:
    with lab.refused("ResourceNotFound", "User pool client nobody does not exist."):
        lab.public.sign_up(
            ClientId="nobody", Username="x", Password=PASSWORD, UserAttributes=pairs()
        )
