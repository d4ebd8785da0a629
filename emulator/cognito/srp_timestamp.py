"""The TIMESTAMP of an SRP claim, parsed as strictly as AWS does (reference section 5.1). Pure."""

import re
from datetime import UTC, datetime


DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FORM = re.compile(
    rf"({'|'.join(DAYS)}) ({'|'.join(MONTHS)}) ([1-9][0-9]?)"
    r" ([0-9]{2}):([0-9]{2}):([0-9]{2}) UTC ([0-9]{4})"
)
MAX_SKEW = 300.0


def parse(text: str) -> float | None:
    """Seconds since the epoch of `Tue Mar 4 05:06:07 UTC 2025`; `None` for any other spelling."""
    match = FORM.fullmatch(text)
    if match is None:
        return None
    weekday, month, day, hour, minute, second, year = match.groups()
    numbers = (int(day), int(hour), int(minute), int(second))
    try:
        moment = datetime(int(year), MONTHS.index(month) + 1, *numbers, tzinfo=UTC)
    except ValueError:
        return None
    return moment.timestamp() if DAYS[moment.weekday()] == weekday else None


def is_current(text: str, now: float) -> bool:
    """Whether the claim was made about now."""
    moment = parse(text)
    return moment is not None and abs(moment - now) <= MAX_SKEW
