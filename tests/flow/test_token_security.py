"""Tokens that must open nothing: at `$connect`, on an open socket, and at the endpoint."""

from dataclasses import dataclass
from typing import Literal

import pytest
from botocore.exceptions import ClientError
from websockets.exceptions import InvalidStatus

from tests.support.forgery import FORGED, Mint
from tests.support.people import PASSWORD, Person, cognito, sign_in, sign_up, site
from tests.support.server import Server


pytestmark = pytest.mark.process

Door = Literal["$connect", "auth", "endpoint"]


@dataclass(frozen=True)
class Bearer:
    """Somebody, with the tokens of one sign-in and the means to alter them."""

    server: Server
    email: str
    session: dict[str, str]
    mint: Mint


def bearer(server: Server, name: str) -> Bearer:
    email = f"{name}@lab.example"
    sign_up(server, email, name)
    session = sign_in(server, email)
    keys = server.data_dir / "keys"
    return Bearer(
        server, email, session, Mint(session["AccessToken"], keys, site(server)["userPoolId"])
    )


@pytest.fixture(scope="module")
def mallory(server: Server) -> Bearer:
    """Whose tokens are altered."""
    return bearer(server, "mallory")


@pytest.fixture(scope="module")
def stranger(server: Server) -> str:
    """A good access token of another pool on the same endpoint."""
    admin = server.client("cognito-idp")
    pool = admin.create_user_pool(PoolName="other")["UserPool"]["Id"]
    client = admin.create_user_pool_client(
        UserPoolId=pool, ClientName="c", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    user = {"UserPoolId": pool, "Username": "stranger"}
    admin.admin_create_user(**user, MessageAction="SUPPRESS")
    admin.admin_set_user_password(**user, Password=PASSWORD + "!", Permanent=True)
    result = admin.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "stranger", "PASSWORD": PASSWORD + "!"},
    )
    token: str = result["AuthenticationResult"]["AccessToken"]
    return token


async def enters(door: Door, holder: Bearer, token: str) -> bool:
    """Whether a token opens the door; it is closed in the words that belong to it."""
    match door:
        case "$connect":
            return await connects(holder.server, token)
        case "auth":
            async with Person(holder.server, holder.session["AccessToken"]) as person:
                reply = await person.call("auth", jwt=token)
                assert reply["ok"] or reply["e"] == "auth"
                return bool(reply["ok"])
        case "endpoint":
            return answers(holder.server, token)


async def connects(server: Server, token: str) -> bool:
    person = Person(server, token)
    try:
        await person.connect()
    except InvalidStatus as refusal:
        return refusal.response.status_code != 401
    await person.close()
    return True


def answers(server: Server, token: str) -> bool:
    try:
        cognito(server).get_user(AccessToken=token)
    except ClientError as error:
        return error.response["Error"]["Code"] != "NotAuthorizedException"
    return True


DOORS: tuple[Door, ...] = ("$connect", "auth", "endpoint")


@pytest.mark.parametrize("door", DOORS)
async def test_a_good_token_enters(mallory: Bearer, door: Door) -> None:
    """Also one that was signed again by the forger's tools: they are good."""
    assert await enters(door, mallory, mallory.session["AccessToken"])
    assert await enters(door, mallory, mallory.mint.signed())


@pytest.mark.parametrize("kind", [*FORGED, "an ID token", "another pool's token"])
@pytest.mark.parametrize("door", DOORS)
async def test_an_altered_token_does_not(
    mallory: Bearer, stranger: str, door: Door, kind: str
) -> None:
    """Whatever is wrong with it."""
    if kind == "another pool's token":
        if door == "endpoint":
            # The endpoint serves both pools; there the token is its own user's, and nobody else's.
            user = cognito(mallory.server).get_user(AccessToken=stranger)
            assert user["Username"] == "stranger"
            return
        token = stranger
    else:
        forge = FORGED.get(kind)
        token = forge(mallory.mint) if forge else mallory.session["IdToken"]
    assert not await enters(door, mallory, token)


@pytest.mark.parametrize("how", ["RevokeToken", "GlobalSignOut", "AdminDisableUser"])
async def test_what_is_taken_back(server: Server, how: str) -> None:
    """A revoked token and a disabled user's open nothing at once, and are not refreshed."""
    holder = bearer(server, f"former-{how.lower()}")
    token = holder.session["AccessToken"]
    async with Person(server, token) as person:
        assert (await person.call("auth", jwt=token))["ok"]
        _take_back(server, holder, how)
        assert (await person.call("auth", jwt=token))["e"] == "auth"
    assert not answers(server, token)
    assert not await connects(server, token)
    request = {"ClientId": site(server)["userPoolClientId"]}
    with pytest.raises(ClientError, match="NotAuthorized"):
        cognito(server).get_tokens_from_refresh_token(
            **request, RefreshToken=holder.session["RefreshToken"]
        )


def _take_back(server: Server, holder: Bearer, how: str) -> None:
    client, config = cognito(server), site(server)
    match how:
        case "RevokeToken":
            client.revoke_token(
                ClientId=config["userPoolClientId"], Token=holder.session["RefreshToken"]
            )
        case "GlobalSignOut":
            client.global_sign_out(AccessToken=holder.session["AccessToken"])
        case _:
            server.client("cognito-idp").admin_disable_user(
                UserPoolId=config["userPoolId"], Username=holder.email
            )
