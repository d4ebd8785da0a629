"""Pools and clients that calls make: what they take, that they last, and whose they are not."""

from pathlib import Path
from typing import Any

import pytest

from emulator.cognito.errors import InvalidParameter, ResourceNotFound
from tests.emulator.cognito.bench import Bench
from tests.emulator.cognito.fakes import FakeClock
from tests.emulator.cognito.stacks import NAMES, PASSWORD


async def made(bench: Bench, **more: Any) -> str:
    pool = await bench.call("CreateUserPool", PoolName="own", **more)
    return str(pool["UserPool"]["Id"])


async def described(bench: Bench, pool_id: str) -> dict[str, Any]:
    answer = await bench.call("DescribeUserPool", UserPoolId=pool_id)
    found: dict[str, Any] = answer["UserPool"]
    return found


async def client_of(bench: Bench, pool_id: str, **more: Any) -> dict[str, Any]:
    answer = await bench.call("CreateUserPoolClient", UserPoolId=pool_id, ClientName="web", **more)
    found: dict[str, Any] = answer["UserPoolClient"]
    return found


async def test_a_pool_lasts(bench: Bench, data_dir: Path) -> None:
    """Its settings, client, users and keys are there after a restart."""
    policy = {"PasswordPolicy": {"MinimumLength": 6, "RequireNumbers": True}}
    pool_id = await made(bench, Policies=policy, UsernameConfiguration={"CaseSensitive": False})
    assert pool_id.startswith("us-east-1_")
    client = await client_of(bench, pool_id, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
    await bench.call("SignUp", ClientId=client["ClientId"], Username="ada", Password="passw0rd")
    await bench.call("AdminConfirmSignUp", UserPoolId=pool_id, Username="ada")
    before = await described(bench, pool_id)
    assert before["Policies"]["PasswordPolicy"]["MinimumLength"] == 6
    token = (await bench.sign_in("ADA", client["ClientId"], "passw0rd"))["AccessToken"]
    await bench.close()
    again = await Bench.start(data_dir, FakeClock())
    try:
        assert await described(again, pool_id) == before
        assert (await again.call("GetUser", AccessToken=token))["Username"] == "ada"
        await again.sign_in("ada", client["ClientId"], "passw0rd")
        await again.call("DeleteUserPool", UserPoolId=pool_id)
        with pytest.raises(ResourceNotFound):
            await described(again, pool_id)
        with pytest.raises(ResourceNotFound):
            await again.sign_in("ada", client["ClientId"], "passw0rd")
        assert not list((data_dir / "keys").glob(f"{pool_id}*"))
        assert await again.services.store.row("SELECT 1 FROM users") is None
    finally:
        await again.close()


async def test_updating_a_pool(bench: Bench) -> None:
    """What is left out goes back to its default; what a pool is born with stays."""
    pool_id = await made(
        bench,
        AutoVerifiedAttributes=["email"],
        UsernameAttributes=["email"],
        DeletionProtection="ACTIVE",
        UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": ["email"]},
    )
    with pytest.raises(InvalidParameter, match="deletion protection is activated"):
        await bench.call("DeleteUserPool", UserPoolId=pool_id)
    before = await described(bench, pool_id)
    assert before["DeletionProtection"] == "ACTIVE"
    bench.clock.advance(5)
    await bench.call("UpdateUserPool", UserPoolId=pool_id, PoolName="other")
    after = await described(bench, pool_id)
    assert (after["Name"], after["DeletionProtection"]) == ("other", "INACTIVE")
    assert after["UsernameAttributes"] == ["email"]
    assert "AutoVerifiedAttributes" not in after
    assert "UserAttributeUpdateSettings" not in after
    assert after["LastModifiedDate"] > after["CreationDate"] == before["CreationDate"]


async def test_custom_attributes(bench: Bench) -> None:
    """They can be added, with limits that hold, and not twice."""
    pool_id = await made(bench)
    badge = {
        "Name": "badge",
        "AttributeDataType": "Number",
        "Mutable": False,
        "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "9"},
    }
    request = {"UserPoolId": pool_id, "CustomAttributes": [badge]}
    await bench.call("AddCustomAttributes", **request)
    with pytest.raises(InvalidParameter, match="custom:badge"):
        await bench.call("AddCustomAttributes", **request)
    [found] = [
        attribute
        for attribute in (await described(bench, pool_id))["SchemaAttributes"]
        if attribute["Name"] == "custom:badge"
    ]
    assert found["NumberAttributeConstraints"] == {"MinValue": "1", "MaxValue": "9"}
    user = {"UserPoolId": pool_id, "Username": "ada"}

    async def create(value: str) -> None:
        given = [{"Name": "custom:badge", "Value": value}]
        await bench.call("AdminCreateUser", **user, UserAttributes=given)

    for bad in ("0", "10", "x"):
        with pytest.raises(InvalidParameter, match="custom:badge"):
            await create(bad)
    await create("5")
    given = [{"Name": "custom:badge", "Value": "6"}]
    with pytest.raises(InvalidParameter, match="changing an immutable attribute"):
        await bench.call("AdminUpdateUserAttributes", **user, UserAttributes=given)


async def test_mfa_of_a_pool(bench: Bench) -> None:
    """Switched on with software tokens, and not without any method."""
    pool_id = await made(bench)
    with pytest.raises(InvalidParameter, match="no MFA method"):
        await bench.call("SetUserPoolMfaConfig", UserPoolId=pool_id, MfaConfiguration="ON")
    answer = await bench.call(
        "SetUserPoolMfaConfig",
        UserPoolId=pool_id,
        MfaConfiguration="ON",
        SoftwareTokenMfaConfiguration={"Enabled": True},
    )
    assert answer["MfaConfiguration"] == "ON"
    assert await bench.call("GetUserPoolMfaConfig", UserPoolId=pool_id) == answer
    assert (await described(bench, pool_id))["MfaConfiguration"] == "ON"


async def test_clients(bench: Bench) -> None:
    """Secrets, lifetimes, lists, updates that reset, deletion."""
    pool_id = await made(bench)
    client = await client_of(
        bench,
        pool_id,
        GenerateSecret=True,
        AccessTokenValidity=10,
        TokenValidityUnits={"AccessToken": "minutes"},
        ReadAttributes=["email"],
    )
    assert len(client["ClientId"]) == 26
    assert client["AccessTokenValidity"] == 600
    assert client["ReadAttributes"] == ["email"]
    request = {"UserPoolId": pool_id, "ClientId": client["ClientId"]}
    changed = (await bench.call("UpdateUserPoolClient", **request))["UserPoolClient"]
    assert changed["ClientSecret"] == client["ClientSecret"]
    assert (changed["AccessTokenValidity"], changed["ClientName"]) == (3600, "web")
    assert "ReadAttributes" not in changed
    await bench.call("DeleteUserPoolClient", **request)
    with pytest.raises(ResourceNotFound):
        await bench.call("DescribeUserPoolClient", **request)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"AccessTokenValidity": 25}, "AccessTokenValidity comes to 90000 seconds"),
        ({"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ADMIN_NO_SRP_AUTH"]}, "mixes"),
    ],
)
async def test_bad_settings(bench: Bench, settings: dict[str, Any], text: str) -> None:
    """Are refused in words."""
    pool_id = await made(bench)
    with pytest.raises(InvalidParameter, match=text):
        await client_of(bench, pool_id, **settings)


async def test_the_template_is_the_only_source_of_its_own(bench: Bench) -> None:
    """Its pools and clients are changed there; a client may be added to its pools."""
    pool = {"UserPoolId": NAMES.id}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("UpdateUserPool", {}),
        ("DeleteUserPool", {}),
        ("AddCustomAttributes", {"CustomAttributes": []}),
        ("SetUserPoolMfaConfig", {}),
        ("UpdateUserPoolClient", {"ClientId": "names"}),
        ("DeleteUserPoolClient", {"ClientId": "names"}),
    ]
    for operation, more in calls:
        with pytest.raises(InvalidParameter, match="declared by the template"):
            await bench.call(operation, **pool, **more)
    client = await client_of(bench, NAMES.id, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
    await bench.confirmed("ada")
    assert await bench.sign_in("ada", client["ClientId"], PASSWORD)


async def test_the_sub_of_an_imported_user(bench: Bench) -> None:
    """Kept, as a user name too where that is the sub, and not given twice."""
    sub = "11111111-2222-4333-8444-555555555555"
    created = await bench.call("AdminCreateUser", UserPoolId=NAMES.id, Username="ada", Sub=sub)
    assert {"Name": "sub", "Value": sub} in created["User"]["Attributes"]
    with pytest.raises(Exception, match="User account already exists"):
        await bench.call("AdminCreateUser", UserPoolId=NAMES.id, Username="eve", Sub=sub)


async def test_requests_are_limited(bench: Bench) -> None:
    """Five codes an hour for one name, also for nobody's, then LimitExceeded; others are free."""
    for name in ("ada", "eve"):
        await bench.confirmed(name)
    for name in ("ada", "nobody"):
        for _ in range(5):
            await bench.call("ForgotPassword", ClientId="names", Username=name)
        with pytest.raises(Exception, match="Attempt limit exceeded, please try after some time"):
            await bench.call("ForgotPassword", ClientId="names", Username=name)
    await bench.call("ForgotPassword", ClientId="names", Username="eve")
    bench.clock.advance(3601)
    await bench.call("ForgotPassword", ClientId="names", Username="ada")
