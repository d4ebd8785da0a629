"""Opaque tokens for lists that come in pages. Pure."""

import base64
from collections.abc import Sequence
from typing import TypeVar

from emulator.cognito.errors import InvalidParameter


T = TypeVar("T")


def token(position: int) -> str:
    """A token for what comes after `position`."""
    return base64.urlsafe_b64encode(f"after:{position}".encode()).decode()


def position(given: str | None) -> int:
    """Where to go on; the start, without a token."""
    if given is None:
        return 0
    try:
        text = base64.b64decode(given, altchars=b"-_", validate=True).decode("ascii")
        name, _, number = text.partition(":")
        if name == "after" and number.isdecimal() and len(number) < 16:
            return int(number)
    except ValueError:
        pass
    raise InvalidParameter("Invalid pagination token provided.")


def slice_of(items: Sequence[T], given: str | None, limit: int) -> tuple[Sequence[T], str | None]:
    """A page of a short list, and the token of the next."""
    start = position(given)
    end = start + limit
    return items[start:end], token(end) if end < len(items) else None
