"""`If-Match` and its kin (pure).

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
https://www.rfc-editor.org/rfc/rfc9110.html#name-precedence-of-preconditions
"""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from emulator.objects.errors import no_such_key, precondition_failed


PREFIX = "x-amz-copy-source-"
"""What the headers begin with where they are about the source of a copy."""


def is_unchanged(headers: Mapping[str, str], etag: str, modified: float, prefix: str = "") -> bool:
    """Whether the client has this object already; raises `S3Error` if it wants another one.

    `modified` is in seconds; HTTP's dates have no fractions.
    """
    wanted = headers.get(f"{prefix}if-match")
    since = _time(headers.get(f"{prefix}if-unmodified-since"))
    if wanted is not None:
        if not _names(wanted, etag):
            raise precondition_failed("If-Match")
    elif since is not None and int(modified) > since:
        raise precondition_failed("If-Unmodified-Since")
    known = headers.get(f"{prefix}if-none-match")
    if known is not None:
        return _names(known, etag)
    since = _time(headers.get(f"{prefix}if-modified-since"))
    return since is not None and int(modified) <= since


def check_write(headers: Mapping[str, str], key: str, etag: str | None) -> None:
    """Whether an object may be written where one with `etag`, or none, stands; raises `S3Error`."""
    wanted = headers.get("if-match")
    if wanted is not None:
        if etag is None:
            raise no_such_key(key)
        if not _names(wanted, etag):
            raise precondition_failed("If-Match")
    known = headers.get("if-none-match")
    if known is not None and etag is not None and _names(known, etag):
        raise precondition_failed("If-None-Match")


def _names(header: str, etag: str) -> bool:
    listed = [each.strip().removeprefix("W/").strip('"') for each in header.split(",")]
    return "*" in listed or etag in listed


def _time(text: str | None) -> float | None:
    """Seconds since the epoch; a date that is none counts as absent (RFC 9110, 13.1.3)."""
    try:
        return None if text is None else parsedate_to_datetime(text).timestamp()
    except ValueError:
        return None
