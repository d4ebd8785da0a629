"""A WebSocket client that shows every byte and does whatever it is told."""

import asyncio
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from websockets.frames import Frame, Opcode


KEY = "DM+9PqsQtaZrN+IMZbWTzg=="


@dataclass(slots=True)
class Raw:
    """One TCP connection after its upgrade request."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    status: int
    headers: list[tuple[str, str]]
    """As the server spelled them."""
    body: bytes

    @classmethod
    async def upgrade(
        cls, port: int, path: str = "/prod", headers: Iterable[tuple[str, str]] = ()
    ) -> "Raw":
        """Ask for the upgrade and read the answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(path, headers))
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except BaseException:
            writer.transport.abort()
            raise
        first, *lines = head.decode("latin-1").split("\r\n")[:-2]
        answered = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
        length = next((v for n, v in answered if n.lower() == "content-length"), "0")
        body = await reader.readexactly(int(length))
        return cls(reader, writer, int(first.split()[1]), answered, body)

    def header(self, name: str) -> str | None:
        """A header's value, whatever its spelling."""
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        return found[-1] if found else None

    def send(self, opcode: Opcode, data: bytes, *, fin: bool = True) -> None:
        """Send one frame."""
        self.writer.write(Frame(opcode, data, fin).serialize(mask=True))

    async def frame(self) -> Frame:
        """The next frame that the server sends."""
        first, second = await self.reader.readexactly(2)
        length = second & 127
        if length == 126:
            (length,) = struct.unpack("!H", await self.reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await self.reader.readexactly(8))
        data = await self.reader.readexactly(length)
        return Frame(Opcode(first & 15), data, bool(first & 128))

    def close(self) -> None:
        """Break the connection off."""
        self.writer.transport.abort()


def request(path: str = "/prod", headers: Iterable[tuple[str, str]] = ()) -> bytes:
    """The bytes of an upgrade request."""
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: api.example",
        "Connection: Upgrade",
        "Upgrade: websocket",
        f"Sec-WebSocket-Key: {KEY}",
        "Sec-WebSocket-Version: 13",
        *(f"{name}: {value}" for name, value in headers),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
