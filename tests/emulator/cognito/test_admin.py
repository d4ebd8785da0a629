"""What administrators do, over HTTP with boto (section 4)."""

from typing import Any

import pytest

from emulator.cognito.operations.user_filter import parse
from tests.emulator.cognito.bench import Server
from tests.emulator.cognito.stacks import CLOSED, EMAILS, NAMES, PASSWORD, STACK


def pairs(**attributes: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in attributes.items()]


def names(page: dict[str, Any]) -> list[str]:
    return [user["Username"] for user in page["Users"]]


def test_life_of_a_user(server: Server, name: str) -> None:
    """Create, read, set passwords, disable, enable, delete."""
    admin, user = server.admin, {"UserPoolId": CLOSED.id, "Username": name}
    admin.admin_create_user(**user, UserAttributes=pairs(email="d@lab.example"))
    with pytest.raises(admin.exceptions.UsernameExistsException, match="User account already"):
        admin.admin_create_user(**user)
    found = admin.admin_get_user(**user)
    attributes = {pair["Name"]: pair["Value"] for pair in found["UserAttributes"]}
    assert attributes["email"] == "d@lab.example"
    by_sub = admin.admin_get_user(UserPoolId=CLOSED.id, Username=attributes["sub"])
    assert by_sub["Username"] == name
    with pytest.raises(admin.exceptions.InvalidPasswordException, match="does not conform"):
        admin.admin_set_user_password(**user, Password="short")
    admin.admin_set_user_password(**user, Password=PASSWORD, Permanent=True)
    assert admin.admin_get_user(**user)["UserStatus"] == "CONFIRMED"
    admin.admin_set_user_password(**user, Password=PASSWORD)
    assert admin.admin_get_user(**user)["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    with pytest.raises(admin.exceptions.NotAuthorizedException, match="FORCE_CHANGE_PASSWORD"):
        admin.admin_confirm_sign_up(**user)
    admin.admin_disable_user(**user)
    assert admin.admin_get_user(**user)["Enabled"] is False
    admin.admin_enable_user(**user)
    assert admin.admin_get_user(**user)["Enabled"] is True
    admin.admin_delete_user(**user)
    with pytest.raises(admin.exceptions.UserNotFoundException):
        admin.admin_get_user(**user)


def test_resend_only_in_the_right_state(server: Server, name: str) -> None:
    """Others get UnsupportedUserState."""
    server.confirmed(name)
    with pytest.raises(server.admin.exceptions.UnsupportedUserStateException):
        server.admin.admin_create_user(UserPoolId=NAMES.id, Username=name, MessageAction="RESEND")
    with pytest.raises(server.admin.exceptions.UserNotFoundException):
        server.admin.admin_create_user(
            UserPoolId=NAMES.id, Username=f"{name}x", MessageAction="RESEND"
        )


def test_email_pool(server: Server, name: str) -> None:
    """The user name is the sub; generated passwords fit the policy."""
    email = f"{name}@lab.example"
    created = server.admin.admin_create_user(UserPoolId=EMAILS.id, Username=email)["User"]
    attributes = {pair["Name"]: pair["Value"] for pair in created["Attributes"]}
    assert created["Username"] == attributes["sub"]
    assert attributes["email"] == email
    assert len(server.code_for(email)) >= 10
    challenge = server.public.initiate_auth(
        ClientId="emails",
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": email, "PASSWORD": server.code_for(email)},
    )
    parameters = challenge["ChallengeParameters"]
    assert parameters["requiredAttributes"] == '["userAttributes.name"]'
    answer = {"USERNAME": parameters["USER_ID_FOR_SRP"], "NEW_PASSWORD": PASSWORD}
    request = {
        "ClientId": "emails",
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "Session": challenge["Session"],
    }
    with pytest.raises(server.public.exceptions.InvalidParameterException, match="name is missing"):
        server.public.respond_to_auth_challenge(**request, ChallengeResponses=answer)
    answer["userAttributes.name"] = "Diego"
    done = server.public.respond_to_auth_challenge(**request, ChallengeResponses=answer)
    assert done["ChallengeParameters"] == {}
    assert done["AuthenticationResult"]["TokenType"] == "Bearer"


def test_list_users(server: Server, name: str) -> None:
    """Filters and pages."""
    for index in range(3):
        server.admin.admin_create_user(
            UserPoolId=NAMES.id,
            Username=f"{name}-list{index}",
            UserAttributes=pairs(email=f"{name}-LIST{index}@lab.example", given_name="\u00c4da"),
            MessageAction="SUPPRESS",
        )

    def find(text: str, **more: Any) -> Any:
        return server.admin.list_users(UserPoolId=NAMES.id, Filter=text, **more)

    wanted = [f"{name}-list{index}" for index in range(3)]
    prefix = f'username ^= "{name}-list"'
    assert names(find(prefix)) == wanted
    assert names(find(f'email = "{name}-list1@lab.example"')) == wanted[1:2]
    first = find(prefix, Limit=2, AttributesToGet=["email"])
    assert names(first) == wanted[:2]
    assert {pair["Name"] for user in first["Users"] for pair in user["Attributes"]} == {"email"}
    second = find(prefix, Limit=2, PaginationToken=first["PaginationToken"])
    assert names(second) == wanted[2:]
    assert "PaginationToken" not in second
    pages = server.admin.get_paginator("list_users").paginate(
        UserPoolId=NAMES.id, Filter=prefix, PaginationConfig={"PageSize": 1}
    )
    assert [user for page in pages for user in names(page)] == wanted
    error = server.admin.exceptions.InvalidParameterException
    with pytest.raises(error, match="Error while parsing filter"):
        find("username = ")
    with pytest.raises(error, match="Invalid search attribute: custom:lab"):
        find('custom:lab = "x"')
    with pytest.raises(error, match="Invalid pagination token"):
        find(prefix, PaginationToken="abc")


@pytest.mark.parametrize(
    "text",
    [
        "x",
        'username = "a" and email = "b"',
        'username == "a"',
        'username = "a',
        'username = "a""',
        "username = 'a'",
        'username "a"',
    ],
)
def test_bad_filters(text: str) -> None:
    """Never everybody."""
    with pytest.raises(Exception, match="Error while parsing filter"):
        parse(text)


def test_describe(server: Server) -> None:
    """Pools and clients as the template has them."""
    pool = server.admin.describe_user_pool(UserPoolId=EMAILS.id)["UserPool"]
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 10
    assert pool["UsernameAttributes"] == ["email"]
    assert pool["UsernameConfiguration"] == {"CaseSensitive": False}
    assert pool["CreationDate"].tzinfo is not None
    schema = {attribute["Name"]: attribute for attribute in pool["SchemaAttributes"]}
    assert len(schema) == 22
    assert schema["name"]["Required"] is True
    assert schema["sub"]["Mutable"] is False
    assert schema["custom:lab"]["AttributeDataType"] == "String"
    found = server.admin.describe_user_pool_client(UserPoolId=NAMES.id, ClientId="rotating")
    client = found["UserPoolClient"]
    assert client["AccessTokenValidity"] == 300
    assert client["TokenValidityUnits"]["AccessToken"] == "seconds"
    assert client["RefreshTokenRotation"]["RetryGracePeriodSeconds"] == 30
    with pytest.raises(server.admin.exceptions.ResourceNotFoundException):
        server.admin.describe_user_pool_client(UserPoolId=EMAILS.id, ClientId="rotating")


def test_lists_of_pools_and_clients(server: Server) -> None:
    """In pages."""
    pages = server.admin.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 2})
    ids = [pool["Id"] for page in pages for pool in page["UserPools"]]
    assert len(ids) == len(STACK.user_pools)
    assert ids[0] == NAMES.id
    clients = server.admin.list_user_pool_clients(UserPoolId=EMAILS.id)["UserPoolClients"]
    assert clients == [
        {"ClientId": "emails", "ClientName": "client emails", "UserPoolId": EMAILS.id}
    ]
