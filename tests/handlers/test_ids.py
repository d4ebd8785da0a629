"""Ids and places."""

import re

import pytest
from chat import ids
from hypothesis import given, strategies as st


TIMES = st.integers(0, (1 << 48) - 1)
SITES = st.sampled_from("AL")
TAILS = st.text(ids.ALPHABET, min_size=5, max_size=5)


def test_a_known_time() -> None:
    """The example of the ULID specification."""
    assert ids.encode_time(1469918176385) == "01ARYZ6S41"
    assert ids.decode_time("01ARYZ6S41TSV4RRFFQ69G5FAV") == 1469918176385


@pytest.mark.parametrize("ms", [-1, 1 << 48])
def test_times_have_48_bits(ms: int) -> None:
    """What a ULID cannot hold is an error."""
    with pytest.raises(ValueError, match="out of range"):
        ids.encode_time(ms)


@given(TIMES)
def test_a_time_survives(ms: int) -> None:
    """Both directions agree."""
    assert ids.decode_time(ids.encode_time(ms)) == ms


@given(TIMES, TIMES, SITES, SITES, TAILS, TAILS)
def test_strings_sort_as_times(a: int, b: int, sa: str, sb: str, ta: str, tb: str) -> None:
    """rev and pos compare as their times do, whatever follows."""
    if a < b:
        assert ids.rev(a, sa) < ids.rev(b, sb)
        assert ids.pos(a, sa, ta) < ids.pos(b, sb, tb)


@given(TIMES, SITES, TAILS)
def test_what_is_made_matches_its_pattern(ms: int, site: str, tail: str) -> None:
    """The patterns of the protocol accept it, and nothing longer."""
    for pattern, text in (
        (ids.REV_PATTERN, ids.rev(ms, site)),
        (ids.POS_PATTERN, ids.pos(ms, site, tail)),
    ):
        assert re.search(pattern, text)
        assert not re.search(pattern, text + "\n")
        assert not re.search(pattern, text + "0")


@given(st.integers(0, 1 << 40), st.integers(0, 1 << 40), SITES)
def test_a_log_ascends_whatever_the_clock_says(now: int, before: int, site: str) -> None:
    """The next time is later than the head's, and the clock's if that is later."""
    head = ids.rev(before, site)
    after = ids.next_time(now, head)
    assert ids.rev(after, "A") > head
    assert after == max(now, before + 1)
    assert ids.next_time(now, "") == now
