"""The body of an upload whose checksum comes after it: what SDKs send over TLS (pure).

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
"""

from emulator.objects.errors import incomplete_body


_LONGEST_LINE = 1024


class Chunks:
    """Takes the chunks apart as they come; afterwards `trailer` has what stood behind them."""

    def __init__(self) -> None:
        self.trailer: dict[str, str] = {}
        self._buffer = b""
        self._left = 0
        """Bytes of the chunk, and of the line's end behind it, that have not come yet."""
        self._last = False

    def feed(self, data: bytes) -> bytes:
        """The content in the next piece of the body."""
        content = bytearray()
        self._buffer += data
        while self._buffer:
            if self._left:
                content += self._take()
                continue
            line, end, rest = self._buffer.partition(b"\r\n")
            if not end:
                if len(line) > _LONGEST_LINE:
                    raise incomplete_body()
                break
            self._buffer = rest
            self._read(line)
        return bytes(content)

    def end(self) -> None:
        """The body has ended; raises `S3Error` if the chunks have not."""
        if not self._last or self._left:
            raise incomplete_body()

    def _take(self) -> bytes:
        piece, self._buffer = self._buffer[: self._left], self._buffer[self._left :]
        self._left -= len(piece)
        # The last two bytes are the line's end.
        ends = max(0, min(len(piece), 2 - self._left))
        if piece[len(piece) - ends :] != b"\r\n"[2 - self._left - ends : 2 - self._left]:
            raise incomplete_body()
        return piece[: len(piece) - ends]

    def _read(self, line: bytes) -> None:
        if self._last:
            name, _, value = line.decode("latin-1").partition(":")
            if name:
                self.trailer[name.strip().lower()] = value.strip()
            return
        try:
            size = int(line.partition(b";")[0], 16)
        except ValueError:
            size = -1
        if size < 0:
            raise incomplete_body()
        self._last = size == 0
        self._left = size + 2 if size else 0
