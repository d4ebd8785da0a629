"""A DynamoDB table, in plain values. There is no scan here, on purpose.

What is written must have the shape that `chat/items.py` gives its key; what has not is given to no
reader (`chat/quarantine.py`).
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from botocore.exceptions import ClientError

from chat import shapes
from chat.attributes import Raw, from_wire, to_wire
from chat.items import Key, Plain
from chat.quarantine import Damaged, Quarantine
from chat.shapes import Unsound, key_of
from chat.writes import Condition, Write


if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

BATCH_GET = 100  # keys of one BatchGetItem (DynamoDB API reference)

LOST = frozenset({"ConditionalCheckFailed", "ConditionalCheckFailedException"})

# Two transactions met, or the table is asked too much: worth another attempt.
TRANSIENT = frozenset(
    {
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
        "ThrottlingError",
        "ThrottlingException",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
    }
)


class Lost(Exception):
    """The condition of a write did not hold; `item` is what stood there."""

    def __init__(self, item: Plain | None) -> None:
        super().__init__()
        self.item = item


class Cancelled(Exception):
    """A transaction did not happen.

    `lost` holds the writes whose condition failed, each with the item that stood there. It is empty
    when nothing but contention was in the way.
    """

    def __init__(self, lost: Sequence[tuple[Write, Plain | None]]) -> None:
        super().__init__()
        self.lost = lost


class Overloaded(Exception):
    """The database asks for patience."""


class Table:
    """One table."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name
        self._quarantine = Quarantine(client, name)

    async def get(self, key: Key) -> Plain | None:
        """The item at this key, as of now; raises `Damaged`."""
        try:
            answer = await self._client.get_item(
                TableName=self._name, Key=_wire_key(key), ConsistentRead=True
            )
        except ClientError as error:
            _fail(error)
        if "Item" not in answer:
            return None
        sound = await self._sound([answer["Item"]])
        if not sound:
            raise Damaged
        return sound[0]

    async def get_many(self, keys: Iterable[Key], *, consistent: bool = True) -> dict[Key, Plain]:
        """The items that exist at these keys."""
        wanted = [_wire_key(key) for key in dict.fromkeys(keys)]
        found: dict[Key, Plain] = {}
        while wanted:
            batch, wanted = wanted[:BATCH_GET], wanted[BATCH_GET:]
            try:
                answer = await self._client.batch_get_item(
                    RequestItems={self._name: {"Keys": batch, "ConsistentRead": consistent}}
                )
            except ClientError as error:
                _fail(error)
            # One answer has at most 16 MB; the keys that did not fit, or were throttled, come back.
            left = answer.get("UnprocessedKeys", {}).get(self._name, {"Keys": []})["Keys"]
            if len(left) == len(batch):
                raise Overloaded
            wanted += [dict(key) for key in left]
            sound = await self._sound(answer["Responses"].get(self._name, []))
            found |= {key_of(item): item for item in sound}
        return found

    async def page(
        self,
        where: Condition,
        *,
        limit: int,
        index: Literal["", "rev", "gsi1"] = "",
        newest_first: bool = False,
    ) -> tuple[list[Plain], bool]:
        """At most `limit` items of a partition, and whether more follow.

        As of now, but for `gsi1`: a global index lags behind.
        """
        options: dict[str, Any] = {
            "Limit": limit,
            "ScanIndexForward": not newest_first,
            "ConsistentRead": index != "gsi1",
            **_index(index),
        }
        items, last = await self._query(where, **options)
        while last and not items:  # All of them are in quarantine.
            items, last = await self._query(where, ExclusiveStartKey=last, **options)
        return items, last is not None

    async def every(self, where: Condition, *, only: Sequence[str] = ()) -> list[Plain]:
        """All items that match, as of now; whole, or only these attributes of them."""
        options: dict[str, Any] = {}
        if only:
            names = {f"#{name}": name for name in only}
            options["ProjectionExpression"] = ", ".join(names)
            options["ExpressionAttributeNames"] = names
        items, last = await self._query(where, **options)
        while last:
            more, last = await self._query(where, ExclusiveStartKey=last, **options)
            items += more
        return items

    async def sift(
        self, where: Condition, keep: Condition, *, after: str
    ) -> tuple[list[Plain], str]:
        """Of a partition's next megabyte, newest first, what passes `keep`; may lag a little.

        Reading goes on after the sort key `after`. The second result is where to go on from, or
        empty at the end.
        """
        start = _wire_key((str(where.values[":pk"]), after)) if after else None
        items, last = await self._query(
            Condition(where.expression, {**where.values, **keep.values}),
            FilterExpression=keep.expression,
            ScanIndexForward=False,
            ConsistentRead=False,
            **({"ExclusiveStartKey": start} if start else {}),
        )
        return items, str(from_wire(last)["sk"]) if last else ""

    async def put(self, item: Plain, condition: Condition | None = None) -> None:
        """Store a whole item; raises `Lost`."""
        await self._write(self._client.put_item, Write("Put", item, condition))

    async def update(self, key: Key, assign: Plain, condition: Condition | None = None) -> None:
        """Set some attributes; raises `Lost`."""
        target: Plain = dict(zip(("pk", "sk"), key, strict=True))
        await self._write(self._client.update_item, Write("Update", target, condition, assign))

    async def add(self, key: Key, amount: int, exp: int) -> int:
        """Add to the item's `count`, which starts at 0; the item expires at `exp`. The new count."""
        shapes.check_change(key, {"count": amount, "exp": exp})
        try:
            answer = await self._client.update_item(
                TableName=self._name,
                Key=_wire_key(key),
                UpdateExpression="ADD #count :amount SET #exp = :exp",
                ExpressionAttributeNames={"#count": "count", "#exp": "exp"},
                ExpressionAttributeValues=to_wire({":amount": amount, ":exp": exp}),
                ReturnValues="UPDATED_NEW",
            )
        except ClientError as error:
            _fail(error)
        return int(answer["Attributes"]["count"]["N"])

    async def delete(self, key: Key) -> Plain | None:
        """Remove an item, if it is there; what it was."""
        try:
            answer = await self._client.delete_item(
                TableName=self._name, Key=_wire_key(key), ReturnValues="ALL_OLD"
            )
        except ClientError as error:
            _fail(error)
        stood = answer.get("Attributes")
        return from_wire(stood) if stood else None

    async def transact(self, writes: Sequence[Write]) -> None:
        """All of these writes or none; raises `Cancelled`.

        botocore adds a ClientRequestToken, so that an attempt repeated by the SDK is done once.
        """
        for write in writes:
            _check(write)
        try:
            await self._client.transact_write_items(
                TransactItems=[write.in_transaction(self._name) for write in writes]
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                _fail(error)
            raise Cancelled(await self._lost(writes, error)) from error

    async def _query(
        self, where: Condition, **options: Any
    ) -> tuple[list[Plain], dict[str, Any] | None]:
        try:
            answer = await self._client.query(
                TableName=self._name,
                KeyConditionExpression=where.expression,
                ExpressionAttributeValues=to_wire(where.values),
                **{"ConsistentRead": True, **options},
            )
        except ClientError as error:
            _fail(error)
        # A projection may leave out the partition, which is the same for all.
        rest = {"pk": to_wire(where.values)[":pk"]} if "ProjectionExpression" in options else {}
        return await self._sound(answer["Items"], rest), answer.get("LastEvaluatedKey")

    async def _write(self, call: Any, write: Write) -> None:
        _check(write)
        try:
            await call(**write.alone(self._name))
        except ClientError as error:
            if error.response["Error"]["Code"] in LOST:
                raise Lost(await self._stood(error.response)) from error
            _fail(error)

    async def _sound(self, raws: Iterable[Raw], rest: Raw | None = None) -> list[Plain]:
        """Those of the items that are what they should be, each with the attributes of `rest`."""
        found = []
        for raw in raws:
            plain = from_wire({**rest, **raw} if rest else raw)
            try:
                shapes.check(plain)
            except Unsound as unsound:
                await self._quarantine.add(unsound)
            else:
                found.append(plain)
        return found

    async def _stood(self, reason: Any) -> Plain | None:
        """What stood where a condition did not hold; nothing usable, if that is damaged."""
        raw = reason.get("Item")
        found = await self._sound([raw] if raw else [])
        return found[0] if found else None

    async def _lost(
        self, writes: Sequence[Write], error: ClientError
    ) -> list[tuple[Write, Plain | None]]:
        """The reasons stand in the order of the writes (TransactWriteItems, CancellationReasons)."""
        reasons: list[Any] = error.response.get("CancellationReasons", [])
        for reason in reasons:
            code = reason.get("Code", "None")
            if code != "None" and code not in LOST | TRANSIENT:
                raise error
        return [
            (write, await self._stood(reason))
            for write, reason in zip(writes, reasons, strict=False)
            if reason.get("Code") in LOST
        ]


def _wire_key(key: Key) -> dict[str, Any]:
    return to_wire(dict(zip(("pk", "sk"), key, strict=True)))


def _index(name: str) -> dict[str, Any]:
    return {"IndexName": name} if name else {}


def _check(write: Write) -> None:
    """Raises `Unsound` for what must not be written."""
    if write.kind == "Put":
        shapes.check_new(write.target)
    else:
        shapes.check_change(key_of(write.target), write.assign or {})


def _fail(error: ClientError) -> NoReturn:
    if error.response["Error"]["Code"] in TRANSIENT:
        raise Overloaded from error
    raise error
