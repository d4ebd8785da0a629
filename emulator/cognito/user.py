"""A user, and the names under which a user can sign in. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from emulator.template.model import UserPool


class Status(StrEnum):
    """Where in the life cycle a user stands (reference section 7.3)."""

    UNCONFIRMED = "UNCONFIRMED"
    CONFIRMED = "CONFIRMED"
    FORCE_CHANGE_PASSWORD = "FORCE_CHANGE_PASSWORD"  # noqa: S105 - a status, not a password
    RESET_REQUIRED = "RESET_REQUIRED"


@dataclass(frozen=True, slots=True)
class Password:
    """What is kept of a password: an SRP salt and verifier (reference section 5.1)."""

    salt: int
    verifier: int


@dataclass(frozen=True, slots=True)
class User:
    """One user of a pool. `attributes` does not hold `sub`."""

    pool_id: str
    sub: str
    username: str
    status: Status
    attributes: Mapping[str, str]
    password: Password
    password_set: float
    created: float
    modified: float
    enabled: bool = True
    signed_out: float = 0.0
    """When every session was last ended."""
    id: int = 0
    """Row number, the order of listings."""

    def attribute_list(self) -> list[dict[str, str]]:
        """Name and value pairs as AWS lists them, `sub` first."""
        return pairs({"sub": self.sub, **self.attributes})

    def document(self) -> dict[str, Any]:
        """AWS's UserType."""
        return {
            "Attributes": self.attribute_list(),
            "Enabled": self.enabled,
            "UserCreateDate": round(self.created, 3),
            "UserLastModifiedDate": round(self.modified, 3),
            "UserStatus": self.status.value,
            "Username": self.username,
        }


def pairs(attributes: Mapping[str, str]) -> list[dict[str, str]]:
    """AWS's list of Name and Value."""
    return [{"Name": name, "Value": value} for name, value in attributes.items()]


def fold(pool: UserPool, login: str) -> str:
    """The form in which two spellings of one name are equal (UsernameConfiguration)."""
    return login if pool.case_sensitive else login.casefold()


def logins(pool: UserPool, user: User) -> dict[str, str]:
    """Every name the user can sign in with, folded, and what kind of name it is (section 7.2)."""
    found = {fold(pool, user.username): "username"}
    for name in pool.username_attributes:
        if value := user.attributes.get(name):
            found[fold(pool, value)] = name
    for name in pool.alias_attributes:
        verified = name == "preferred_username" or is_verified(user, name)
        if verified and (value := user.attributes.get(name)):
            found[fold(pool, value)] = name
    return found


def names(pool: UserPool, user: User) -> set[str]:
    """Whatever a client may call the user in the later steps of a sign-in, folded."""
    return {*logins(pool, user), fold(pool, user.username), fold(pool, user.sub)}


def is_verified(user: User, attribute: str) -> bool:
    """Whether `email` or `phone_number` has been proved to be the user's."""
    return user.attributes.get(f"{attribute}_verified") == "true"
