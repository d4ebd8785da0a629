"""Items that are not what they should be: reported, marked, and given to no reader.

They stay where they are, and no write replaces them. All marks of a table are one partition,
`QUARANTINE`; the item that a mark names is mended or deleted by hand, and the mark with it.
"""

import logging
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chat.attributes import to_wire
from chat.errors import Refused
from chat.items import Key, Quarantined, dump
from chat.shapes import Unsound


if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

log = logging.getLogger(__name__)

REMEMBERED = 1000
KEY = 1000  # a sort key has at most 1024 bytes (DynamoDB quotas)


class Damaged(Refused):
    """What was asked for is there, but cannot be used; to take it for absent would be a lie.

    A ban that cannot be read would be none, and what is damaged would be written over.
    """

    def __init__(self) -> None:
        super().__init__("invalid", "What is stored here is damaged. The log names it.")


class Quarantine:
    """Of one table. An execution environment reports each item once."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._reported: set[Key] = set()

    async def add(self, found: Unsound) -> None:
        """Report the item and mark it. That it cannot be marked is no reason to fail a reader."""
        if found.key in self._reported or len(self._reported) >= REMEMBERED:
            return
        self._reported.add(found.key)
        log.error("quarantined: %s", found)
        name = " ".join(found.key).encode()[:KEY].decode(errors="ignore")
        mark = Quarantined(sk=name, why=found.why)
        try:
            await self._client.put_item(TableName=self._table, Item=to_wire(dump(mark)))
        except (ClientError, BotoCoreError):
            log.warning("could not be marked: %s", found, exc_info=True)
