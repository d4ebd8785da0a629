"""Mapping templates: Velocity over a body and what is known of its request.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
"""

import base64
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from airspeed import Template, TemplateError

from emulator.errors import UsageError
from emulator.gateway.selection import find


class TemplateFault(Exception):
    """A template that cannot be carried out."""


class Body:
    """`$input`."""

    def __init__(self, text: str) -> None:
        self.body = text
        try:
            self._content = json.loads(text)
        except (RecursionError, ValueError):
            self._content = None

    def path(self, path: str) -> Any:
        """What a JSONPath leads to, as an object that templates can go on from."""
        found = find(self._content, path)
        return "" if found is None else found

    def json(self, path: str) -> str:
        """The same as JSON text."""
        return json.dumps(find(self._content, path))


class Utilities:
    """`$util`. Its methods have AWS's names."""

    def escapeJavaScript(self, text: str) -> str:
        return json.dumps(str(text), ensure_ascii=False)[1:-1].replace("'", "\\'")

    def parseJson(self, text: str) -> Any:
        return json.loads(text)

    def urlEncode(self, text: str) -> str:
        return quote_plus(str(text))

    def urlDecode(self, text: str) -> str:
        return unquote_plus(str(text))

    def base64Encode(self, text: str) -> str:
        return base64.b64encode(str(text).encode()).decode()

    def base64Decode(self, text: str) -> str:
        return base64.b64decode(str(text)).decode()


def render(template: str, body: str, event: Mapping[str, Any]) -> str:
    """A template over a body; `event` is the proxy event of the same request.

    Raises `TemplateFault`, as API Gateway ends with an internal error then.
    """
    names = {
        "context": event["requestContext"],
        "input": Body(body),
        "stageVariables": event.get("stageVariables", {}),
        "util": Utilities(),
    }
    try:
        return str(_parsed(template).merge(names))
    except (TemplateError, UsageError, ValueError, TypeError, AttributeError) as error:
        raise TemplateFault(str(error)) from error


@lru_cache(maxsize=256)
def _parsed(template: str) -> Template:
    return Template(template)
