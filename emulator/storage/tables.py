"""The template's tables in whichever DynamoDB is used: made when missing, compared when there."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from emulator.errors import UsageError
from emulator.iam.credentials import Credentials
from emulator.storage.client import dynamodb_client
from emulator.template.model import Table


if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient


logger = logging.getLogger(__name__)


async def create_tables(
    tables: Iterable[Table], endpoint: str, region: str, credentials: Credentials
) -> None:
    """Make the tables that do not exist yet; bring the others to what the template says.

    Raises `UsageError` for a change that would lose data.
    """
    async with dynamodb_client(endpoint, region, credentials) as client:
        await asyncio.gather(*(_ensure(client, table) for table in tables))


async def _ensure(client: "DynamoDBClient", table: Table) -> None:
    try:
        existing = (await client.describe_table(TableName=table.name))["Table"]
    except client.exceptions.ResourceNotFoundException:
        await make_table(client, dict(table.create))
    else:
        for update in updates(table.create, existing):
            logger.info("Table %s: %s", table.name, ", ".join(update))
            await client.update_table(TableName=table.name, **_parameters(update))
            await _settled(client, table.name)
    if table.ttl_attribute:
        await ensure_time_to_live(client, table.name, table.ttl_attribute)


async def make_table(client: "DynamoDBClient", create: dict[str, Any]) -> None:
    """Create a table and wait until it can be used."""
    await client.create_table(**create)
    await _settled(client, create["TableName"])


async def _settled(client: "DynamoDBClient", table: str) -> None:
    """Wait until table and indexes are active, up to ten minutes: AWS fills a new index then."""
    for _ in range(600):
        described = (await client.describe_table(TableName=table))["Table"]
        indexes = described.get("GlobalSecondaryIndexes", [])
        states = [described["TableStatus"], *(each.get("IndexStatus") for each in indexes)]
        if all(state == "ACTIVE" for state in states):
            return
        await asyncio.sleep(1)
    raise UsageError(f"Table {table} does not become active; look at it in DynamoDB.")


async def ensure_time_to_live(client: "DynamoDBClient", table: str, attribute: str) -> None:
    """Switch it on also where an earlier start was cut off before it came to this."""
    answer = await client.describe_time_to_live(TableName=table)
    if answer["TimeToLiveDescription"].get("TimeToLiveStatus") not in {"ENABLED", "ENABLING"}:
        await client.update_time_to_live(
            TableName=table,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": attribute},
        )


def updates(wanted: Mapping[str, Any], existing: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The UpdateTable calls that bring a table to what a CreateTable request says, in order.

    DynamoDB adds one index at a time. Raises `UsageError` for what would lose data: other keys, an
    index that is changed or gone.
    """
    name = wanted["TableName"]
    for part in ("KeySchema", "LocalSecondaryIndexes"):
        if _keys(wanted.get(part, [])) != _keys(existing.get(part, [])):
            raise _refused(name, f"another {part} than the template's")
    changes: list[dict[str, Any]] = []
    there = {each["IndexName"]: each for each in existing.get("GlobalSecondaryIndexes", [])}
    for index in wanted.get("GlobalSecondaryIndexes", []):
        old = there.pop(index["IndexName"], None)
        if old is None:
            create = {"GlobalSecondaryIndexUpdates": [{"Create": index}]}
            changes.append({"AttributeDefinitions": wanted["AttributeDefinitions"], **create})
        elif (_keys([index]), index["Projection"]) != (_keys([old]), _projection(old)):
            raise _refused(name, f"another GlobalSecondaryIndexes {index['IndexName']}")
    if there:
        raise _refused(name, f"GlobalSecondaryIndexes {', '.join(there)} that the template lacks")
    return changes + _settings(wanted, existing)


def _settings(wanted: Mapping[str, Any], existing: Mapping[str, Any]) -> list[dict[str, Any]]:
    changes: list[dict[str, Any]] = []
    billing = existing.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    if wanted["BillingMode"] != billing:
        parts = ("BillingMode", "ProvisionedThroughput")
        changes.append({part: wanted[part] for part in parts if part in wanted})
    protected = wanted.get("DeletionProtectionEnabled", False)
    if protected != existing.get("DeletionProtectionEnabled", False):
        changes.append({"DeletionProtectionEnabled": protected})
    stream = wanted.get("StreamSpecification")
    if stream and stream != existing.get("StreamSpecification"):
        changes.append({"StreamSpecification": stream})
    return changes


def _refused(table: str, what: str) -> UsageError:
    return UsageError(
        f"Table {table} exists with {what}; to change that would lose data. Restore the template, "
        "or take a `labchat backup` and start with a new --data-dir."
    )


async def described(client: "DynamoDBClient", table: str) -> dict[str, Any]:
    """How a table was made: CreateTable's parameters and the TTL attribute, `None` without."""
    existing: Any = (await client.describe_table(TableName=table))["Table"]
    create = {part: existing[part] for part in _COPIED if part in existing}
    for part in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
        if existing.get(part):
            create[part] = [
                {key: index[key] for key in ("IndexName", "KeySchema", "Projection")}
                for index in existing[part]
            ]
    create["BillingMode"] = "PAY_PER_REQUEST"
    ttl = (await client.describe_time_to_live(TableName=table))["TimeToLiveDescription"]
    return {"create": create, "ttl_attribute": ttl.get("AttributeName")}


_COPIED = (
    *("TableName", "AttributeDefinitions", "KeySchema", "StreamSpecification"),
    "DeletionProtectionEnabled",
)


def _parameters(update: dict[str, Any]) -> Any:
    """UpdateTable's parameters; the template's mapping has no static type."""
    return update


def _projection(index: Mapping[str, Any]) -> Any:
    """What an index carries; engines that leave it out mean everything."""
    return index.get("Projection", {"ProjectionType": "ALL"})


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
