"""The filter of ListUsers: one clause, parsed into a test of a user (reference section 4.1). Pure."""

import re
from collections.abc import Callable

from emulator.cognito.errors import InvalidParameter
from emulator.cognito.user import User


ATTRIBUTES = frozenset(
    {"email", "phone_number", "name", "given_name", "family_name", "preferred_username"}
)
CLAUSE = re.compile(r'\s*"?([\w:.-]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*', re.ASCII | re.DOTALL)

Test = Callable[[User], bool]


def parse(text: str) -> Test:
    """`name = "value"` or `name ^= "value"`; empty means everybody, nonsense never does."""
    if not text.strip():
        return lambda user: True
    match = CLAUSE.fullmatch(text)
    if match is None:
        raise InvalidParameter("Error while parsing filter.")
    name, operator, quoted = match.groups()
    read, case_sensitive = _reader(name)
    value = re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)
    if not case_sensitive:
        value = value.casefold()

    def test(user: User) -> bool:
        found = read(user)
        if found is None:
            return False
        if not case_sensitive:
            found = found.casefold()
        return found == value if operator == "=" else found.startswith(value)

    return test


def _reader(name: str) -> tuple[Callable[[User], str | None], bool]:
    """How to read a searchable attribute, and whether case matters."""
    if name in ATTRIBUTES:
        return (lambda user: user.attributes.get(name)), False
    match name:
        case "username":
            return (lambda user: user.username), True
        case "sub":
            return (lambda user: user.sub), True
        case "cognito:user_status":
            return (lambda user: user.status.value), False
        case "status":
            return (lambda user: "Enabled" if user.enabled else "Disabled"), True
        case _:
            raise InvalidParameter(f"Invalid search attribute: {name}")
