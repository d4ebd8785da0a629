"""What an action is given: who asks, and the chat around it."""

from dataclasses import dataclass, field

from chat.claims import Verifier
from chat.clock import Clock
from chat.pushes import Push
from chat.table import Table


@dataclass(frozen=True)
class Caller:
    """Who asks, on which socket."""

    uid: str
    connection: str


@dataclass(frozen=True)
class Chat:
    """The chat's surroundings."""

    table: Table
    connections: Table
    clock: Clock
    verifier: Verifier
    site: str
    retention_days: int
    # Members by room, each with the `mv` it was read at: exact as long as META still says so.
    members: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What an action leads to: replies for the asking socket, then pushes."""

    replies: list[bytes]
    pushes: list[Push] = field(default_factory=list)
