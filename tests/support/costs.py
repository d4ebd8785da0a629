"""What each action costs; tests/handlers/test_costs.py measures it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """Requests to DynamoDB and the capacity units that they take, and frames that are posted."""

    requests: int
    reads: float
    writes: float
    posts: int


COSTS: dict[str, Cost] = {
    "hello": Cost(5, 8.0, 0.0, 1),
    "auth": Cost(1, 0.0, 1.0, 1),
    "ping": Cost(0, 0.0, 0.0, 1),
    "user.set": Cost(6, 3.0, 3.0, 7),
    "focus": Cost(1, 0.0, 1.0, 1),
    "typing": Cost(2, 2.0, 0.0, 0),
    "send": Cost(4, 2.0, 12.0, 3),
    "file.upload": Cost(3, 1.0, 2.0, 1),
    "file.open": Cost(2, 2.0, 0.0, 1),
    "file.list": Cost(2, 2.0, 0.0, 1),
    "edit": Cost(7, 5.0, 9.0, 3),
    "del": Cost(8, 6.0, 11.0, 3),
    "react": Cost(7, 5.0, 9.0, 3),
    "pin": Cost(7, 5.0, 9.0, 3),
    "hist": Cost(2, 2.0, 0.0, 1),
    "thread": Cost(4, 3.5, 0.0, 1),
    "pins": Cost(2, 2.0, 0.0, 1),
    "search": Cost(3, 2.5, 0.0, 1),
    "sync": Cost(3, 3.0, 0.0, 1),
    "read": Cost(3, 3.0, 1.0, 1),
    "room.create": Cost(4, 5.0, 13.0, 1),
    "room.direct": Cost(7, 12.0, 18.0, 2),
    "room.list": Cost(3, 3.0, 0.0, 1),
    "room.join": Cost(6, 8.0, 1.0, 1),
    "room.leave": Cost(7, 5.0, 9.0, 2),
    "room.set": Cost(7, 8.0, 9.0, 3),
    "room.level": Cost(3, 1.0, 2.0, 1),
    "member.list": Cost(2, 2.0, 0.0, 1),
    "member.add": Cost(10, 11.0, 8.0, 5),
    "member.remove": Cost(7, 5.0, 11.0, 3),
    "member.role": Cost(7, 5.0, 9.0, 3),
    "admin.ban": Cost(6, 3.0, 6.0, 1),
    "admin.banned": Cost(2, 2.0, 0.0, 1),
    "admin.audit": Cost(2, 2.0, 0.0, 1),
}
"""By action: the first row of tests/handlers/test_actions.py that succeeds, or `typing`'s own."""
