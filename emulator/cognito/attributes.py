"""Rules about user attributes: the schema, who may write what, formats, masking. Pure."""

import re
from collections.abc import Iterable, Mapping

from emulator.cognito.errors import InvalidParameter, NotAuthorized
from emulator.template.model import SchemaAttribute, UserPool, UserPoolClient
from emulator.template.user_pools import STANDARD_ATTRIBUTES


NOT_BY_USERS = frozenset({"sub", "email_verified", "phone_number_verified"})
EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]+")
PHONE = re.compile(r"\+[0-9]{5,15}")
NUMBER = re.compile(r"-?[0-9]{1,18}")


def from_pairs(pairs: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """AWS's list of Name and Value as a mapping; the last of two equal names counts."""
    return {pair["Name"]: pair.get("Value", "") for pair in pairs}


def check_written(
    pool: UserPool, attributes: Mapping[str, str], client: UserPoolClient | None
) -> None:
    """Refuse attributes that do not exist, may not be written through `client` (`None`: an
    administrator), or are malformed."""
    for name, value in attributes.items():
        if name == "sub" or (client is not None and not writable(client, name)):
            raise NotAuthorized("A client attempted to write unauthorized attribute")
        if name not in STANDARD_ATTRIBUTES and name not in pool.custom_attributes:
            raise off_schema(f"{name}: Attribute does not exist in the schema.")
        check_format(name, value)
    for declared in pool.schema:
        if value := attributes.get(declared.name, ""):
            _check_constraints(declared, value)


def check_mutable(pool: UserPool, attributes: Iterable[str]) -> None:
    """Refuse changes of what the schema makes immutable."""
    fixed = {declared.name for declared in pool.schema if not declared.mutable}
    for name in attributes:
        if name in fixed:
            raise InvalidParameter(
                f"user.{name}: Attribute cannot be updated. (changing an immutable attribute)"
            )


def writable(client: UserPoolClient, name: str) -> bool:
    """Whether users may set the attribute through this client."""
    if name in NOT_BY_USERS:
        return False
    return client.write_attributes is None or name in client.write_attributes


def readable(client: UserPoolClient, attributes: Mapping[str, str]) -> dict[str, str]:
    """What users may see through this client. One without a list sees everything: the API's
    reference names the standard attributes, the CDK's the custom ones as well."""
    shown = client.read_attributes
    return {name: value for name, value in attributes.items() if shown is None or name in shown}


def check_required(pool: UserPool, attributes: Mapping[str, str]) -> None:
    """Refuse a user who lacks what the pool requires."""
    for name in missing(pool, attributes):
        raise off_schema(f"{name}: The attribute is required")


def missing(pool: UserPool, attributes: Mapping[str, str]) -> list[str]:
    """Required attributes without a value."""
    return sorted(name for name in pool.required_attributes - {"sub"} if not attributes.get(name))


def check_format(name: str, value: str) -> None:
    """Formats of the few attributes that have one (section 7.2); an empty value removes."""
    if not value:
        return
    if name == "email" and not EMAIL.fullmatch(value):
        raise InvalidParameter("Invalid email address format.")
    if name == "phone_number" and not PHONE.fullmatch(value):
        raise InvalidParameter("Invalid phone number format.")
    if name in ("email_verified", "phone_number_verified") and value not in ("true", "false"):
        raise off_schema(f"{name}: Attribute value must be true or false")
    if name == "birthdate" and len(value) != 10:
        raise off_schema("birthdate: String must be 10 characters long")


def _check_constraints(declared: SchemaAttribute, value: str) -> None:
    low, high = declared.low, declared.high
    match declared.type:
        case "Number":
            if not NUMBER.fullmatch(value):
                raise off_schema(f"{declared.name}: Attribute value must be a number")
            size, kind = int(value), "value"
        case "Boolean":
            if value not in ("true", "false"):
                raise off_schema(f"{declared.name}: Attribute value must be true or false")
            return
        case _:
            size, kind = len(value), "length"
    if low is not None and size < low:
        raise off_schema(f"{declared.name}: Attribute {kind} must be at least {low}")
    if high is not None and size > high:
        raise off_schema(f"{declared.name}: Attribute {kind} must be at most {high}")


def off_schema(problem: str) -> InvalidParameter:
    """AWS's text, which ends with a newline (section 8)."""
    return InvalidParameter(f"Attributes did not conform to the schema: {problem}\n")


def named_by(pool: UserPool, username: str) -> str | None:
    """Which attribute `username` is, in a pool that takes e-mail or phone as the user name."""
    if not pool.username_attributes:
        aliases = pool.alias_attributes
        if "email" in aliases and EMAIL.fullmatch(username):
            raise InvalidParameter(
                "Username cannot be of email format, since user pool is configured for email alias."
            )
        if "phone_number" in aliases and PHONE.fullmatch(username):
            raise InvalidParameter(
                "Username cannot be of phone number format, "
                "since user pool is configured for phone number alias."
            )
        return None
    if "email" in pool.username_attributes and EMAIL.fullmatch(username):
        return "email"
    if "phone_number" in pool.username_attributes and PHONE.fullmatch(username):
        return "phone_number"
    kinds = [
        text
        for name, text in (("email", "an email"), ("phone_number", "a phone number"))
        if name in pool.username_attributes
    ]
    raise InvalidParameter(f"Username should be {' or '.join(kinds)}.")


def with_username(name: str | None, username: str, given: Mapping[str, str]) -> dict[str, str]:
    """Fill the attribute that is the user name; a different value beside it is refused (7.2)."""
    if name is None:
        return dict(given)
    if given.get(name, username) != username:
        kind = "email" if name == "email" else "phone_number"
        raise InvalidParameter(
            f"User {kind} should be empty or same as username, since username attribute is {kind}."
        )
    return {**given, name: username}


def masked(name: str, value: str) -> str:
    """What a client may see of a destination: `a***@l***`, `+*******9934` (section 7.4)."""
    if name == "phone_number":
        return f"+*******{value[-4:]}"
    local, _, domain = value.partition("@")
    return f"{local[:1]}***@{domain[:1]}***"
