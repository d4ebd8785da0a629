"""How a request can fail, as the client is told (docs/protocol.md, Replies)."""

from typing import Literal


Code = Literal[
    "auth",
    "busy",
    "rate",
    "denied",
    "notfound",
    "invalid",
    "toobig",
    "conflict",
    "readonly",
    "version",
]


class Refused(Exception):
    """The request cannot be served; `code` tells the client what to do, `msg` tells the user."""

    def __init__(self, code: Code, msg: str, after: int | None = None) -> None:
        super().__init__(code, msg)
        self.code = code
        self.msg = msg
        self.after = after


def busy(after: int = 1000) -> Refused:
    """The request may succeed when repeated after `after` milliseconds."""
    return Refused("busy", "The chat is busy. Trying again soon.", after)


def not_a_member() -> Refused:
    """The room exists, but not for this user."""
    return Refused("denied", "You are not a member of this room.")


def no_such_room() -> Refused:
    """Nobody has created a room with this rid."""
    return Refused("notfound", "There is no such room.")


def no_such_message() -> Refused:
    """No message of this room has the id, or it has reached the end of its retention."""
    return Refused("notfound", "There is no such message.")


def no_such_file() -> Refused:
    """Not a file of the room, or not (or no longer) this user's to send."""
    return Refused("notfound", "There is no such file.")


def closed() -> Refused:
    """The room takes no more messages."""
    return Refused("readonly", "This room is closed.")
