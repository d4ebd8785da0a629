"""Telling many at once: how many posts are under way, and who counts as reached."""

import asyncio

from chat import fanout
from chat.fanout import AT_ONCE, Told
from chat.pushes import Push

from tests.handlers.fakes import FakeSockets
from tests.handlers.world import World


SOCKETS = 2 * AT_ONCE + 5


class SlowSockets(FakeSockets):
    """Each post takes a while; counts how many are under way."""

    def __init__(self) -> None:
        super().__init__()
        self.under_way = self.most = 0

    async def post(self, connection: str, frame: bytes) -> None:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        await super().post(connection, frame)


async def test_a_hundred_posts_are_not_made_at_once(world: World) -> None:
    """So many at a time, to each the frames in order; who is not reached is counted."""
    for number in range(SOCKETS):
        await world.person("ada", connection=f"ada-{number}", hello=False)
    sockets = SlowSockets()
    sockets.unreachable = {"ada-3", "ada-40"}
    told = await fanout.deliver(world.chat, sockets, [Push([b"1", b"2"]), Push([b"3"])])
    assert told == Told(SOCKETS, lost=2)
    assert sockets.most == AT_ONCE
    assert len(sockets.posted) == SOCKETS - 2
    assert all(frames == [b"1", b"2", b"3"] for frames in sockets.posted.values())
