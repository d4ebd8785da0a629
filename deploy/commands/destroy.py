"""`labchat deploy destroy`: take it all down, but not what people wrote."""

from typing import Any

import click
from botocore.exceptions import ClientError

from deploy import deployment
from deploy.aws import Client, Place, missing, run
from deploy.commands.terminal import console, place, place_options, told
from deploy.deployment import Session
from deploy.errors import DeployError
from deploy.stack import Stack


KEPT = {"AWS::DynamoDB::Table", "AWS::Cognito::UserPool", "AWS::S3::Bucket", "AWS::Logs::LogGroup"}
"""What stays when the stack goes."""


@click.command()
@click.option("--with-data", is_flag=True, help="Delete messages, accounts, files and logs too.")
@click.option("--yes-really", metavar="STACK", help="Do not ask; the stack's name, once more.")
@place_options
def destroy(with_data: bool, yes_really: str | None, **where: Any) -> None:
    """Remove the chat from AWS. Messages, accounts, files and logs stay unless --with-data is given.

    The artifact bucket and backups always stay.
    """
    there = place(where)
    if yes_really is None:
        what = "with everything that people wrote" if with_data else "but keep what people wrote"
        click.confirm(f"Remove the chat {there.stack}, {what}?", abort=True, err=True)
        yes_really = click.prompt("Type the stack's name to confirm", err=True)
    if yes_really != there.stack:
        raise DeployError(f"{yes_really} is not {there.stack}; nothing was removed.")
    run(_destroy(there, with_data))


async def _destroy(where: Place, with_data: bool) -> None:
    async with (
        deployment.session(where) as session,
        where.client("cloudformation", "us-east-1") as edge,
    ):
        kept: dict[str, str] = {}
        if await session.stack.describe() is not None:
            kept = {
                resource["PhysicalResourceId"]: resource["ResourceType"]
                for resource in (await session.stack.resources()).values()
                if resource["ResourceType"] in KEPT
            }
        await Stack(edge, where.hosting_stack).delete(told)
        await session.stack.delete(told)
        await _forget_secret(session)
        if with_data:
            await _delete_data(session, kept)
            kept = {}
    console.print(f"The stack {where.stack} is gone.")
    for name, kind in sorted(kept.items()):
        console.print(f"Kept: {kind.removeprefix('AWS::')} {name}")


async def _forget_secret(session: Session) -> None:
    try:
        await session.ssm.delete_parameter(Name=f"/{session.stack.name}/health")
    except ClientError as error:
        if not missing(error):
            raise


async def _delete_data(session: Session, kept: dict[str, str]) -> None:
    where = session.place
    async with (
        where.client("dynamodb") as dynamodb,
        where.client("s3") as s3,
        where.client("logs") as logs,
    ):
        for name, kind in kept.items():
            console.print(f"Deleting {kind.removeprefix('AWS::')} {name} …")
            if kind == "AWS::DynamoDB::Table":
                await dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
                await dynamodb.get_waiter("table_exists").wait(TableName=name)
                await dynamodb.delete_table(TableName=name)
            elif kind == "AWS::Cognito::UserPool":
                await _delete_pool(session.cognito, name)
            elif kind == "AWS::S3::Bucket":
                await _delete_bucket(s3, name)
            else:
                await logs.delete_log_group(logGroupName=name)


async def _delete_pool(cognito: Client, pool: str) -> None:
    """Its protection goes by UpdateUserPool, which resets what is not named; it is to go anyway."""
    await cognito.update_user_pool(UserPoolId=pool, DeletionProtection="INACTIVE")
    await cognito.delete_user_pool(UserPoolId=pool)


async def _delete_bucket(s3: Client, name: str) -> None:
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=name)
    async for page in pages:
        versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in versions]
        if objects:
            await s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True})
    await s3.delete_bucket(Bucket=name)
