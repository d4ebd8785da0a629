"""`$disconnect`: forget the socket. API Gateway only tries to call this; rows also expire."""

import os
from collections.abc import Mapping
from typing import Any

from chat import aws, connections, usage
from chat.headers import Event
from chat.table import Table


TABLE = Table(aws.RUNNER.run(aws.database()), os.environ["CONNECTION_TABLE"])
USAGE_KEY = usage.key_from_environment()


async def forget(context: Mapping[str, Any]) -> None:
    """Remove the row, which says whether its user is counted."""
    if await connections.closed(TABLE, context["connectionId"]):
        at, since = context["requestTimeEpoch"], context["connectedAt"]
        uid = context["authorizer"]["uid"]
        usage.record(USAGE_KEY, "disconnected", uid, at, seconds=(at - since) // 1000)


def handler(event: Event, _context: object) -> dict[str, int]:
    """Note that the socket is closed."""
    aws.RUNNER.run(forget(event["requestContext"]))
    return {"statusCode": 200}
