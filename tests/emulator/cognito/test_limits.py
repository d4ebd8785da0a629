"""Memory that strangers can fill is bounded; counts are forgotten in time."""

import pytest

from emulator.clock import Entropy
from emulator.cognito import ghosts as ghosts_module, lockout as lockout_module, sessions
from emulator.cognito.errors import ExpiredCode, NotAuthorized
from emulator.cognito.ghosts import Ghosts
from emulator.cognito.lockout import Lockout
from emulator.cognito.sessions import Challenge, Sessions
from tests.emulator.cognito.fakes import FakeClock
from tests.emulator.cognito.stacks import NAMES


async def wrong() -> bool:
    return False


async def right() -> bool:
    return True


async def test_quiet_time_resets_the_lockout() -> None:
    """After fifteen minutes without a failure five are free again."""
    clock = FakeClock()
    lockout = Lockout(clock)
    for _ in range(2):
        for _ in range(5):
            with pytest.raises(NotAuthorized, match="Incorrect"):
                await lockout.prove("p", "ada", wrong)
        with pytest.raises(NotAuthorized, match="exceeded"):
            await lockout.prove("p", "ada", right)
        clock.advance(901)


async def test_the_wait_has_an_end() -> None:
    """About fifteen minutes at most, however often somebody fails."""
    clock = FakeClock()
    lockout = Lockout(clock)
    for _ in range(40):
        with pytest.raises(NotAuthorized, match="Incorrect"):
            await lockout.prove("p", "ada", wrong)
        clock.advance(900)
    await lockout.prove("p", "ada", right)


async def test_the_oldest_give_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of names, challenges and pretended codes."""
    clock = FakeClock()
    monkeypatch.setattr(lockout_module, "MAX_NAMES", 2)
    lockout = Lockout(clock)
    for name in ("a", "b", "c"):
        with pytest.raises(NotAuthorized):
            await lockout.prove("p", name, wrong)
    assert list(lockout._records) == [("p", "b"), ("p", "c")]
    monkeypatch.setattr(sessions, "MAX_OPEN", 2)
    open_ = Sessions(clock, Entropy())
    for name in ("a", "b", "c"):
        open_.keep(name, Challenge("p", "c", name), 60)
    assert open_.peek("b", Challenge).sub == "b"
    with pytest.raises(NotAuthorized, match="Invalid session for the user"):
        open_.peek("a", Challenge)
    monkeypatch.setattr(ghosts_module, "MAX_REQUESTS", 2)
    ghosts = Ghosts(b"secret")
    for name in ("a", "b", "c"):
        ghosts.code_requested(NAMES, name)
    assert isinstance(ghosts.guess(NAMES, "a"), ExpiredCode)
    assert ghosts.haunts(NAMES, "b")
