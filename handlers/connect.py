"""`$connect`: remember the socket, and answer with the chat's own subprotocol alone."""

import os
from typing import Any

from chat import aws, connections
from chat.headers import Event, subprotocols
from chat.protocol import SUBPROTOCOL
from chat.table import Table


TABLE = Table(aws.RUNNER.run(aws.database()), os.environ["CONNECTION_TABLE"])


def handler(event: Event, _context: object) -> dict[str, Any]:
    """Let the connection in."""
    context = event["requestContext"]
    authorizer = context["authorizer"]
    aws.RUNNER.run(
        connections.opened(
            TABLE,
            context["connectionId"],
            authorizer["uid"],
            int(authorizer["exp"]),
            context["connectedAt"],
        )
    )
    # A browser drops a socket whose subprotocol it has not offered; the token is never echoed.
    if SUBPROTOCOL in subprotocols(event):
        return {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": SUBPROTOCOL}}
    return {"statusCode": 200}
