"""What `--smtp` takes, and that a password never stands on a command line."""

from pathlib import Path

import pytest

from emulator.commands.smtp import PASSWORD_VARIABLE, relay_settings
from emulator.errors import UsageError
from emulator.settings import RelaySettings


def test_without_a_relay() -> None:
    """Mail stays here; the other options alone make no sense."""
    assert relay_settings(None, None, None, {PASSWORD_VARIABLE: "x"}) is None
    with pytest.raises(UsageError, match="need --smtp"):
        relay_settings(None, None, "a@b.cd", {})


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.lab", RelaySettings("mail.lab", 587, "no-reply@mail.lab")),
        ("smtp://mail.lab:25/", RelaySettings("mail.lab", 25, "no-reply@mail.lab")),
        (
            "smtps://mail.lab",
            RelaySettings("mail.lab", 465, "no-reply@mail.lab", implicit_tls=True),
        ),
        (
            "smtp://ada%40lab@mail.lab",
            RelaySettings(
                "mail.lab", 587, "no-reply@mail.lab", username="ada@lab", password="secret"
            ),
        ),
    ],
)
def test_addresses(url: str, expected: RelaySettings) -> None:
    """Ports by scheme, a user where one is named."""
    environment = {PASSWORD_VARIABLE: "secret"} if expected.username else {}
    assert relay_settings(url, None, None, environment) == expected


def test_the_password_from_a_file(tmp_path: Path) -> None:
    """Without the end of its line."""
    file = tmp_path / "password"
    file.write_text("secret\n")
    found = relay_settings("smtp://ada@mail.lab", file, "chat@lab.example", {})
    assert found is not None
    assert (found.password, found.sender) == ("secret", "chat@lab.example")
    with pytest.raises(UsageError, match="No such file"):
        relay_settings("smtp://ada@mail.lab", tmp_path / "nowhere", None, {})


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("mail.lab", "give smtp://"),
        ("http://mail.lab", "give smtp://"),
        ("smtp://", "give smtp://"),
        ("smtp://mail.lab:x", "give smtp://"),
        ("smtp://mail.lab:0", "give smtp://"),
        ("smtp://mail.lab/path", "give smtp://"),
        ("smtp://ada:secret@mail.lab", "no password on a command line"),
        ("smtp://ada@mail.lab", "names the user ada: give the password"),
    ],
)
def test_what_is_wrong(url: str, problem: str) -> None:
    """In one sentence, which never repeats a password."""
    with pytest.raises(UsageError, match=problem) as caught:
        relay_settings(url, None, None, {})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "start_tls"),
    [
        (RelaySettings("mail.lab", 25, "s"), None),
        (RelaySettings("mail.lab", 25, "s", username="u", password="p"), True),
        (RelaySettings("mail.lab", 465, "s", implicit_tls=True), False),
        (RelaySettings("localhost", 25, "s", username="u", password="p"), False),
    ],
)
def test_when_tls_is_started(settings: RelaySettings, start_tls: bool | None) -> None:
    """A password goes over no network in the clear."""
    assert settings.start_tls is start_tls
