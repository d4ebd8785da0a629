"""What a client has of the rooms it is in, by the rules of docs/protocol.md (no I/O)."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


SAME = ("pos", "n", "body", "uid")
"""What never changes of a message that nobody edits."""


@dataclass(slots=True)
class Replica:
    """Cursors and messages by room; what was heard of rooms that the client does not know."""

    cursors: dict[str, str] = field(default_factory=dict)
    messages: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    contradictions: list[tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=list)
    """Messages of one id that differ in what never changes."""

    def hello(self, rooms: Iterable[dict[str, Any]]) -> list[str]:
        """Enter these rooms, and leave all others; gives those that moved on meanwhile."""
        heads = {room["rid"]: room["head"] for room in rooms}
        self.cursors = {rid: self.cursors.get(rid, head) for rid, head in heads.items()}
        return self.stale(heads)

    def stale(self, heads: dict[str, str]) -> list[str]:
        """Rooms of which the server has more."""
        return [rid for rid, head in heads.items() if self.cursors.get(rid, head) != head]

    def push(self, rid: str, p: str, entries: list[dict[str, Any]]) -> bool:
        """Take a `log` push; False for a gap."""
        cursor = self.cursors.get(rid)
        if cursor != p:
            # What is pushed to somebody who is in no such room is kept for the judge.
            if cursor is None:
                self._keep(rid, entries)
            return cursor is None or entries[-1]["rev"] <= cursor
        self._keep(rid, entries)
        self.cursors[rid] = entries[-1]["rev"]
        return True

    def page(self, rid: str, entries: list[dict[str, Any]], cursor: str) -> None:
        """Take a page of `sync`, which begins at or before the cursor."""
        self._keep(rid, entries)
        if rid in self.cursors:
            self.cursors[rid] = max(cursor, self.cursors[rid])

    def accepted(self, rid: str, message: dict[str, Any]) -> None:
        """Take a message of one's own that the server has stored."""
        self._keep(rid, [{"k": "message", **message}])

    def timeline(self, rid: str) -> list[str]:
        """The ids of a room's messages, in order."""
        messages = self.messages.get(rid, {}).values()
        return [message["id"] for message in sorted(messages, key=lambda each: str(each["pos"]))]

    @property
    def digest(self) -> str:
        """What `ping` compares."""
        lines = sorted(f"{rid}:{rev}" for rid, rev in self.cursors.items())
        return str(zlib.crc32("\n".join(lines).encode()))

    def _keep(self, rid: str, entries: list[dict[str, Any]]) -> None:
        room = self.messages.setdefault(rid, {})
        for entry in entries:
            if entry["k"] != "message":
                continue
            known = room.setdefault(entry["id"], entry)
            if any(known[name] != entry[name] for name in SAME):
                self.contradictions.append((known, entry))
