"""What an action is given: who asks, and the chat around it."""

from dataclasses import dataclass, field

from chat.claims import Verifier
from chat.clock import Clock
from chat.objects import Objects
from chat.pushes import Push
from chat.table import Table


@dataclass(frozen=True)
class Caller:
    """Who asks, on which socket."""

    uid: str
    connection: str


@dataclass(frozen=True)
class FileRules:
    """What files are taken: bytes at most, and types."""

    size: int
    types: tuple[str, ...]


@dataclass
class Memory:
    """What an execution environment remembers between events; each can be forgotten at any time."""

    # Members by room, each with the `mv` it was read at: exact as long as META still says so.
    members: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
    # Messages of a user in a minute, as last heard.
    spent: dict[str, tuple[int, int]] = field(default_factory=dict)
    # Requests that a connection may still make, and when that was counted.
    allowance: dict[str, tuple[float, int]] = field(default_factory=dict)
    banned: frozenset[str] = frozenset()
    banned_read: int = 0
    presence_read: int = 0
    # Nothing has been served yet.
    cold: bool = True


@dataclass(frozen=True)
class Chat:
    """The chat's surroundings."""

    table: Table
    connections: Table
    objects: Objects
    clock: Clock
    verifier: Verifier
    site: str
    retention_days: int
    messages_per_minute: int
    files: FileRules
    usage_key: bytes = b""
    memory: Memory = field(default_factory=Memory)


@dataclass(frozen=True)
class Answer:
    """What an action leads to.

    Replies for the asking socket first; then pushes, sockets closed, objects removed.
    """

    replies: list[bytes]
    pushes: list[Push] = field(default_factory=list)
    closes: list[str] = field(default_factory=list)
    removes: list[str] = field(default_factory=list)
    # Why it failed, if it did.
    e: str = ""
