"""The clients of AWS, made once for the life of the execution environment.

Everything runs on one event loop that outlives the events, so that connections stay open between
them. Endpoints are found by the SDK's own rule (`AWS_ENDPOINT_URL_<SERVICE>`), or are AWS's.
"""

import asyncio
import os
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aioboto3
from aiobotocore.config import AioConfig

from chat.bucket import CONFIG, Bucket
from chat.clock import SystemClock
from chat.context import Chat, FileRules
from chat.headers import Event
from chat.posts import Posts
from chat.signing import Signer
from chat.sockets import Sockets
from chat.table import Table
from chat.tokens import from_environment
from chat.usage import key_from_environment


if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient
    from types_aiobotocore_s3 import S3Client

# The function ends after 10 s; a stale connection after a freeze needs one more attempt.
DATABASE = AioConfig(
    connect_timeout=1,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 3},
    tcp_keepalive=True,
)

SESSION = aioboto3.Session()
RUNNER = asyncio.Runner()


async def database() -> "DynamoDBClient":
    """The database client; it is never closed, for the environment ends by being killed."""
    return await AsyncExitStack().enter_async_context(SESSION.client("dynamodb", config=DATABASE))


async def _bucket() -> "S3Client":
    return await AsyncExitStack().enter_async_context(SESSION.client("s3", config=CONFIG))


async def chat() -> Chat:
    """The chat as the function's environment variables describe it."""
    client = await database()
    clock = SystemClock()
    return Chat(
        table=Table(client, os.environ["CHAT_TABLE"]),
        connections=Table(client, os.environ["CONNECTION_TABLE"]),
        objects=Bucket(os.environ["ATTACHMENT_BUCKET"], _bucket),
        clock=clock,
        verifier=from_environment(clock),
        site=os.environ["SITE"],
        retention_days=int(os.environ["RETENTION_DAYS"]),
        messages_per_minute=int(os.environ["MESSAGES_PER_MINUTE"]),
        files=FileRules(
            size=int(os.environ["FILE_BYTES"]),
            types=tuple(each.strip().lower() for each in os.environ["FILE_TYPES"].split(",")),
        ),
        usage_key=key_from_environment(),
    )


class Gateways:
    """The management APIs that events came from, by their endpoint."""

    def __init__(self) -> None:
        self._known: dict[str, Sockets] = {}

    def of(self, event: Event) -> Sockets:
        """Where this event's socket, and all others, can be posted to."""
        context = event["requestContext"]
        endpoint = os.environ.get(
            "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI",
            f"https://{context['domainName']}/{context['stage']}",
        )
        if endpoint not in self._known:
            self._known[endpoint] = Posts(endpoint, _signer(endpoint), SystemClock())
        return self._known[endpoint]


def _signer(endpoint: str) -> Signer:
    """With the credentials of the execution environment, which are its own for all its life."""
    return Signer(
        host=urlsplit(endpoint).netloc,
        region=os.environ["AWS_REGION"],
        access_key=os.environ["AWS_ACCESS_KEY_ID"],
        secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
        token=os.environ.get("AWS_SESSION_TOKEN", ""),
    )
