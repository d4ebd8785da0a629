"""Forgotten passwords (sections 2.8 and 7.5)."""

from typing import Any

import pytest

from emulator.cognito.errors import (
    CodeMismatch,
    ExpiredCode,
    InvalidParameter,
    InvalidPassword,
    LimitExceeded,
    NotAuthorized,
    PasswordResetRequired,
    UserNotConfirmed,
    UserNotFound,
)
from tests.emulator.cognito.bench import Bench
from tests.emulator.cognito.stacks import NAMES, PASSWORD


NEW = "N3w!passphrase"
UNREACHABLE = "no registered/verified email or phone_number"


async def forgot(bench: Bench, name: str = "ada", client: str = "names") -> dict[str, Any]:
    return await bench.call("ForgotPassword", ClientId=client, Username=name)


async def reset(
    bench: Bench, code: str, name: str = "ada", client: str = "names", password: str = NEW
) -> None:
    await bench.call(
        "ConfirmForgotPassword",
        ClientId=client,
        Username=name,
        ConfirmationCode=code,
        Password=password,
    )


async def test_reset(bench: Bench) -> None:
    """The old password works until the code has been used, once; existing tokens go on."""
    await bench.confirmed("ada")
    session = await bench.sign_in("ada")
    details = (await forgot(bench))["CodeDeliveryDetails"]
    assert details["Destination"] == "a***@l***"
    code = await bench.code()
    await bench.sign_in("ada")
    with pytest.raises(InvalidPassword, match="Password does not conform to policy: Password not"):
        await reset(bench, code, password="weak")
    await reset(bench, code)
    with pytest.raises(ExpiredCode):
        await reset(bench, code)
    with pytest.raises(NotAuthorized):
        await bench.sign_in("ada")
    await bench.sign_in("ada", password=NEW)
    await bench.call("GetUser", AccessToken=session["AccessToken"])


async def test_unreachable_users(bench: Bench) -> None:
    """Told to LEGACY clients only."""
    await bench.call("SignUp", ClientId="names", Username="ada", Password=PASSWORD)
    with pytest.raises(InvalidParameter, match=UNREACHABLE):
        await forgot(bench, client="legacy")
    assert "CodeDeliveryDetails" in await forgot(bench)
    with pytest.raises(UserNotConfirmed):
        await reset(bench, "123456", client="legacy")
    await bench.confirmed("eve")
    await bench.call("AdminDisableUser", UserPoolId=NAMES.id, Username="eve")
    with pytest.raises(NotAuthorized, match=r"User is disabled."):
        await forgot(bench, "eve", "legacy")
    assert "CodeDeliveryDetails" in await forgot(bench, "eve")
    assert len(await bench.services.mailbox.newest()) == 1  # eve's sign-up


async def test_temporary_password(bench: Bench) -> None:
    """Cannot be reset by its user."""
    attributes = {"email": "diego@lab.example", "email_verified": "true"}
    await bench.call(
        "AdminCreateUser",
        UserPoolId=NAMES.id,
        Username="diego",
        UserAttributes=[{"Name": n, "Value": v} for n, v in attributes.items()],
    )
    with pytest.raises(NotAuthorized, match="cannot be reset in the current state"):
        await forgot(bench, "diego")


async def test_unknown_user(bench: Bench) -> None:
    """A stranger cannot tell a name that exists from one that does not."""
    with pytest.raises(UserNotFound, match=r"^Username/client id combination not found.$"):
        await reset(bench, "123456", "nobody", "legacy")
    with pytest.raises(ExpiredCode):
        await reset(bench, "123456", "nobody")
    await bench.confirmed("ada")
    await forgot(bench)
    await forgot(bench, "nobody")
    wrong = "000000" if await bench.code() != "000000" else "000001"
    for name in ("ada", "nobody"):
        for _ in range(15):
            with pytest.raises(CodeMismatch):
                await reset(bench, wrong, name)
        with pytest.raises(LimitExceeded):
            await reset(bench, wrong, name)


async def test_reset_by_an_administrator(bench: Bench) -> None:
    """Sign-in fails until the code has been used (section 7.3)."""
    await bench.confirmed("ada")
    await bench.call("AdminResetUserPassword", UserPoolId=NAMES.id, Username="ada")
    with pytest.raises(PasswordResetRequired, match=r"^Password reset required for the user$"):
        await bench.sign_in("ada")
    await reset(bench, await bench.code())
    await bench.sign_in("ada", password=NEW)
    await bench.call("SignUp", ClientId="names", Username="eve", Password=PASSWORD)
    with pytest.raises(NotAuthorized, match="cannot be reset in the current state"):
        await bench.call("AdminResetUserPassword", UserPoolId=NAMES.id, Username="eve")


async def test_a_real_code_ends_the_pretence(bench: Bench) -> None:
    """A name that was unreachable before gets a code that works."""
    await bench.call(
        "SignUp",
        ClientId="names",
        Username="ada",
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": "ada@lab.example"}],
    )
    code = await bench.code()
    await forgot(bench)
    with pytest.raises(CodeMismatch):
        await reset(bench, "123456")
    await bench.call("ConfirmSignUp", ClientId="names", Username="ada", ConfirmationCode=code)
    await forgot(bench)
    await reset(bench, await bench.code())
    await bench.sign_in("ada", password=NEW)
