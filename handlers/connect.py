"""`$connect`: remember the socket, and answer with the chat's own subprotocol alone."""

import os
from collections.abc import Mapping
from typing import Any

from chat import aws, bans, connections, directory, usage
from chat.claims import Claims
from chat.headers import Event, subprotocols
from chat.protocol.fields import SUBPROTOCOL
from chat.quarantine import Damaged
from chat.table import Table


DATABASE = aws.RUNNER.run(aws.database())
CHAT_TABLE = Table(DATABASE, os.environ["CHAT_TABLE"])
CONNECTIONS = Table(DATABASE, os.environ["CONNECTION_TABLE"])
USAGE_KEY = usage.key_from_environment()


async def admit(context: Mapping[str, Any]) -> bool:
    """Remember the socket, unless its user is shut out."""
    authorizer = context["authorizer"]
    claims = Claims(
        uid=authorizer["uid"], exp=int(authorizer["exp"]), admin=authorizer["admin"] == "true"
    )
    try:
        banned = await bans.read(CHAT_TABLE)
    except Damaged:
        return False
    if claims.uid in banned.uids:
        return False
    counted = bool(USAGE_KEY) and await directory.is_counted(CHAT_TABLE, claims.uid)
    at = context["connectedAt"]
    await connections.opened(CONNECTIONS, context["connectionId"], claims, at, counted=counted)
    if counted:
        usage.record(USAGE_KEY, "connected", claims.uid, at)
    return True


def handler(event: Event, _context: object) -> dict[str, Any]:
    """Let the connection in."""
    if not aws.RUNNER.run(admit(event["requestContext"])):
        return {"statusCode": 403}
    # A browser drops a socket whose subprotocol it has not offered; the token is never echoed.
    if SUBPROTOCOL in subprotocols(event):
        return {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": SUBPROTOCOL}}
    return {"statusCode": 200}
