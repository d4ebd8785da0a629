"""Time to live for real: deletes expired items, which no local engine does by itself in good time."""

import asyncio
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from emulator.clock import Clock
from emulator.template.model import Table


if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

logger = logging.getLogger(__name__)

LOOK_EVERY = 600.0
"""Seconds between two looks; AWS takes up to a few days."""

_OLDEST = 5 * 365 * 86400
"""An attribute further in the past is taken for something else than a time, as on AWS:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html"""


async def keep_expiring(client: "DynamoDBClient", tables: Iterable[Table], clock: Clock) -> None:
    """Look again and again; a look that fails is followed by the next."""
    with_expiry = [table for table in tables if table.ttl_attribute]
    while True:
        await asyncio.sleep(clock.duration(LOOK_EVERY))
        for table in with_expiry:
            try:
                count = await expire(client, table, int(clock.now()))
            except client.exceptions.ClientError as error:
                logger.warning("Expired items of %s stay for now: %s", table.name, error)
            else:
                logger.debug("%d expired items of %s deleted", count, table.name)


async def expire(client: "DynamoDBClient", table: Table, now: int) -> int:
    """Delete what has expired, unless it is given a longer life meanwhile; returns how many."""
    names = {"#ttl": table.ttl_attribute or ""}
    keys = [str(key["AttributeName"]) for key in table.create["KeySchema"]]
    condition: Any = {
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": {
            ":now": {"N": str(now)},
            ":oldest": {"N": str(now - _OLDEST)},
        },
    }
    expired = "#ttl < :now AND #ttl > :oldest"
    count = 0
    scan: Any = client.get_paginator("scan").paginate(
        TableName=table.name, FilterExpression=expired, **condition
    )
    async for page in scan:
        for item in page["Items"]:
            try:
                await client.delete_item(
                    TableName=table.name,
                    Key={name: item[name] for name in keys},
                    ConditionExpression=expired,
                    **condition,
                )
                count += 1
            except client.exceptions.ConditionalCheckFailedException:
                continue
    return count
