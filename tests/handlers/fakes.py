"""What tests put in the place of time, chance, tokens and sockets."""

import asyncio
import json
import random
from collections import defaultdict
from typing import Any

from chat import ids
from chat.claims import Claims
from chat.objects import Content, PostForm
from chat.sockets import Gone, Unreachable
from chat.tokens import Unacceptable


START = 1_800_000_000_000  # 2027-01-15


class FakeClock:
    """A clock that stands still until told otherwise, or runs with a fixed skew."""

    def __init__(self, ms: int = START, seed: int = 0) -> None:
        self.ms = ms
        self.pauses = 0
        self._random = random.Random(seed)

    def now(self) -> int:
        return self.ms

    def tail(self) -> str:
        return "".join(self._random.choices(ids.ALPHABET, k=ids.TAIL))

    async def pause(self, attempt: int) -> None:
        self.pauses += 1
        await asyncio.sleep(self._random.uniform(0, 0.002 * attempt))


class FakeVerifier:
    """Accepts tokens of the form `uid:exp`, or `uid:exp:admin`."""

    def verify(self, token: str) -> Claims:
        uid, _, rest = token.partition(":")
        exp, _, admin = rest.partition(":")
        if not exp.isdecimal():
            raise Unacceptable
        return Claims(uid=uid, exp=int(exp), admin=admin == "admin")


class FakeObjects:
    """Remembers what was signed, and what is there; `broken` makes every removal fail."""

    def __init__(self) -> None:
        self.forms: dict[str, Content] = {}
        self.there: set[str] = set()
        self.copies = 0
        self.broken = False

    def arrive(self) -> None:
        """Browsers have uploaded all that they were let upload."""
        self.there |= self.forms.keys()

    async def form(self, key: str, content: Content) -> PostForm:
        self.forms[key] = content
        return PostForm("http://objects.test/bucket", {"key": key})

    async def url(self, key: str, name: str) -> str:
        return f"http://objects.test/{key}?as={name}"

    async def copy(self, source: str, target: str) -> bool:
        self.copies += 1
        if source not in self.there:
            return False
        self.there.add(target)
        return True

    async def delete(self, key: str) -> None:
        if self.broken:
            raise OSError("the store is away")
        self.there.discard(key)


class FakeSockets:
    """Remembers what was posted; some sockets may be closed or slow."""

    def __init__(self) -> None:
        self.posted: dict[str, list[bytes]] = defaultdict(list)
        self.order: list[str] = []
        self.gone: set[str] = set()
        self.unreachable: set[str] = set()
        self.closed: list[str] = []

    async def post(self, connection: str, frame: bytes) -> None:
        if connection in self.gone:
            raise Gone
        if connection in self.unreachable:
            raise Unreachable("test")
        self.posted[connection].append(frame)
        self.order.append(connection)

    async def close(self, connection: str) -> None:
        if connection in self.gone:
            raise Gone
        self.gone.add(connection)
        self.closed.append(connection)

    def take(self, connection: str) -> list[dict[str, Any]]:
        """What this socket got since it was last asked."""
        return [json.loads(frame) for frame in self.posted.pop(connection, [])]
