"""Sign-up codes: one use, one purpose, few guesses, 24 hours (sections 2.1 to 2.3 and 7.4)."""

import pytest

from emulator.cognito.errors import (
    CodeMismatch,
    ExpiredCode,
    InvalidParameter,
    LimitExceeded,
    NotAuthorized,
    UsernameExists,
    UserNotFound,
)
from tests.emulator.cognito.bench import Bench
from tests.emulator.cognito.stacks import PASSWORD


EMAIL = [{"Name": "email", "Value": "ada@lab.example"}]


async def sign_up(bench: Bench, client: str = "names", name: str = "ada", **members: object) -> str:
    request = {"Password": PASSWORD, "UserAttributes": EMAIL, **members}
    await bench.call("SignUp", ClientId=client, Username=name, **request)
    return await bench.code()


async def confirm(bench: Bench, code: str, name: str = "ada", client: str = "names") -> None:
    await bench.call("ConfirmSignUp", ClientId=client, Username=name, ConfirmationCode=code)


def other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def test_only_the_newest_code_counts(bench: Bench) -> None:
    """Resending voids the old one."""
    old = await sign_up(bench)
    await bench.call("ResendConfirmationCode", ClientId="names", Username="ada")
    new = await bench.code()
    if old != new:
        with pytest.raises(CodeMismatch):
            await confirm(bench, old)
    await confirm(bench, new)
    with pytest.raises(InvalidParameter, match=r"User is already confirmed."):
        await bench.call("ResendConfirmationCode", ClientId="names", Username="ada")


async def test_guesses_are_limited(bench: Bench) -> None:
    """Fifteen wrong ones per hour; then not even the right code, and not a new one."""
    code = await sign_up(bench)
    for _ in range(15):
        with pytest.raises(CodeMismatch):
            await confirm(bench, other(code))
    with pytest.raises(LimitExceeded):
        await confirm(bench, code)
    await bench.call("ResendConfirmationCode", ClientId="names", Username="ada")
    code = await bench.code()
    with pytest.raises(LimitExceeded):
        await confirm(bench, code)
    bench.clock.advance(3601)
    await confirm(bench, code)


async def test_unknown_users(bench: Bench) -> None:
    """Told or not, by the client's setting (section 7.5)."""
    with pytest.raises(UserNotFound):
        await confirm(bench, "123456", "nobody", "legacy")
    with pytest.raises(ExpiredCode):
        await confirm(bench, "123456", "nobody")
    with pytest.raises(UserNotFound):
        await bench.call("ResendConfirmationCode", ClientId="legacy", Username="nobody")
    answer = await bench.call("ResendConfirmationCode", ClientId="names", Username="nobody")
    assert answer["CodeDeliveryDetails"]["Destination"] == "n***@y***"


async def test_taken_names(bench: Bench) -> None:
    """Told with both settings; an unconfirmed user holds the name too."""
    await sign_up(bench)
    for client in ("names", "legacy"):
        with pytest.raises(UsernameExists, match="User already exists"):
            await sign_up(bench, client)
    await sign_up(bench, name="Ada")  # this pool is case-sensitive


async def test_without_an_address_no_code(bench: Bench) -> None:
    """CodeDeliveryDetails is left out."""
    answer = await bench.call("SignUp", ClientId="names", Username="ada", Password=PASSWORD)
    assert answer["CodeDeliveryDetails"] is None
    with pytest.raises(NotAuthorized, match="SignUp is not permitted for this user pool"):
        await sign_up(bench, "closed")


@pytest.mark.parametrize(
    ("attributes", "error", "text"),
    [
        ({"email_verified": "true"}, NotAuthorized, "A client attempted to write unauthorized"),
        ({"sub": "x"}, NotAuthorized, "A client attempted to write unauthorized"),
        ({"email": "ada"}, InvalidParameter, "Invalid email address format."),
        ({"phone_number": "0123"}, InvalidParameter, "Invalid phone number format."),
        ({"shoe": "7"}, InvalidParameter, "shoe: Attribute does not exist in the schema."),
        ({"birthdate": "1815"}, InvalidParameter, "birthdate: "),
    ],
)
async def test_refused_attributes(
    bench: Bench, attributes: dict[str, str], error: type[Exception], text: str
) -> None:
    """Schema, rights and formats."""
    pairs = [{"Name": name, "Value": value} for name, value in attributes.items()]
    with pytest.raises(error, match=text):
        await sign_up(bench, UserAttributes=pairs)


async def test_required_attribute(bench: Bench) -> None:
    """AWS's text ends with a newline."""
    with pytest.raises(InvalidParameter) as caught:
        await sign_up(bench, "emails", "ada@lab.example")
    assert caught.value.message == (
        "Attributes did not conform to the schema: name: The attribute is required\n"
    )
