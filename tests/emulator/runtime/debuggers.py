"""What an editor says to a debugger, as far as the tests need it."""

import asyncio
import contextlib
import json
from types import TracebackType
from typing import Any, Self

import aiohttp


class PythonDebugger:
    """A client of the Debug Adapter Protocol. https://microsoft.github.io/debug-adapter-protocol/"""

    def __init__(self, port: int) -> None:
        self._port = port
        self._numbers = 0

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await _connected(self._port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await _disconnect(self._writer)

    async def attach(self, file: str, line: int) -> None:
        """Let the process go on, with a breakpoint set."""
        self._send("initialize", adapterID="test", clientID="test")
        self._send("attach", justMyCode=True)
        await self._event("initialized")
        self._send("setBreakpoints", source={"path": file}, breakpoints=[{"line": line}])
        self._send("configurationDone")

    async def stopped(self) -> tuple[str, int]:
        """Wait for the breakpoint; returns the name of the function and the line."""
        self._thread = (await self._event("stopped"))["threadId"]
        self._send("stackTrace", threadId=self._thread)
        frame = (await self._answer("stackTrace"))["stackFrames"][0]
        return frame["name"], frame["line"]

    def resume(self) -> None:
        """Go on from the breakpoint."""
        self._send("continue", threadId=self._thread)

    def _send(self, command: str, **arguments: Any) -> None:
        self._numbers += 1
        message = {"seq": self._numbers, "type": "request", "command": command}
        content = json.dumps({**message, "arguments": arguments}).encode()
        self._writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))

    async def _event(self, name: str) -> dict[str, Any]:
        return await self._body(lambda message: message.get("event") == name)

    async def _answer(self, command: str) -> dict[str, Any]:
        return await self._body(lambda message: message.get("command") == command)

    async def _body(self, wanted: Any) -> dict[str, Any]:
        while True:
            head = await self._reader.readuntil(b"\r\n\r\n")
            length = int(head.split(b":")[1])
            message = json.loads(await self._reader.readexactly(length))
            assert message.get("success", True), message
            if wanted(message):
                body: dict[str, Any] = message.get("body", {})
                return body


class NodeDebugger:
    """A client of Node's inspector. https://chromedevtools.github.io/devtools-protocol/v8/"""

    def __init__(self, port: int) -> None:
        self._port = port
        self._numbers = 0

    async def __aenter__(self) -> Self:
        _, writer = await _connected(self._port)
        await _disconnect(writer)
        self._session = aiohttp.ClientSession()
        async with self._session.get(f"http://127.0.0.1:{self._port}/json/list") as response:
            targets = await response.json()
        self._socket = await self._session.ws_connect(targets[0]["webSocketDebuggerUrl"])
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def attach(self, file: str, line: int) -> None:
        """Let the process go on, with a breakpoint set."""
        await self._send("Debugger.enable")
        await self._send("Debugger.setBreakpointByUrl", url=f"file://{file}", lineNumber=line - 1)
        await self._send("Runtime.runIfWaitingForDebugger")

    async def stopped(self) -> tuple[str, int]:
        """Wait for the breakpoint; returns the name of the function and the line."""
        while True:
            message = await self._socket.receive_json()
            if message.get("method") == "Debugger.paused":
                frame = message["params"]["callFrames"][0]
                return frame["functionName"], frame["location"]["lineNumber"] + 1

    async def resume(self) -> None:
        """Go on from the breakpoint."""
        await self._send("Debugger.resume")

    async def _send(self, method: str, **params: Any) -> None:
        self._numbers += 1
        await self._socket.send_json({"id": self._numbers, "method": method, "params": params})


async def _connected(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection, as soon as somebody listens."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)


async def _disconnect(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):  # The other side may have gone first.
        await writer.wait_closed()
