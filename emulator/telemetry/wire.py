"""What CloudWatch's two endpoints share: requests in, documents and errors out."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request

from emulator.errors import AwsError
from emulator.iam.requests import read_body


MAX_BODY = 4 * 1024 * 1024
"""Enough for the 1 MB of PutLogEvents with its JSON around."""


class SerializationError(AwsError):
    """The request is no document of the form that the operation takes."""

    code = "SerializationException"


class UnknownOperationError(AwsError):
    """No such operation, or one that is not emulated."""

    code = "UnknownOperationException"


async def body_of(request: Request) -> bytes:
    """The request's body, unless it is too large for any operation."""
    return await read_body(request, MAX_BODY, SerializationError("Request body is too large"))


def parse(body: bytes) -> dict[str, Any]:
    """A JSON object; an empty body counts as `{}`."""
    try:
        document = json.loads(body or b"{}")
        # Half a surrogate pair is JSON, but no text that could be stored.
        json.dumps(document, ensure_ascii=False).encode()
    except (RecursionError, ValueError):
        raise SerializationError("Request body is not valid JSON") from None
    if not isinstance(document, dict):
        raise SerializationError("Start of structure or map expected")
    return document


class Arguments:
    """Reads a request's members; what has the wrong type is refused."""

    def __init__(self, document: Mapping[str, Any], missing: type[AwsError]) -> None:
        """`missing` is the service's error for an argument that is not there."""
        self._document = document
        self._missing = missing

    def __contains__(self, name: str) -> bool:
        return self._document.get(name) is not None

    def text(self, name: str) -> str:
        """A string that must be there."""
        self._require(name)
        return self.optional_text(name)

    def optional_text(self, name: str, default: str = "") -> str:
        """A string."""
        value = self._document.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise SerializationError(f"{name} must be a string")
        return value

    def number(self, name: str, default: float | None = None) -> float:
        """A finite number, required unless there is a default."""
        if default is not None and name not in self:
            return default
        self._require(name)
        return _number(name, self._document[name])

    def moment(self, name: str, default: float | None = None) -> float:
        """A time in seconds since the epoch; the query protocol sends it as ISO 8601."""
        value = self._document.get(name)
        if isinstance(value, str) and "T" in value:
            try:
                at = datetime.fromisoformat(value)
                return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
            except ValueError:
                raise SerializationError(f"{name} must be a time") from None
        return self.number(name, default)

    def flag(self, name: str) -> bool:
        """A boolean, false by default."""
        return self._document.get(name) in (True, "true")

    def texts(self, name: str) -> list[str]:
        """A list of strings, empty by default."""
        items = self._items(name)
        if not all(isinstance(item, str) for item in items):
            raise SerializationError(f"{name} must be a list of strings")
        return items

    def numbers(self, name: str) -> list[float]:
        """A list of finite numbers, empty by default."""
        return [_number(name, item) for item in self._items(name)]

    def structure(self, name: str) -> "Arguments":
        """A structure that must be there."""
        self._require(name)
        return self._structure(name, self._document[name])

    def structures(self, name: str) -> list["Arguments"]:
        """A list of structures, empty by default."""
        return [self._structure(name, item) for item in self._items(name)]

    def _structure(self, name: str, value: Any) -> "Arguments":
        if not isinstance(value, Mapping):
            raise SerializationError(f"{name} must hold structures")
        return Arguments(value, self._missing)

    def _items(self, name: str) -> list[Any]:
        value = self._document.get(name) or []
        if not isinstance(value, list):
            raise SerializationError(f"{name} must be a list")
        return value

    def _require(self, name: str) -> None:
        if name not in self:
            raise self._missing(
                f"1 validation error detected: Value at '{name}' failed to satisfy constraint: "
                "Member must not be null"
            )


def _number(name: str, value: Any) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (OverflowError, TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise SerializationError(f"{name} must be a number")
    return number
