"""The health check's account, and the check itself: what the deployed function does every quarter of
an hour is also how a deployment is judged."""

import json
import secrets
import string
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from deploy.aws import Client, missing
from deploy.errors import DeployError


USERNAME = "health@labchat.invalid"


def password() -> str:
    """Long, random, and of every kind of character that a pool may ask for."""
    rest = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(36))
    return f"aA1!{rest}"


async def ensure_account(
    cognito: Client, ssm: Client, outputs: Mapping[str, str], username: str = USERNAME
) -> None:
    """Have the account and its password in Systems Manager, where only the check reads it."""
    pool, name = outputs["UserPoolId"], outputs["HealthSecret"]
    if await _known(cognito, pool, username) and await _stored(ssm, name):
        return
    attributes = {"email": username, "email_verified": "true", "name": "Health check"}
    secret = password()
    try:
        await cognito.admin_create_user(
            UserPoolId=pool,
            Username=username,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()],
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "UsernameExistsException":
            raise
    await cognito.admin_set_user_password(
        UserPoolId=pool, Username=username, Password=secret, Permanent=True
    )
    await ssm.put_parameter(
        Name=name,
        Description="The account of the chat's health check.",
        Value=json.dumps({"username": username, "password": secret}),
        Type="SecureString",
        Overwrite=True,
    )


async def check(client: Client, function: str) -> dict[str, int]:
    """Milliseconds that each step took. Raises `DeployError` with what the function says."""
    answer = await client.invoke(FunctionName=function)
    result: Any = json.loads(await answer["Payload"].read() or b"null")
    if answer.get("FunctionError"):
        reason = f"{result.get('errorType')}: {result.get('errorMessage')}"
        raise DeployError(
            f"The health check failed ({reason}). Its log says more: `labchat deploy logs Health`."
        )
    return dict(result)


async def _known(cognito: Client, pool: str, username: str) -> bool:
    try:
        await cognito.admin_get_user(UserPoolId=pool, Username=username)
    except ClientError as error:
        if missing(error):
            return False
        raise
    return True


async def _stored(ssm: Client, name: str) -> bool:
    try:
        await ssm.get_parameter(Name=name)
    except ClientError as error:
        if missing(error):
            return False
        raise
    return True
