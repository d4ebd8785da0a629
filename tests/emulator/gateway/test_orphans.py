"""Connections that a crash cut off still get their `$disconnect`."""

import json
from pathlib import Path
from typing import Any

import pytest

from emulator.gateway.events import Stamp
from emulator.gateway.orphans import Orphans
from emulator.gateway.session import Accept, Closed, Invoke, Returned, Session, Upgraded
from emulator.runtime.invoker import Result
from tests.emulator.gateway.apis import api, route, upgrade
from tests.fakes import START, FakeClock, FakeEntropy, FakeInvoker, failure


STAMP = Stamp(1, "request=")


def session(*keys: str) -> Session:
    routes = {key: route(key, key.strip("$")) for key in keys}
    return Session(upgrade(api(*routes.values())), routes, lambda message: None)


def play(orphans: Orphans, session: Session, *results: Result) -> None:
    """Carry a session's actions out as the gateway does, with these results of functions."""
    waiting = list(results)
    actions = session.handle(Upgraded(STAMP))
    while actions:
        action = actions.pop(0)
        if isinstance(action, Invoke):
            orphans.invoked(session, action, STAMP)
            if not waiting:
                return
            actions += session.handle(Returned(action, waiting.pop(0), 0, STAMP))
            orphans.returned(session, action)
        elif isinstance(action, Accept):
            orphans.opened(session, STAMP)


async def delivered(folder: Path, **functions: Any) -> list[dict[str, Any]]:
    """The events that the next start delivers."""
    invoker = FakeInvoker(**functions or {"disconnect": lambda event: {"statusCode": 200}})
    await Orphans(folder).deliver(invoker, FakeClock(), FakeEntropy())
    return invoker.of("disconnect")


def left(folder: Path) -> list[Path]:
    """What is still due."""
    return list(folder.iterdir())


OK = Result(b'{"statusCode": 200}')
ALL = ("$connect", "$disconnect")


@pytest.mark.parametrize(("keys", "results"), [(ALL, [OK]), (ALL, []), (("$disconnect",), [])])
async def test_a_crash_ends_in_disconnect(
    tmp_path: Path, keys: tuple[str, ...], results: list[Result]
) -> None:
    """Whoever was open, or whose `$connect` was running, is ended with 1006, once, as of now."""
    play(Orphans(tmp_path), session(*keys), *results)
    (event,) = await delivered(tmp_path)
    context = event["requestContext"]
    assert context["disconnectStatusCode"] == 1006
    assert context["eventType"] == "DISCONNECT"
    assert context["requestTimeEpoch"] == int(START * 1000)
    assert context["requestId"] != STAMP.request_id
    assert await delivered(tmp_path) == []


@pytest.mark.parametrize(
    ("keys", "result"), [(ALL, Result(b'{"statusCode": 403}')), (("$connect",), OK)]
)
async def test_nothing_is_due(tmp_path: Path, keys: tuple[str, ...], result: Result) -> None:
    """A refused connection, and one of an API without `$disconnect`, leave nothing behind."""
    play(Orphans(tmp_path), session(*keys), result)
    assert await delivered(tmp_path) == []


async def test_an_orderly_end_leaves_nothing(tmp_path: Path) -> None:
    """After its `$disconnect` has run, a connection is forgotten; not before."""
    orphans, one = Orphans(tmp_path), session(*ALL)
    play(orphans, one, OK)
    (action,) = one.handle(Closed(1000, "", STAMP))
    assert isinstance(action, Invoke)
    orphans.invoked(one, action, STAMP)
    assert left(tmp_path)
    orphans.returned(one, action)
    assert await delivered(tmp_path) == []


async def test_a_client_that_left_during_connect(tmp_path: Path) -> None:
    """The end of `$connect` forgets nothing while the `$disconnect` that it led to is running."""
    orphans, one = Orphans(tmp_path), session(*ALL)
    (connect,) = one.handle(Upgraded(STAMP))
    assert isinstance(connect, Invoke)
    orphans.invoked(one, connect, STAMP)
    one.handle(Closed(1006, "", STAMP))
    (disconnect,) = one.handle(Returned(connect, OK, 0, STAMP))
    assert isinstance(disconnect, Invoke)
    orphans.invoked(one, disconnect, STAMP)
    orphans.returned(one, connect)
    assert left(tmp_path)
    orphans.returned(one, disconnect)
    assert not left(tmp_path)


async def test_what_cannot_be_delivered_is_told_and_dropped(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A file that a power cut left half, and a function that fails, hold nobody up."""
    (tmp_path / "half=").write_text('{"function": "disc')
    (tmp_path / "whole=").write_text(
        json.dumps({"function": "disconnect", "event": {"requestContext": {}}})
    )
    await delivered(tmp_path, disconnect=lambda event: failure("no"))
    assert "half=" in caplog.text
    assert "disconnect failed" in caplog.text
    assert not left(tmp_path)
