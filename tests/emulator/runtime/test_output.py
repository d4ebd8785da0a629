"""How a runtime's output is cut into log events."""

import pytest
from hypothesis import given, strategies as st

from emulator.runtime.output import MAX_EVENT, Frames, Lines, Record


def frame(message: bytes, level: int = 3, at: int = 1_700_000_000_123_456) -> bytes:
    """A frame as awslambdaric writes it."""
    kind = bytes([0xA5, 0x5A, 0x00, level << 2 | 3])
    return kind + len(message).to_bytes(4, "big") + at.to_bytes(8, "big") + message


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=5)), st.data())
def test_lines_are_the_same_however_they_arrive(words: list[str], data: st.DataObject) -> None:
    """Each line is an event, wherever the pipe happened to cut the bytes."""
    text = "\n".join(words)
    sent = text.encode()
    lines = Lines()
    found: list[str] = []
    while sent:
        size = data.draw(st.integers(1, len(sent)))
        found += lines.feed(sent[:size])
        sent = sent[size:]
    found += lines.finish()
    assert "".join(found) == text
    assert all("\n" not in line[:-1] for line in found)
    assert lines.finish() == []


@pytest.mark.parametrize("newline", [b"\n", b""])
def test_a_long_line_is_several_events(newline: bytes) -> None:
    """None is larger than CloudWatch takes, none parts a character, nothing is kept back."""
    line = "\N{EURO SIGN}".encode() * (MAX_EVENT * 2 // 3 + 1) + newline
    lines = Lines()
    found = [
        text
        for start in range(0, len(line), 65_536)
        for text in lines.feed(line[start : start + 65_536])
    ]
    assert len(found) >= 2
    found += lines.finish()
    assert "".join(found).encode() == line
    assert max(len(text.encode()) for text in found) <= MAX_EVENT


def test_what_was_left_out_leaves_no_half_lines() -> None:
    """After a gap the log goes on with the next whole line."""
    lines = Lines()
    assert lines.feed(b"one\ntw") == ["one\n"]
    lines.tear()
    assert lines.feed(b"rest of another") == []
    assert lines.feed(b", and its end\nnext\n") == ["next\n"]


@given(st.lists(st.text(max_size=20).filter(bool)), st.data())
def test_frames_are_the_same_however_they_arrive(texts: list[str], data: st.DataObject) -> None:
    """A record is an event with all its lines, its level and its own time."""
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    sent = b"".join(frame(text.encode(), level=5) for text in texts)
    frames = Frames()
    found: list[Record] = []
    while sent:
        size = data.draw(st.integers(1, len(sent)))
        found += frames.feed(sent[:size])
        sent = sent[size:]
    assert found == [Record(5, 1_700_000_000_123, text) for text in texts]


def test_a_huge_record_is_several_events() -> None:
    """It is handed out while it comes, so that it never lies in memory as a whole."""
    message = "\N{EURO SIGN}".encode() * MAX_EVENT
    frames = Frames()
    sent = frame(message) + frame(b"next")
    found = [
        record
        for start in range(0, len(sent), 65_536)
        for record in frames.feed(sent[start : start + 65_536])
    ]
    assert "".join(record.message for record in found[:-1]).encode() == message
    assert max(len(record.message.encode()) for record in found) <= MAX_EVENT
    assert found[-1].message == "next"


@pytest.mark.parametrize("rubbish", [b"x", b"hello, I am a print" * 5, b"\xa5\x5a", b"\x00" * 16])
def test_rubbish_between_frames_is_passed_over(rubbish: bytes) -> None:
    """A function that writes to the descriptor itself costs no other record."""
    frames = Frames()
    found = frames.feed(frame(b"one") + rubbish + frame(b"two") + frame(b""))
    assert [record.message for record in found] == ["one", "two"]
    assert [record.message for record in frames.feed(frame(b"three"))] == ["three"]
