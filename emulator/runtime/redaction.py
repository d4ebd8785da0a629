"""Takes secrets out of an event that is to be kept."""

import json
import re
from collections.abc import Collection
from typing import Any


PLACEHOLDER = "REDACTED"

_SECRET_NAME = re.compile(
    r"authori[sz]ation|token|passw|secret|cookie|credential|signature|jwt|api[-_]?key"
    r"|challengeanswer|^sec-websocket-(protocol|key)$",
    re.IGNORECASE,
)
"""Names of headers, parameters and fields whose values are taken out. Browsers cannot set headers
on a WebSocket, so many clients pass their token as a subprotocol."""

_SECRET_TEXT = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*|(?<=\bBearer )\S+")
"""Tokens wherever they stand: JSON Web Tokens, and what follows `Bearer`."""


def without_secrets(value: Any, names: Collection[str] = ()) -> Any:
    """A copy of JSON data with placeholders for what gives somebody access.

    `names`, in lower case, are more names whose values are secret. JSON within a text, such as the
    `body` of a message, is looked through too.
    """
    if isinstance(value, dict):
        return {
            name: _hidden(each)
            if name.lower() in names or _SECRET_NAME.search(name)
            else without_secrets(each, names)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [without_secrets(each, names) for each in value]
    return _text_without_secrets(value, names) if isinstance(value, str) else value


def _text_without_secrets(text: str, names: Collection[str]) -> str:
    if text.startswith(("{", "[")):
        try:
            inner = json.loads(text)
        except ValueError:
            pass
        else:
            cleaned = without_secrets(inner, names)
            return text if cleaned == inner else json.dumps(cleaned)
    return _SECRET_TEXT.sub(PLACEHOLDER, text)


def _hidden(value: Any) -> Any:
    """The same shape with nothing in it."""
    if isinstance(value, dict):
        return {name: _hidden(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_hidden(each) for each in value]
    return PLACEHOLDER if value else value
