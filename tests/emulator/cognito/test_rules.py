"""The pure rules, as tables."""

from dataclasses import replace

import pytest

from emulator.cognito import attributes, srp_timestamp
from emulator.cognito.errors import InvalidParameter
from emulator.cognito.operations.initiate_auth import allows
from emulator.cognito.operations.user_filter import parse
from emulator.cognito.passwords import NONE
from emulator.cognito.user import Status, User
from tests.emulator.cognito.stacks import ALIASES, EMAILS, NAMES, client


EITHER = replace(EMAILS, username_attributes=frozenset({"email", "phone_number"}))
PHONES = replace(ALIASES, alias_attributes=frozenset({"phone_number"}))
ADA = User(
    pool_id=NAMES.id,
    sub="s-1",
    username="Ada",
    status=Status.CONFIRMED,
    attributes={"email": "Ada@lab.example", "name": 'A "q" \\ b'},
    password=NONE,
    password_set=0,
    created=0,
    modified=0,
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", True),
        ("  ", True),
        ('username = "Ada"', True),
        ('username = "ada"', False),
        ('"username"="Ada"', True),
        ('email = "ada@LAB.example"', True),
        ('email ^= "ADA@"', True),
        ('email ^= ""', True),
        ('phone_number ^= ""', False),
        ('sub = "s-1"', True),
        ('sub ^= "S-"', False),
        ('cognito:user_status = "confirmed"', True),
        ('status = "Enabled"', True),
        ('status = "enabled"', False),
        (r'name = "A \"q\" \\ b"', True),
        ('given_name = "x"', False),
    ],
)
def test_filter(text: str, found: bool) -> None:
    """One clause; case matters where AWS says so (section 4.1)."""
    assert parse(text)(ADA) is found


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Tue Mar 4 05:06:07 UTC 2025", 1741064767.0),
        ("Wed Dec 24 23:59:09 UTC 2025", 1766620749.0),
        ("Tue Mar 04 05:06:07 UTC 2025", None),
        ("Wed Mar 4 05:06:07 UTC 2025", None),
        ("Tue Mar 4 5:06:07 UTC 2025", None),
        ("Tue Mar 4 25:06:07 UTC 2025", None),
        ("Sun Feb 30 05:06:07 UTC 2025", None),
        ("Tue Mar 4 05:06:07 CET 2025", None),
        ("Tue Mar 4 05:06:07 UTC 2025 ", None),
        ("Tue Mar \u0664 05:06:07 UTC 2025", None),
        ("", None),
    ],
)
def test_srp_timestamp(text: str, seconds: float | None) -> None:
    """One spelling, and a date that exists (section 5.1)."""
    assert srp_timestamp.parse(text) == seconds


def test_srp_timestamp_skew() -> None:
    """Five minutes either way."""
    text, moment = "Tue Mar 4 05:06:07 UTC 2025", 1741064767.0
    for offset, current in ((-301, False), (-300, True), (300, True), (301, False)):
        assert srp_timestamp.is_current(text, moment + offset) is current


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("email", "ada@lab.example", "a***@l***"),
        ("phone_number", "+12065559934", "+*******9934"),
    ],
)
def test_masked(name: str, value: str, shown: str) -> None:
    """What a client may see of an address (section 7.4)."""
    assert attributes.masked(name, value) == shown


def test_user_names_that_are_attributes() -> None:
    """Section 7.2."""
    assert attributes.named_by(NAMES, "ada@lab.example") is None
    assert attributes.named_by(EITHER, "ada@lab.example") == "email"
    assert attributes.named_by(EITHER, "+12065559934") == "phone_number"
    with pytest.raises(InvalidParameter, match=r"Username should be an email\."):
        attributes.named_by(EMAILS, "+12065559934")
    with pytest.raises(InvalidParameter, match="Username should be an email or a phone number"):
        attributes.named_by(EITHER, "ada")
    with pytest.raises(InvalidParameter, match="Username cannot be of phone number format"):
        attributes.named_by(PHONES, "+12065559934")
    with pytest.raises(InvalidParameter) as caught:
        attributes.with_username("email", "a@b.cd", {"email": "x@y.zz"})
    assert caught.value.message == (
        "User email should be empty or same as username, since username attribute is email."
    )


@pytest.mark.parametrize(
    ("flows", "flow", "allowed"),
    [
        ({"ALLOW_USER_SRP_AUTH"}, "USER_SRP_AUTH", True),
        ({"ALLOW_USER_SRP_AUTH"}, "REFRESH_TOKEN_AUTH", False),
        ({"USER_PASSWORD_AUTH"}, "USER_PASSWORD_AUTH", True),
        ({"ADMIN_NO_SRP_AUTH"}, "USER_PASSWORD_AUTH", False),
        ({"ADMIN_NO_SRP_AUTH"}, "USER_SRP_AUTH", True),
        ({"ADMIN_NO_SRP_AUTH"}, "REFRESH_TOKEN_AUTH", True),
    ],
)
def test_flows(flows: set[str], flow: str, allowed: bool) -> None:
    """New and legacy values of ExplicitAuthFlows (section 4.2)."""
    assert allows(client(NAMES, "c", auth_flows=frozenset(flows)), flow) is allowed
