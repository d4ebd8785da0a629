"""Lists cut by bytes."""

from chat import frames
from chat.protocol import codec
from hypothesis import given, strategies as st


ITEMS = st.lists(st.text(max_size=40), max_size=60)
FRAME = 300
OVERHEAD = 60


def size(items: list[str]) -> int:
    return len(codec.encode({"items": items})) + OVERHEAD - len('{"items":[]}')


@given(ITEMS)
def test_runs_fit_and_lose_nothing(items: list[str]) -> None:
    """Joined they are the list again; each fits, unless it is one item that fits nowhere."""
    runs = frames.split(items, OVERHEAD, FRAME)
    assert [item for run in runs for item in run] == items
    assert all(size(run) <= FRAME or len(run) == 1 for run in runs)


@given(ITEMS)
def test_a_page_is_the_longest_prefix_that_fits(items: list[str]) -> None:
    """One more would be too many (but for the comma that is counted with the last)."""
    page = frames.fit(items, OVERHEAD, FRAME)
    assert page == items[: len(page)]
    assert not page or size(page) <= FRAME
    if len(page) < len(items):
        assert size(items[: len(page) + 1]) >= FRAME


def test_nothing_makes_no_frame() -> None:
    """An empty list needs no push."""
    assert frames.split([], OVERHEAD) == []
