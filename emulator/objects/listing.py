"""A page of a bucket's keys, rolled up at a delimiter (pure).

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from emulator.objects.index import Stored


MOST = 1000

_LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for: what comes after the key, or the rolled-up prefix, that was listed last."""

    prefix: str = ""
    delimiter: str = ""
    after: str = ""
    limit: int = MOST


@dataclass(slots=True)
class Page:
    """What was found; `last` is the key or prefix to go on after, if there is `more`."""

    objects: list[Stored] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    last: str = ""
    more: bool = False

    @property
    def count(self) -> int:
        """Keys and rolled-up prefixes together, as S3 counts them."""
        return len(self.objects) + len(self.prefixes)


def page(after: Callable[[str], Iterable[Stored]], query: Query) -> Page:
    """The next page. `after` gives the objects under the prefix that come after a key, in order."""
    found = Page(last=query.after)
    position = query.after
    while _fill(found, after(position), query):
        position = found.last + _LAST_CHARACTER
    return found


def _fill(found: Page, objects: Iterable[Stored], query: Query) -> bool:
    """Take objects until one is rolled up; whether one was, so that others like it can be passed."""
    for stored in objects:
        prefix = _rolled_up(stored.key, query)
        if prefix == found.last:
            continue
        if found.count >= query.limit:
            found.more = query.limit > 0
            return False
        found.last = prefix or stored.key
        if prefix:
            found.prefixes.append(prefix)
            return True
        found.objects.append(stored)
    return False


def _rolled_up(key: str, query: Query) -> str | None:
    """The key up to the first delimiter behind the prefix, if it has one there."""
    if not query.delimiter:
        return None
    head, delimiter, _ = key[len(query.prefix) :].partition(query.delimiter)
    return query.prefix + head + delimiter if delimiter else None
