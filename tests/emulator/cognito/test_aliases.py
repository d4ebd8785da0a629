"""Pools where an e-mail address is an alias: it counts once verified (section 7.2)."""

import pytest

from emulator.cognito.errors import (
    AliasExists,
    InvalidParameter,
    NotAuthorized,
    UsernameExists,
    UserNotFound,
)
from tests.emulator.cognito.bench import Bench
from tests.emulator.cognito.stacks import ALIASES, EMAILS, PASSWORD


async def sign_up(bench: Bench, name: str, **attributes: str) -> str:
    given = {"email": "ada@lab.example", **attributes}
    await bench.call(
        "SignUp",
        ClientId="aliases",
        Username=name,
        Password=PASSWORD,
        UserAttributes=[{"Name": n, "Value": v} for n, v in given.items()],
    )
    return await bench.code()


async def confirm(bench: Bench, name: str, code: str, **more: bool) -> None:
    await bench.call(
        "ConfirmSignUp", ClientId="aliases", Username=name, ConfirmationCode=code, **more
    )


async def test_alias_counts_once_verified(bench: Bench) -> None:
    """Before that it is nobody's; afterwards SRP names the stored user."""
    code = await sign_up(bench, "Ada")
    with pytest.raises(UserNotFound):
        await bench.sign_in("ada@lab.example", "aliases")
    await confirm(bench, "ada", code)  # this pool is not case-sensitive
    await bench.sign_in("ADA@lab.example", "aliases")
    _, parameters = await bench.challenge("ada@lab.example", "aliases")
    assert parameters["USERNAME"] == parameters["USER_ID_FOR_SRP"] == "Ada"


async def test_collision_shows_at_confirmation(bench: Bench) -> None:
    """Refused, or with ForceAliasCreation taken over; a refused code stays usable."""
    await confirm(bench, "ada", await sign_up(bench, "ada"))
    code = await sign_up(bench, "eve")
    with pytest.raises(AliasExists, match=r"An account with the given email already exists."):
        await confirm(bench, "eve", code)
    await confirm(bench, "eve", code, ForceAliasCreation=True)
    _, parameters = await bench.challenge("ada@lab.example", "aliases")
    assert parameters["USERNAME"] == "eve"
    former = await bench.call("AdminGetUser", UserPoolId=ALIASES.id, Username="ada")
    assert {"Name": "email_verified", "Value": "false"} in former["UserAttributes"]


async def test_other_names(bench: Bench) -> None:
    """No user name in the form of an e-mail; preferred_username counts at once."""
    with pytest.raises(InvalidParameter, match="Username cannot be of email format"):
        await sign_up(bench, "x@lab.example")
    await sign_up(bench, "ada", preferred_username="countess")
    with pytest.raises(UsernameExists):
        await sign_up(bench, "ADA")
    with pytest.raises(AliasExists, match="Already found an entry for the provided username"):
        await sign_up(bench, "eve", preferred_username="Countess")


async def test_changed_address_must_be_verified_again(bench: Bench) -> None:
    """The old alias is free at once, the new one counts after its code."""
    await confirm(bench, "ada", await sign_up(bench, "ada"))
    token = (await bench.sign_in("ada@lab.example", "aliases"))["AccessToken"]
    answer = await bench.call(
        "UpdateUserAttributes",
        AccessToken=token,
        UserAttributes=[{"Name": "email", "Value": "countess@lab.example"}],
    )
    [details] = answer["CodeDeliveryDetailsList"]
    assert details["Destination"] == "c***@l***"
    for alias in ("ada@lab.example", "countess@lab.example"):
        with pytest.raises(UserNotFound):
            await bench.sign_in(alias, "aliases")
    await bench.call(
        "VerifyUserAttribute", AccessToken=token, AttributeName="email", Code=await bench.code()
    )
    await bench.sign_in("countess@lab.example", "aliases")


async def test_own_attributes(bench: Bench) -> None:
    """Set, remove by emptiness, delete; flags and strangers are refused."""
    await confirm(bench, "ada", await sign_up(bench, "ada", nickname="A", website="x"))
    token = (await bench.sign_in("ada", "aliases"))["AccessToken"]

    async def update(**changes: str) -> None:
        pairs = [{"Name": name, "Value": value} for name, value in changes.items()]
        await bench.call("UpdateUserAttributes", AccessToken=token, UserAttributes=pairs)

    await update(nickname="", given_name="Ada", email="ada@lab.example")
    await bench.call("DeleteUserAttributes", AccessToken=token, UserAttributeNames=["website"])
    user = await bench.call("GetUser", AccessToken=token)
    found = {pair["Name"]: pair["Value"] for pair in user["UserAttributes"]}
    del found["sub"]
    assert found == {
        "email": "ada@lab.example",
        "email_verified": "true",
        "given_name": "Ada",
    }
    with pytest.raises(NotAuthorized, match="A client attempted to write unauthorized attribute"):
        await update(email_verified="true")
    with pytest.raises(InvalidParameter):
        await update(shoe="7")
    with pytest.raises(InvalidParameter):
        await bench.call(
            "GetUserAttributeVerificationCode", AccessToken=token, AttributeName="nickname"
        )
    answer = await bench.call(
        "GetUserAttributeVerificationCode", AccessToken=token, AttributeName="email"
    )
    assert answer["CodeDeliveryDetails"]["AttributeName"] == "email"


async def test_address_of_another_user_name(bench: Bench) -> None:
    """Where addresses are user names, changing to a taken one is an alias error."""
    for name in ("ada@lab.example", "eve@lab.example"):
        await bench.call(
            "SignUp",
            ClientId="emails",
            Username=name,
            Password=PASSWORD,
            UserAttributes=[{"Name": "name", "Value": "x"}],
        )
        await bench.call("AdminConfirmSignUp", UserPoolId=EMAILS.id, Username=name)
    token = (await bench.sign_in("eve@lab.example", "emails"))["AccessToken"]
    with pytest.raises(AliasExists, match="An account with the given email already exists"):
        await bench.call(
            "UpdateUserAttributes",
            AccessToken=token,
            UserAttributes=[{"Name": "email", "Value": "ADA@lab.example"}],
        )
    await bench.sign_in("eve@lab.example", "emails")
