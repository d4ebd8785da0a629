"""What `--smtp` says."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from emulator.errors import UsageError
from emulator.settings import RelaySettings


PORTS = {"smtp": 587, "smtps": 465}
PASSWORD_VARIABLE = "LABCHAT_SMTP_PASSWORD"  # noqa: S105 - a name


def relay_settings(
    url: str | None, password_file: Path | None, sender: str | None, environment: Mapping[str, str]
) -> RelaySettings | None:
    """The relay, or `None` without a URL. Raises `UsageError` for one that makes no sense."""
    if url is None:
        if password_file is not None or sender is not None:
            raise UsageError("--smtp-password-file and --mail-from need --smtp URL.")
        return None
    parts = _checked(url)
    username = unquote(parts.username) if parts.username else None
    password = _password(password_file, environment)
    if password is not None and username is None:
        raise UsageError("--smtp: there is a password but no user; write smtp://USER@HOST.")
    if username is not None and password is None:
        raise UsageError(
            f"--smtp names the user {username}: give the password in {PASSWORD_VARIABLE} or "
            "in the file of --smtp-password-file."
        )
    host = str(parts.hostname)
    return RelaySettings(
        host=host,
        port=parts.port or PORTS[parts.scheme],
        sender=sender or f"no-reply@{host}",
        implicit_tls=parts.scheme == "smtps",
        username=username,
        password=password,
    )


def _checked(url: str) -> SplitResult:
    form = UsageError("--smtp: give smtp://USER@HOST:587 or smtps://USER@HOST:465.")
    try:
        parts = urlsplit(url)
        sound = parts.scheme in PORTS and parts.hostname and parts.port != 0
    except ValueError:
        raise form from None
    if not sound or parts.path.strip("/") or parts.query:
        raise form
    if parts.password is not None:
        raise UsageError(
            "--smtp: no password on a command line, where every process can read it; use "
            f"{PASSWORD_VARIABLE} or --smtp-password-file."
        )
    return parts


def _password(file: Path | None, environment: Mapping[str, str]) -> str | None:
    if file is None:
        return environment.get(PASSWORD_VARIABLE)
    try:
        return file.read_text().strip()
    except OSError as error:
        raise UsageError(f"--smtp-password-file {file}: {error.strerror}.") from error
