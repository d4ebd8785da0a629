"""The template's tables in whichever DynamoDB is used: made when missing, compared when there."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import aioboto3
from aiobotocore.config import AioConfig
from botocore.exceptions import BotoCoreError, ClientError

from emulator.errors import UsageError
from emulator.iam.credentials import Credentials
from emulator.template.model import Table


if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient


async def create_tables(
    tables: Iterable[Table], endpoint: str, region: str, credentials: Credentials
) -> None:
    """Make the tables that do not exist yet, with their time to live.

    Raises `UsageError` if a table exists with other keys, since changing them would lose data.
    """
    session = aioboto3.Session()
    config = AioConfig(connect_timeout=3, read_timeout=15, retries={"total_max_attempts": 3})
    async with session.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=credentials.access_key_id,
        aws_secret_access_key=credentials.secret_access_key,
        config=config,
    ) as client:
        try:
            await asyncio.gather(*(_ensure(client, table) for table in tables))
        except (BotoCoreError, ClientError) as error:
            raise UsageError(f"DynamoDB at {endpoint} cannot be used: {error}") from error


async def _ensure(client: "DynamoDBClient", table: Table) -> None:
    try:
        existing = (await client.describe_table(TableName=table.name))["Table"]
    except client.exceptions.ResourceNotFoundException:
        await client.create_table(**_create_request(table))
        await client.get_waiter("table_exists").wait(
            TableName=table.name, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
        )
    else:
        _compare(table, existing)
    if table.ttl_attribute:
        await _ensure_time_to_live(client, table.name, table.ttl_attribute)


async def _ensure_time_to_live(client: "DynamoDBClient", table: str, attribute: str) -> None:
    """Switch it on also where an earlier start was cut off before it came to this."""
    answer = await client.describe_time_to_live(TableName=table)
    if answer["TimeToLiveDescription"].get("TimeToLiveStatus") not in {"ENABLED", "ENABLING"}:
        await client.update_time_to_live(
            TableName=table,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": attribute},
        )


def _create_request(table: Table) -> Any:
    """CreateTable's parameters; the template's mapping has no static type."""
    return dict(table.create)


def _compare(table: Table, existing: Mapping[str, Any]) -> None:
    for part in ("KeySchema", "LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
        if _keys(table.create.get(part, [])) != _keys(existing.get(part, [])):
            raise UsageError(
                f"Table {table.name} exists with another {part} than the template's. "
                "Restore the template, or start with a new --data-dir."
            )


def _keys(part: Iterable[Mapping[str, Any]]) -> Any:
    """Names and key attributes, whatever the order and the further details."""
    return sorted(
        (
            entry.get("IndexName", ""),
            entry.get("AttributeName", ""),
            entry.get("KeyType", ""),
            tuple((key["AttributeName"], key["KeyType"]) for key in entry.get("KeySchema", [])),
        )
        for entry in part
    )
