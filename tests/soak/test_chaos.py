"""Fifty people write ten thousand messages while everything goes wrong."""

import pytest

from tests.support.chaos import Plan, chaos
from tests.support.server import Server


PLAN = Plan(people=50, rooms=20, members=8, sends=10_000, kills=50)


@pytest.mark.soak
@pytest.mark.process
async def test_fifty_people_and_ten_thousand_messages(own_server: Server) -> None:
    """As in tests/flow/test_chaos.py."""
    await chaos(own_server, PLAN)
