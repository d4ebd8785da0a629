"""The `Range` of a request (pure).

https://www.rfc-editor.org/rfc/rfc9110.html#name-range; S3 serves a single range, and answers a
header that it does not understand with the whole object.
"""

import re

from emulator.objects.errors import S3Error


_RANGE = re.compile(r"\s*bytes=(\d*)-(\d*)\s*", re.ASCII)


def span(header: str | None, size: int) -> tuple[int, int] | None:
    """The first and the last byte that are wanted, or `None` for all; raises `S3Error`."""
    match = _RANGE.fullmatch(header or "")
    if match is None or not (match[1] or match[2]):
        return None
    if match[1]:
        first, last = int(match[1]), min(int(match[2] or size), size - 1)
        if match[2] and int(match[2]) < first:
            return None
    else:
        first, last = max(0, size - int(match[2])), size - 1
    if first >= size:
        raise S3Error(
            416,
            "InvalidRange",
            "The requested range is not satisfiable",
            RangeRequested=(header or "").strip(),
            ActualObjectSize=str(size),
        )
    return first, last
