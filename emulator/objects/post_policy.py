"""The policy of an upload by form: who holds it may upload what it says, until it expires (pure).

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from emulator.objects.errors import S3Error, access_denied, too_large


_NOT_COVERED = frozenset({"x-amz-signature", "policy", "file", "awsaccesskeyid", "submit"})
"""Fields that need no condition; neither do those that begin with `x-ignore-`."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many bytes the policy lets come."""

    least: int = 0
    most: int | None = None

    def check_end(self, size: int) -> None:
        """Raises `S3Error` if what came is too little; too much is refused while it comes."""
        if size < self.least:
            raise S3Error(
                400,
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size",
                ProposedSize=str(size),
                MinSizeAllowed=str(self.least),
            )

    def check(self, size: int) -> None:
        """Raises `S3Error` if this is too much already."""
        if self.most is not None and size > self.most:
            raise too_large(None, self.most)


def check(text: str, fields: Mapping[str, str], bucket: str, now: float) -> Limits:
    """What the policy (base64) says of the size; raises `S3Error` if it does not allow the form.

    `fields` are those before the file, by their names in lower case.
    """
    expiration, conditions = _read(text)
    if now >= expiration:
        raise _refused("Policy expired.")
    values = {**fields, "bucket": bucket}
    limits, covered = Limits(), set(_NOT_COVERED)
    for condition in conditions:
        if _is_range(condition):
            limits = Limits(int(condition[1]), int(condition[2]))
            continue
        kind, name, wanted = _parts(condition)
        covered.add(name)
        if not _holds(kind, name, wanted, values.get(name)):
            raise _refused(f"Policy Condition failed: {json.dumps([kind, f'${name}', wanted])}")
    extra = [name for name in fields if name not in covered and not name.startswith("x-ignore-")]
    if extra:
        raise _refused(f"Extra input fields: {extra[0]}")
    return limits


def _read(text: str) -> tuple[float, list[Any]]:
    try:
        document = json.loads(base64.b64decode(text, validate=True))
        expiration = datetime.fromisoformat(document["expiration"])
        conditions = document["conditions"]
        if not isinstance(conditions, list):
            raise TypeError
    except (binascii.Error, KeyError, RecursionError, TypeError, ValueError):
        raise _invalid("Invalid JSON.") from None
    if expiration.tzinfo is None:
        expiration = expiration.replace(tzinfo=UTC)
    return expiration.timestamp(), conditions


def _is_range(condition: Any) -> bool:
    match condition:
        case [str(kind), int() | str() as least, int() | str() as most] if (
            kind.lower() == "content-length-range"
        ):
            if not (str(least).isdecimal() and str(most).isdecimal()):
                raise _invalid("content-length-range needs two numbers.")
            return True
    return False


def _parts(condition: Any) -> tuple[str, str, str]:
    """A condition as (`eq` or `starts-with`, field, value)."""
    match condition:
        case dict() if len(condition) == 1:
            ((name, value),) = condition.items()
            return "eq", str(name).lower(), str(value)
        case [str(kind), str(name), str(value)] if kind.lower() in {
            "eq",
            "starts-with",
        } and name.startswith("$"):
            return kind.lower(), name[1:].lower(), value
    raise _invalid(f"Invalid condition: {json.dumps(condition)[:200]}")


def _holds(kind: str, name: str, wanted: str, value: str | None) -> bool:
    if value is None:
        return False
    if kind == "eq":
        return value == wanted
    # A Content-Type may be a list, and each of it must begin as is said.
    values = value.split(",") if name == "content-type" else [value]
    return all(each.startswith(wanted) for each in values)


def _refused(why: str) -> S3Error:
    return access_denied(f"Invalid according to Policy: {why}")


def _invalid(why: str) -> S3Error:
    return S3Error(400, "InvalidPolicyDocument", f"Invalid Policy: {why}")
