"""Ids and places: strings that sort as their times do (pure).

    id, rid   ULID: 10 characters of milliseconds, 16 random; made by a client
    rev       10 characters of milliseconds, site                 a place in a room's log
    pos       10 characters of milliseconds, site, 5 random       a place in the timeline

All of it is Crockford's base 32 (https://www.crockford.com/base32.html), whose digits ascend in
ASCII, so comparing strings compares times. A field's last-writer-wins stamp (`bodyAt`, ...) has
the form of a rev.
"""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TIME = 10
TAIL = 5

# ULID times have 48 bits, so the first of their ten digits is at most 7. \Z and not $, which would
# let a final newline pass.
_DIGIT = "[0-9A-HJKMNP-TV-Z]"
_TIME = f"[0-7]{_DIGIT}{{9}}"
ULID_PATTERN = f"^{_TIME}{_DIGIT}{{16}}\\Z"
REV_PATTERN = f"^{_TIME}[A-Z]\\Z"
POS_PATTERN = f"^{_TIME}[A-Z]{_DIGIT}{{{TAIL}}}\\Z"

LOBBY = "0" * 26

_VALUE = {digit: value for value, digit in enumerate(ALPHABET)}


def encode_time(ms: int) -> str:
    """Milliseconds as ten sortable characters."""
    if not 0 <= ms < 1 << 48:
        raise ValueError(f"time out of range: {ms}")
    return "".join(ALPHABET[ms >> shift & 31] for shift in range(45, -1, -5))


def decode_time(text: str) -> int:
    """The milliseconds at the start of an id, a rev or a pos."""
    ms = 0
    for digit in text[:TIME]:
        ms = ms << 5 | _VALUE[digit]
    return ms


def rev(ms: int, site: str) -> str:
    """The place in the log of `site` at this millisecond."""
    return encode_time(ms) + site


def pos(ms: int, site: str, tail: str) -> str:
    """The place in the timeline of what was first committed at this millisecond."""
    return encode_time(ms) + site + tail


def next_time(now: int, head: str) -> int:
    """When the change after `head` happens.

    A log must ascend even if this host's clock is behind that of the host which wrote `head`.
    """
    return max(now, decode_time(head) + 1) if head else now
