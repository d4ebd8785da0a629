"""`$disconnect`: forget the socket. API Gateway only tries to call this; rows also expire."""

import os

from chat import aws, connections
from chat.headers import Event
from chat.table import Table


TABLE = Table(aws.RUNNER.run(aws.database()), os.environ["CONNECTION_TABLE"])


def handler(event: Event, _context: object) -> dict[str, int]:
    """Note that the socket is closed."""
    aws.RUNNER.run(connections.closed(TABLE, event["requestContext"]["connectionId"]))
    return {"statusCode": 200}
