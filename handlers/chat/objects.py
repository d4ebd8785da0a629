"""Stored files, as the chat needs them."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Content:
    """What an upload is held to: bytes exactly, type, and the SHA-256 in base64 if it is known."""

    size: int
    type: str
    sha256: str | None = None


@dataclass(frozen=True)
class PostForm:
    """Where a browser posts a file, and the fields that go before it."""

    url: str
    fields: dict[str, str]


class Objects(Protocol):
    """Where files go. Browsers speak to it themselves, with what is signed here."""

    async def form(self, key: str, content: Content) -> PostForm:
        """Lets whoever has it put this content at the key, for a short time."""
        ...

    async def url(self, key: str, name: str) -> str:
        """Lets whoever has it download what is at the key as a file of this name, for as long."""
        ...

    async def copy(self, source: str, target: str) -> bool:
        """Copy within the store; False if there is nothing at `source`."""
        ...

    async def delete(self, key: str) -> None:
        """Remove what is at the key, if anything is."""
        ...
