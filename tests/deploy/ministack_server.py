"""Starts ministack in its own environment, with two faults of it mended.

Its warm workers are kept by alias, so that an alias which moves goes on calling the old version's
worker. And the subprotocol that `$connect` answers with never reaches the client.
"""

from contextvars import ContextVar
from typing import Any

from ministack.app import main
from ministack.core import lambda_runtime
from ministack.services import apigateway


_worker_key = lambda_runtime._worker_key
_invoke = apigateway._invoke_ws_lambda
_handle = apigateway.handle_websocket
_connected: ContextVar[dict[str, str]] = ContextVar("connected")


def _by_version(name: str, config: dict[str, Any], qualifier: str) -> str:
    return str(_worker_key(name, config, config.get("Version") or qualifier))


async def _remembering(*arguments: Any, **options: Any) -> Any:
    result = await _invoke(*arguments, **options)
    if isinstance(result, dict):
        _connected.get().update(result.get("headers") or {})
    return result


async def _accepting(scope: Any, receive: Any, send: Any, *arguments: Any, **options: Any) -> None:
    headers: dict[str, str] = {}
    _connected.set(headers)

    async def answer(message: dict[str, Any]) -> None:
        if message["type"] == "websocket.accept" and "Sec-WebSocket-Protocol" in headers:
            message = message | {"subprotocol": headers["Sec-WebSocket-Protocol"]}
        await send(message)

    await _handle(scope, receive, answer, *arguments, **options)


lambda_runtime._worker_key = _by_version
apigateway._invoke_ws_lambda = _remembering
apigateway.handle_websocket = _accepting
main()
