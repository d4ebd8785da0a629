"""All that can go wrong around the product goes wrong at once, and the chat is as if nothing had."""

import pytest

from tests.support.chaos import Plan, chaos
from tests.support.server import Server


pytestmark = [pytest.mark.process, pytest.mark.timeout(400)]

PLAN = Plan(people=12, rooms=4, members=6, sends=500, kills=4)


async def test_everybody_has_everything_once_and_in_order(own_server: Server) -> None:
    """Replies and pushes lost, messages doubled and overtaken, sockets cut, functions killed, reads
    stale, transactions in conflict, throttling: every message that was written is stored once and
    at each member once, in order, and nobody else has any."""
    await chaos(own_server, PLAN)
