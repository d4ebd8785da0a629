"""A DynamoDB client for the emulator's own errands."""

import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import aioboto3
from aiobotocore.config import AioConfig
from botocore.exceptions import BotoCoreError, ClientError

from emulator.errors import UsageError
from emulator.iam.credentials import Credentials


if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient


@contextlib.asynccontextmanager
async def dynamodb_client(
    endpoint: str, region: str, credentials: Credentials
) -> AsyncIterator["DynamoDBClient"]:
    """A client for an endpoint; what goes wrong with it in the block is a `UsageError`."""
    config = AioConfig(connect_timeout=3, read_timeout=15, retries={"total_max_attempts": 3})
    async with aioboto3.Session().client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=credentials.access_key_id,
        aws_secret_access_key=credentials.secret_access_key,
        config=config,
    ) as client:
        try:
            yield client
        except (BotoCoreError, ClientError) as error:
            raise UsageError(f"DynamoDB at {endpoint} cannot be used: {error}") from error
