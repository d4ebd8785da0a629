"""Route selection expressions, compiled once into a function from a message to a route key.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html
"""

import json
import re
from collections.abc import Callable
from typing import Any

from emulator.errors import UsageError


Selector = Callable[[Any], str | None]
"""From a decoded JSON message to the text that the expression evaluates to.

`None` means that it cannot be evaluated: no variable in it was found.
"""

_TOKEN = re.compile(r"\\\$|\$\{(?P<bounded>[^}]+)\}|\$(?P<bare>[A-Za-z_][\w.\[\]'\"-]*)")
_STEP = re.compile(r"\.(?P<name>[^.\[\]]+)|\[(?P<index>\d+)\]|\[['\"](?P<quoted>[^'\"]+)['\"]\]")
_BODY = "request.body"

_ABSENT = object()


def compile_expression(expression: str) -> Selector:
    """Compile a `RouteSelectionExpression`.

    Raises `UsageError` for a variable other than `request.body…`, the only one that a WebSocket
    message has.
    """
    parts: list[str | list[str | int]] = []
    position = 0
    for match in _TOKEN.finditer(expression):
        parts.append(expression[position : match.start()])
        variable = match["bounded"] or match["bare"]
        parts.append("$" if variable is None else _path(variable, expression))
        position = match.end()
    parts.append(expression[position:])
    paths = [part for part in parts if isinstance(part, list)]

    def select(body: Any) -> str | None:
        found = [_walk(body, path) for path in paths]
        if found and all(value is _ABSENT for value in found):
            return None
        values = iter(found)
        return "".join(part if isinstance(part, str) else _text(next(values)) for part in parts)

    return select


def _path(variable: str, expression: str) -> list[str | int]:
    rest = variable.removeprefix(_BODY)
    steps = list(_STEP.finditer(rest))
    if not variable.startswith(_BODY) or "".join(step[0] for step in steps) != rest:
        raise UsageError(f"The expression {expression!r} is not supported: ${variable}")
    return [
        int(step["index"]) if step["index"] else step["name"] or step["quoted"] for step in steps
    ]


def find(body: Any, path: str) -> Any:
    """What a JSONPath such as `$.a.b[0]` leads to; `None` if it leads nowhere.

    Raises `UsageError` for what is more than names and indexes.
    """
    found = _walk(body, _path(_BODY + path.strip().removeprefix("$"), path))
    return None if found is _ABSENT else found


def as_text(value: Any) -> str:
    """A JSON value as expressions show it."""
    return _text(value)


def _walk(body: Any, path: list[str | int]) -> Any:
    for step in path:
        body = _step(body, step)
    return body


def _step(value: Any, step: str | int) -> Any:
    match value, step:
        case dict(), str():
            return value.get(step, _ABSENT)
        case list(), int() if step < len(value):
            return value[step]
        case _:
            return _ABSENT


def _text(value: Any) -> str:
    if value is _ABSENT or value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{', '.join(_text(item) for item in value)}]"
    return json.dumps(value)
