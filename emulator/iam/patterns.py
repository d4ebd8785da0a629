"""IAM's wildcards, in actions, resources and conditions."""

import re
from functools import lru_cache


def matches(pattern: str, value: str, *, ignore_case: bool = False) -> bool:
    """Whether a pattern covers a whole value.

    `*` is any run of characters, also of `/` and `:`; `?` is one.
    """
    return _compiled(pattern, ignore_case).fullmatch(value) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    text = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(text, re.DOTALL | (re.IGNORECASE if ignore_case else 0))
