"""What a stage leaves in CloudWatch."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from emulator.gateway import events
from emulator.gateway.exchange import Call, Exchange
from emulator.gateway.monitoring import GATHERED_FOR, TRACE_LIMIT, Monitor
from emulator.telemetry.datum import Datum, Dimensions, Statistics
from emulator.template.model import Backend, RouteSettings, Stage
from tests.emulator.gateway.apis import api, route, stamp, upgrade
from tests.fakes import FakeClock, FakeEntropy


class Lines:
    """A log stream in memory."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def append(self, events: Sequence[tuple[int, str]]) -> None:
        self.lines += [message for _, message in events]


class Kept:
    """CloudWatch in memory."""

    def __init__(self) -> None:
        self.groups: defaultdict[str, Lines] = defaultdict(Lines)
        self.data: dict[tuple[str, Dimensions], Statistics] = {}

    def open_log(self, group: str, stream: str) -> Lines:
        return self.groups[group]

    def put(self, datum: Datum) -> None:
        self.data[datum.metric.name, datum.metric.dimensions] = datum.values


API = api(route("$connect", "f"), route("x", "f"))

EXECUTION = "/aws/apigateway/abcd1234ef/prod"


def monitor(kept: Kept, of: Any = API, **settings: Any) -> Monitor:
    """A stage whose routes all have these settings."""
    stage = Stage("prod", default=RouteSettings(**settings))
    return Monitor(of, stage, kept, FakeClock(), FakeEntropy())


def ended(key: str = "x", status: int = 200, fault: str = "", **more: Any) -> Exchange:
    """A MESSAGE that came to something."""
    context = events.request_context(upgrade(API), stamp(), key, "MESSAGE")
    return Exchange(context, status, fault, **more)


@pytest.mark.parametrize(
    ("level", "fine", "faulty"), [("OFF", 0, 0), ("ERROR", 0, 4), ("INFO", 4, 4)]
)
async def test_levels_of_execution_logs(level: str, fine: int, faulty: int) -> None:
    """ERROR shows what went wrong, INFO everything."""
    kept = Kept()
    observed = monitor(kept, logging_level=level)
    observed.ended(ended(integration=Call(1, 200)))
    assert len(kept.groups[EXECUTION].lines) == fine
    kept.groups[EXECUTION].lines.clear()
    observed.ended(ended(status=403, fault="Forbidden"))
    assert len(kept.groups[EXECUTION].lines) == faulty


@pytest.mark.parametrize("traced", [True, False])
async def test_bodies_are_shown_if_asked_for(traced: bool) -> None:
    """Cut where AWS cuts them, and on one line."""
    kept = Kept()
    observed = monitor(kept, logging_level="INFO", data_trace=traced)
    observed.ended(ended(integration=Call(1, 200, answer="fine\nthanks"), body="é" * TRACE_LIMIT))
    text = "".join(kept.groups[EXECUTION].lines)
    assert ("fine\\nthanks" in text) == traced
    assert text.count("é") == (TRACE_LIMIT // 2 if traced else 0)


async def test_values_are_added_up() -> None:
    """Handed on a little later, and not once more."""
    kept = Kept()
    observed = monitor(kept)
    for _ in range(3):
        observed.sent()
    assert kept.data == {}
    await asyncio.sleep(GATHERED_FOR * 3)
    api_id, stage = ("ApiId", "abcd1234ef"), ("Stage", "prod")
    three = Statistics(3, 3, 1, 1)
    assert kept.data == {
        ("MessageCount", (api_id,)): three,
        ("MessageCount", (api_id, stage)): three,
    }
    kept.data.clear()
    observed.hand_on()
    assert kept.data == {}


@pytest.mark.parametrize(("kind", "measured"), [("MOCK", False), ("HTTP", True)])
async def test_latency(kind: str, measured: bool) -> None:
    """A mock integration has none."""
    kept = Kept()
    served = replace(
        api(route("x", "integrations/x")), backends={"integrations/x": Backend(kind, "")}
    )
    observed = monitor(kept, served)
    observed.ended(ended(integration=Call(7, 200)))
    observed.hand_on()
    assert any(name == "IntegrationLatency" for name, _ in kept.data) == measured
