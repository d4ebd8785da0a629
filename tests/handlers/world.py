"""A chat with people in it, without Lambda and without API Gateway."""

import itertools
import json
from typing import TYPE_CHECKING, Any

from chat import connections, ids, service
from chat.attributes import to_wire
from chat.claims import Claims
from chat.context import Chat, FileRules
from chat.table import Table

from tests.handlers.fakes import START, FakeClock, FakeObjects, FakeSockets, FakeVerifier


if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

Json = dict[str, Any]
EXP = START // 1000 + 3600

_numbers = itertools.count()


def ulid() -> str:
    """An id that no other test has."""
    return ids.encode_time(next(_numbers)) + "0" * 16


class World:
    """The tables, the sockets, and as many hosts (each a Chat with its clock) as a test wants."""

    def __init__(self, client: "DynamoDBClient", chat_table: str, connection_table: str) -> None:
        self.client = client
        self.chat_table = chat_table
        self.table = Table(client, chat_table)
        self.connections = Table(client, connection_table)
        self.sockets = FakeSockets()
        self.objects = FakeObjects()
        self.clock = FakeClock()
        self.chat = self.host(self.clock)

    def host(self, clock: FakeClock, site: str = "A") -> Chat:
        """Another execution environment, with a clock and a memory of its own."""
        return Chat(
            table=self.table,
            connections=self.connections,
            objects=self.objects,
            clock=clock,
            verifier=FakeVerifier(),
            site=site,
            retention_days=365,
            messages_per_minute=10_000,
            files=FileRules(size=1000, types=("image/png", "text/plain")),
        )

    async def plant(self, item: Json) -> None:
        """Put an item into the table past all checks, as somebody else's program would."""
        await self.client.put_item(TableName=self.chat_table, Item=to_wire(item))

    async def person(
        self, uid: str, *, connection: str = "", hello: bool = True, admin: bool = False
    ) -> "Person":
        """Somebody with an open socket, who has said hello."""
        person = Person(self, uid, connection or f"{uid}-1")
        claims = Claims(uid=uid, exp=EXP, admin=admin)
        await connections.opened(self.connections, person.connection, claims, self.clock.now())
        if hello:
            assert (await person.ask("hello", name=uid.title()))["ok"]
            person.take()
        return person


class Person:
    """A client on one socket."""

    def __init__(self, world: World, uid: str, connection: str) -> None:
        self.world = world
        self.uid = uid
        self.connection = connection
        self.exp = EXP

    async def ask(self, action: str, *, host: Chat | None = None, **fields: Any) -> Json:
        """The one reply to a request."""
        replies = await self.ask_many(action, host=host, **fields)
        assert len(replies) == 1
        return replies[0]

    async def ask_many(self, action: str, *, host: Chat | None = None, **fields: Any) -> list[Json]:
        """All replies to a request; pushes stay on the socket."""
        r = f"r{next(_numbers)}"
        await self.frame(json.dumps({"action": action, "r": r, **fields}), host=host)
        mine: list[bytes] = []
        others: list[bytes] = []
        for frame in self.world.sockets.posted.pop(self.connection, []):
            (mine if json.loads(frame).get("r") == r else others).append(frame)
        self.world.sockets.posted[self.connection] = others
        return [json.loads(frame) for frame in mine]

    async def frame(self, body: str, *, host: Chat | None = None) -> None:
        """A frame as it is."""
        event = {
            "requestContext": {
                "authorizer": {"principalId": self.uid, "uid": self.uid, "exp": str(self.exp)},
                "connectionId": self.connection,
            },
            "body": body,
        }
        await service.serve(host or self.world.chat, self.world.sockets, event)

    async def upload(self, rid: str, name: str = "a.txt", **fields: Any) -> str:
        """Announce a file and upload it; its id."""
        asked = {"name": name, "size": 5, "type": "text/plain", **fields}
        reply = await self.ask("file.upload", rid=rid, **asked)
        self.world.objects.arrive()
        return str(reply["id"])

    async def send(self, rid: str, *bodies: str, host: Chat | None = None) -> list[Json]:
        """Send new messages; gives what was answered for each."""
        msgs = [{"id": ulid(), "body": body} for body in bodies]
        reply = await self.ask("send", host=host, rid=rid, msgs=msgs)
        results: list[Json] = reply["msgs"]
        return results

    def take(self, *, presence: bool = False) -> list[Json]:
        """What came since last time; who is online only when asked for."""
        came = self.world.sockets.take(self.connection)
        return [frame for frame in came if presence or frame.get("t") != "pres"]
