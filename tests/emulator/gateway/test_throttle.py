"""Token buckets, of routes and of the account."""

import pytest

from emulator.gateway.throttle import Bucket, Throttle
from emulator.template.model import ACCOUNT_THROTTLING, RouteSettings, Stage, Throttling


AT = 1_700_000_000.0


def admitted(throttle: Throttle, key: str, count: int, at: float = AT) -> int:
    """How many of so many requests at one moment pass."""
    return sum(throttle.admits(key, at) for _ in range(count))


def test_a_burst_and_then_the_rate() -> None:
    """So many at once, then as many as the rate brings, never more than the burst."""
    bucket = Bucket(Throttling(rate=8, burst=3))
    assert [bucket.take(AT) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take(AT + 0.125), bucket.take(AT + 0.125)] == [True, False]
    assert [bucket.take(AT + 60) for _ in range(4)] == [True, True, True, False]


def test_a_clock_that_is_set_back() -> None:
    """It brings no tokens, and time goes on from there."""
    bucket = Bucket(Throttling(rate=1, burst=1))
    assert bucket.take(AT)
    assert not bucket.take(AT - 100)
    assert bucket.take(AT - 99)


@pytest.mark.parametrize("limits", [Throttling(0, 5), Throttling(5, 0)])
def test_nothing_at_all(limits: Throttling) -> None:
    """A burst of none lets nobody in; a rate of none never brings a token back."""
    bucket = Bucket(limits)
    passed = [bucket.take(AT + second) for second in range(20)]
    assert passed == [True] * limits.burst + [False] * (20 - limits.burst)


def test_each_route_has_its_own_bucket() -> None:
    """The stage's default holds for each route by itself; a route's own settings go before it."""
    stage = Stage(
        "prod",
        default=RouteSettings(Throttling(1, 2)),
        routes={"own": RouteSettings(Throttling(1, 5))},
    )
    throttle = Throttle(stage, Bucket(ACCOUNT_THROTTLING))
    assert [admitted(throttle, key, 9) for key in ("$connect", "a", "own")] == [2, 2, 5]


def test_the_account_s_limit_is_above_all() -> None:
    """Stages share it; a stage without settings of its own has no other."""
    account = Bucket(Throttling(rate=1, burst=4))
    first, second = (Throttle(Stage(name), account) for name in ("a", "b"))
    assert admitted(first, "$default", 3) == 3
    assert second.admits_call(AT)
    assert not second.admits_call(AT)
    assert admitted(second, "$default", 3) == 0
