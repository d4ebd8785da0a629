"""The floor: a bare uvicorn WebSocket echo, with no emulator and no function behind it."""

import sys
from typing import Any

import uvicorn


async def echo(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """An ASGI application that sends back what it gets."""
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


if __name__ == "__main__":
    uvicorn.run(
        echo, port=int(sys.argv[1]), log_level="error", lifespan="off", ws_ping_interval=None
    )
