"""How a runtime's output is cut into log events. Pure."""

from dataclasses import dataclass


MAX_EVENT = 1024 * 1024 - 26
"""Bytes of a log event's message: 1 MB less the 26 bytes that CloudWatch counts for each event.
Longer lines become several events.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html"""

_HEADER = 16
_MAGIC = b"\xa5\x5a\x00"


class Lines:
    """Standard output and standard error: each line is an event of its own."""

    def __init__(self) -> None:
        self._partial = b""
        self._torn = False

    def feed(self, data: bytes) -> list[str]:
        """The lines that `data` completes, each with its newline."""
        if self._torn:
            _, found, data = data.partition(b"\n")
            if not found:
                return []
            self._torn = False
        head, newline, rest = data.rpartition(b"\n")
        whole = (self._partial + head).split(b"\n") if newline else []
        self._partial = rest if newline else self._partial + rest
        lines = [_text(piece) for line in whole for piece in _pieces(line + b"\n")]
        if len(self._partial) > MAX_EVENT:
            *full, self._partial = _pieces(self._partial)
            lines += [_text(piece) for piece in full]
        return lines

    def finish(self) -> list[str]:
        """What stands there without a newline, if anything does."""
        partial, self._partial = self._partial, b""
        return [_text(partial)] if partial else []

    def tear(self) -> None:
        """Output has been left out: what is left of its first and last line is no line."""
        self._partial = b""
        self._torn = True


@dataclass(frozen=True, slots=True)
class Record:
    """What the runtime client logged in one piece, over several lines perhaps."""

    level: int
    """0 if not given; else 1 TRACE, 2 DEBUG, 3 INFO, 4 WARN, 5 ERROR, 6 FATAL."""
    timestamp: int
    """Milliseconds since the epoch."""
    message: str


class Frames:
    """What arrives on the file descriptor that `_LAMBDA_TELEMETRY_LOG_FD` names.

    Each frame: its type (0xa55a00, then six bits of level and two of format), the length of the
    message, the time in microseconds, all big-endian; then the message (awslambdaric, class
    FramedTelemetryLogSink).
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._level = 0
        self._timestamp = 0
        self._missing = 0
        """Bytes of the message that have not been handed out yet."""

    def feed(self, data: bytes) -> list[Record]:
        """The records that `data` completes."""
        self._buffer += data
        records = []
        while self._missing or self._header():
            if self._missing <= MAX_EVENT:
                end = self._missing
                if len(self._buffer) < end:
                    break
            else:
                if len(self._buffer) <= MAX_EVENT:
                    break
                end = _boundary(self._buffer, MAX_EVENT)
            records.append(Record(self._level, self._timestamp, _text(self._buffer[:end])))
            del self._buffer[:end]
            self._missing -= end
        return records

    def _header(self) -> bool:
        """Read the next frame's head, if all of it is there."""
        while len(self._buffer) >= _HEADER:
            if not self._buffer.startswith(_MAGIC):
                # A function has written to the descriptor itself: go on at the next frame.
                start = self._buffer.find(_MAGIC, 1)
                del self._buffer[: start if start > 0 else len(self._buffer) - len(_MAGIC) + 1]
                continue
            self._level = self._buffer[3] >> 2
            self._missing = int.from_bytes(self._buffer[4:8], "big")
            self._timestamp = int.from_bytes(self._buffer[8:16], "big") // 1000
            del self._buffer[:_HEADER]
            if self._missing:
                return True
        return False


def _pieces(line: bytes) -> list[bytes]:
    """A line in pieces that fit into an event, none of which parts a character."""
    pieces = []
    start = 0
    while len(line) - start > MAX_EVENT:
        end = _boundary(line, start + MAX_EVENT)
        pieces.append(line[start:end])
        start = end
    return [*pieces, line[start:]]


def _boundary(text: bytes | bytearray, end: int) -> int:
    """Where UTF-8 text can be cut: at `end`, or before the character that `end` lies in."""
    start = end
    while end > start - 3 and text[end] & 0xC0 == 0x80:
        end -= 1
    return end


def _text(line: bytes | bytearray) -> str:
    return line.decode("utf-8", "replace")
