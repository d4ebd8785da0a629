"""Live connections: the order of messages, the bounded queue, and closing."""

import asyncio

import pytest

from emulator.gateway.connections import (
    IDLE,
    LIFETIME,
    MAX_WAITING,
    Connection,
    Connections,
    GoneError,
    LimitExceededError,
)
from emulator.gateway.protocol import CLOSE_WITHIN
from emulator.gateway.selection import compile_expression
from emulator.gateway.session import Closed, Session, Upgraded
from tests.emulator.gateway.apis import api, stamp, upgrade
from tests.fakes import START, FakeClock, RecordingSocket


def connection(socket: RecordingSocket, clock: FakeClock | None = None) -> Connection:
    """An open connection."""
    of = api()
    session = Session(upgrade(of), of.routes, compile_expression("$request.body.action"))
    session.handle(Upgraded(stamp()))
    return Connection(session, socket, socket, clock or FakeClock())


async def settle() -> None:
    """Let what was set going come to its turn."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_posting_moves_the_time_of_activity() -> None:
    """A message out counts as activity."""
    clock = FakeClock()
    made = connection(RecordingSocket(), clock)
    clock.advance(2.5)
    made.post("x")
    assert made.last_active_ms == int((START + 2.5) * 1000)
    await settle()


async def test_what_waits_is_bounded() -> None:
    """A client that does not read costs a bounded amount of memory, and is then cut off."""
    socket = RecordingSocket()
    made = connection(socket)
    socket.waiting = MAX_WAITING - 1
    made.post("x")
    with pytest.raises(LimitExceededError) as caught:
        made.post("xy")
    assert (caught.value.status, caught.value.code) == (429, "LimitExceededException")
    assert not made.open
    for _ in range(100):
        made.post("x")
        made.close(1000, "")
    await settle()
    assert socket.texts == ["x"]
    assert socket.sent[1:] == [{"type": "websocket.close", "code": 1008, "reason": ""}]


async def test_closing_comes_after_what_was_posted() -> None:
    """Messages before the close are delivered; after it the connection is gone for callers."""
    socket = RecordingSocket()
    made = connection(socket)
    made.post("a")
    made.close(1000, "bye")
    assert not made.open
    made.post("b")
    made.close(1001, "again")
    await settle()
    assert socket.sent == [
        {"type": "websocket.send", "text": "a"},
        {"type": "websocket.close", "code": 1000, "reason": "bye"},
    ]


@pytest.mark.parametrize("error", [OSError("gone"), RuntimeError("closed")])
async def test_a_socket_that_went_away(error: Exception) -> None:
    """Closing a lost socket is no error here; its receiving side reports the loss."""
    socket = RecordingSocket()
    socket.error = error
    made = connection(socket)
    made.close(1000, "")
    await settle()
    assert socket.sent == []
    assert not made.open


async def test_finding() -> None:
    """Only an open connection of the very API and stage is found."""
    all_of_them = Connections()
    made = connection(RecordingSocket())
    connection_id = made.session.upgrade.connection_id
    all_of_them.add(made)
    assert all_of_them.find("abcd1234ef", "prod", connection_id) is made
    for wrong in (("other", "prod"), ("abcd1234ef", "dev")):
        with pytest.raises(GoneError):
            all_of_them.find(*wrong, connection_id)
    with pytest.raises(GoneError):
        all_of_them.find("abcd1234ef", "prod", "unknown")
    made.session.handle(Closed(1000, "", stamp()))
    with pytest.raises(GoneError):
        all_of_them.find("abcd1234ef", "prod", connection_id)


async def test_a_pending_connection_is_not_found() -> None:
    """Before the upgrade is answered nothing can be posted, and after removal neither."""
    of = api()
    session = Session(upgrade(of), of.routes, compile_expression("x"))
    pending = Connection(session, socket := RecordingSocket(), socket, FakeClock())
    all_of_them = Connections()
    all_of_them.add(pending)
    for _ in range(2):
        with pytest.raises(GoneError) as caught:
            all_of_them.find("abcd1234ef", "prod", session.upgrade.connection_id)
        assert (caught.value.status, caught.value.code) == (410, "GoneException")
        all_of_them.remove(pending)


async def test_an_idle_connection_is_closed_after_ten_minutes() -> None:
    """Any message begins them anew; nothing is left to call back afterwards."""
    clock, socket = FakeClock(), RecordingSocket()
    made = connection(socket, clock)
    made.watch()
    clock.advance(IDLE - 1)
    made.touch()
    clock.advance(IDLE - 1)
    await settle()
    assert socket.sent == []
    clock.advance(2)
    await settle()
    assert socket.sent == [{"type": "websocket.close", "code": 1001, "reason": "Going away"}]
    assert clock.timers == []


async def test_no_connection_lives_longer_than_two_hours() -> None:
    """However busy it is."""
    clock, socket = FakeClock(), RecordingSocket()
    made = connection(socket, clock)
    made.watch()
    for _ in range(int(LIFETIME) // 100):
        assert made.open
        made.touch()
        clock.advance(100)
    assert not made.open
    await settle()
    assert socket.sent[-1]["code"] == 1001


async def test_durations_are_scaled() -> None:
    """`--time-scale 60` makes ten minutes ten seconds; what it says of times stays as it is."""
    clock, socket = FakeClock(scale=60), RecordingSocket()
    made = connection(socket, clock)
    made.watch()
    clock.advance(9)
    await settle()
    assert socket.sent == []
    assert made.last_active_ms == int(START * 1000)
    clock.advance(2)
    await settle()
    assert socket.sent[-1]["code"] == 1001


async def test_a_connection_that_ended_is_not_watched() -> None:
    """Its timer goes with it."""
    clock, socket = FakeClock(), RecordingSocket()
    made = connection(socket, clock)
    made.watch()
    Connections().remove(made)
    clock.advance(LIFETIME)
    await settle()
    assert socket.sent == []


async def test_a_close_that_cannot_be_sent_ends_the_connection() -> None:
    """The socket is asked to end it within bounds, whatever waits in front of the close frame."""
    socket = RecordingSocket()
    made = connection(socket)
    made.close(1000, "")
    assert socket.aborted == [CLOSE_WITHIN]
    await settle()
