"""A harsher DynamoDB: a proxy before an engine that does what the real one does and no local one shows.

Eventually consistent reads and all reads of a global index may show the tables as they were a while
ago; transactions and single writes meet a TransactionConflict; calls are throttled. Chance is
seeded, so that a failing run can be repeated.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
"""

import contextlib
import json
import random
import zlib
from collections import Counter, deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web


READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan"})
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})


@dataclass(frozen=True, slots=True)
class Rates:
    """How often a call meets what, from 0 to 1."""

    stale: float = 0.2
    conflict: float = 0.05
    throttled: float = 0.05


@dataclass(slots=True)
class Harsh:
    """The proxy; `met` counts what it did to callers."""

    engine: str
    seed: int
    rates: Rates = Rates()
    lag: int = 8
    """A stale read may show an answer as it was up to so many calls of the same kind ago."""
    met: Counter[str] = field(default_factory=Counter)
    url: str = ""
    _old: dict[bytes, deque[bytes]] = field(default_factory=dict)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Serve on loopback; gives the address."""
        chance = random.Random(self.seed)
        async with aiohttp.ClientSession(auto_decompress=False) as session:

            async def handle(request: web.Request) -> web.Response:
                return await self._handle(request, session, chance)

            app = web.Application(client_max_size=32 * 1024 * 1024)
            app.router.add_route("*", "/", handle)
            runner = web.AppRunner(app)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            (address,) = runner.addresses
            self.url = f"http://127.0.0.1:{address[1]}"
            try:
                yield self.url
            finally:
                await runner.cleanup()

    async def _handle(
        self, request: web.Request, session: aiohttp.ClientSession, chance: random.Random
    ) -> web.Response:
        operation = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
        body = await request.read()
        trouble = self._trouble(operation, body, chance)
        if trouble is not None:
            return trouble
        headers = {
            name: value
            for name, value in request.headers.items()
            if name.lower() not in {"host", "content-length", "accept-encoding"}
        }
        async with session.post(f"{self.engine}/", data=body, headers=headers) as answer:
            content, status = await answer.read(), answer.status
        if status == 200 and operation in READS and _may_be_stale(operation, body):
            content = self._aged(body, content, chance)
        return _answer(content, status)

    def _trouble(self, operation: str, body: bytes, chance: random.Random) -> web.Response | None:
        if operation not in READS | WRITES:
            return None
        if chance.random() < self.rates.throttled:
            return self._refuse("ProvisionedThroughputExceededException", "slow down")
        if operation not in WRITES - {"BatchWriteItem"} or chance.random() >= self.rates.conflict:
            return None
        if operation != "TransactWriteItems":
            return self._refuse("TransactionConflictException", "a transaction is under way")
        count = len(json.loads(body)["TransactItems"])
        reasons = [{"Code": "None"} for _ in range(count)]
        reasons[chance.randrange(count)] = {
            "Code": "TransactionConflict",
            "Message": "Transaction is ongoing for the item",
        }
        return self._refuse(
            "TransactionCanceledException", "Transaction cancelled", CancellationReasons=reasons
        )

    def _refuse(self, error: str, message: str, **more: Any) -> web.Response:
        self.met[error] += 1
        kind = f"com.amazonaws.dynamodb.v20120810#{error}"
        return _answer(json.dumps({"__type": kind, "message": message, **more}).encode(), 400)

    def _aged(self, body: bytes, content: bytes, chance: random.Random) -> bytes:
        """This answer, or an earlier one to the same question."""
        seen = self._old.setdefault(body, deque(maxlen=self.lag))
        seen.append(content)
        if chance.random() < self.rates.stale:
            old = chance.choice(seen)
            self.met["stale"] += old != content
            return old
        return content


def _may_be_stale(operation: str, body: bytes) -> bool:
    asked = json.loads(body)
    if operation == "BatchGetItem":
        return not any(table.get("ConsistentRead") for table in asked["RequestItems"].values())
    return not asked.get("ConsistentRead")


def _answer(content: bytes, status: int) -> web.Response:
    return web.Response(
        body=content,
        status=status,
        headers={
            "content-type": "application/x-amz-json-1.0",
            "x-amz-crc32": str(zlib.crc32(content)),
        },
    )
