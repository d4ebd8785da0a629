"""Administrative acts, recorded in the transaction that does them."""

import time

from msgspec import UNSET

from chat import items
from chat.context import Chat
from chat.items import Act
from chat.writes import Write


MONTH = "AUDIT#"


def month_of(ms: int) -> str:
    """The month of this millisecond, as `202711`, in UTC."""
    return time.strftime("%Y%m", time.gmtime(ms // 1000))


def record(chat: Chat, stamp: str, uid: str, what: str, *, whom: str = "", rid: str = "") -> Write:
    """The part of a transaction that says who did it; `stamp` has the form of a pos."""
    at = chat.clock.now()
    act = Act(
        pk=MONTH + month_of(at),
        sk=stamp,
        site=chat.site,
        at=at,
        uid=uid,
        what=what,
        whom=whom or UNSET,
        rid=rid or UNSET,
    )
    return Write("Put", items.dump(act))
