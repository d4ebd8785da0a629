"""What each action costs, as docs/protocol.md has it: counted where it is spent."""

from typing import Any

import pytest

from tests.handlers.scene import scene_of, with_files
from tests.handlers.test_actions import TABLE
from tests.handlers.world import World
from tests.support.costs import COSTS, Cost


pytestmark = pytest.mark.process

READS = frozenset({"GetItem", "BatchGetItem", "Query"})


class Meter:
    """Counts what a database client asks for, and the capacity units that it is told."""

    def __init__(self, client: Any) -> None:
        self.requests = 0
        self.units = {"read": 0.0, "write": 0.0}
        client.meta.events.register("provide-client-params.dynamodb", self._ask)
        client.meta.events.register("after-call.dynamodb", self._count)

    def reset(self) -> None:
        """Begin anew."""
        self.requests, self.units = 0, {"read": 0.0, "write": 0.0}

    def _ask(self, params: dict[str, Any], **_: Any) -> dict[str, Any]:
        return params | {"ReturnConsumedCapacity": "TOTAL"}

    def _count(self, model: Any, parsed: dict[str, Any], **_: Any) -> None:
        self.requests += 1
        consumed = parsed.get("ConsumedCapacity", [])
        kind = "read" if model.name in READS else "write"
        for each in consumed if isinstance(consumed, list) else [consumed]:
            self.units[kind] += each["CapacityUnits"]


async def cost_of(world: World, action: str) -> Cost:
    """What the action's first row of the table costs in an environment that is warm.

    In a room of two, both online among six people; figures of a larger lab grow with what is read.
    """
    scene = await with_files(await scene_of(world))
    fields, rows = TABLE[action]
    who, changes = next(((who, changes) for who, changes, e in rows if e is None), ("bob", {}))
    for person in scene.people.values():
        await person.ask("ping")
    await scene.people["ada"].send(scene.names["rid"], "so that the members are remembered")
    for person in scene.people.values():
        person.take(presence=True)
    meter = Meter(world.client)
    world.sockets.order.clear()
    await scene.people[who].ask_many(action, **scene.fill(fields | changes))
    return Cost(meter.requests, meter.units["read"], meter.units["write"], len(world.sockets.order))


def test_every_action_has_its_cost() -> None:
    """None is left out."""
    assert COSTS.keys() == TABLE.keys()


@pytest.mark.parametrize("action", sorted(TABLE))
async def test_costs(world: World, action: str) -> None:
    """Requests, units and posts are those of the table."""
    assert await cost_of(world, action) == COSTS[action]
