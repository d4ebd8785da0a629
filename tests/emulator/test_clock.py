"""Time and identifiers."""

import re
import time
from collections.abc import Callable

from emulator.clock import Clock, Entropy


def test_durations_scale_and_timestamps_do_not() -> None:
    """`--time-scale 60` makes a minute a second; the wall clock stays what it is."""
    clock = Clock(60)
    assert clock.duration(60) == 1
    assert abs(clock.now() - time.time()) < 1
    assert abs(clock.now_ms() - time.time() * 1000) < 1000
    assert clock.monotonic() <= clock.monotonic()


def test_identifiers_have_aws_s_forms() -> None:
    """Gateway ids, UUIDs and codes have the right form and do not repeat."""
    entropy = Entropy()
    forms: dict[Callable[[], str], str] = {
        entropy.gateway_id: r"[A-Za-z0-9_-]{15}=",
        entropy.uuid: r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
        lambda: entropy.digits(6): r"\d{6}",
        lambda: entropy.bytes(9).hex(): r"[0-9a-f]{18}",
    }
    for make, form in forms.items():
        made = [make() for _ in range(50)]
        assert all(re.fullmatch(form, each) for each in made)
        assert len(set(made)) > 40
