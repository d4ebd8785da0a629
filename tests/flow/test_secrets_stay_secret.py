"""After a whole account's life, no password, token, code or secret lies open anywhere."""

import json
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from emulator.cognito import totp
from tests.support.people import PASSWORD, cognito, mailed_code, sign_in, sign_up, site
from tests.support.server import Server


pytestmark = pytest.mark.process

EMAIL = "secretive@lab.example"
NEW = "Another-horse-8"
TEMPORARY = "Temporary-horse-9"


@pytest.fixture
def secrets(own_server: Server) -> dict[str, str]:
    """Everything that nobody may read, by what it is; the server still runs."""
    own_server.start()
    return dict(_live(own_server))


def _live(server: Server) -> Iterator[tuple[str, str]]:
    client, admin, config = cognito(server), server.client("cognito-idp"), site(server)
    request = {"ClientId": config["userPoolClientId"], "Username": EMAIL}
    sign_up(server, EMAIL, "Secretive")
    yield "sign-up code", mailed_code(server, EMAIL)
    yield "password", PASSWORD
    session = sign_in(server, EMAIL)
    for kind in ("AccessToken", "IdToken", "RefreshToken"):
        yield kind, session[kind]
    refreshed = client.get_tokens_from_refresh_token(
        ClientId=request["ClientId"], RefreshToken=session["RefreshToken"]
    )["AuthenticationResult"]
    yield "refreshed token", refreshed["AccessToken"]
    client.forgot_password(**request)
    code = mailed_code(server, EMAIL)
    yield "reset code", code
    client.confirm_forgot_password(**request, ConfirmationCode=code, Password=NEW)
    yield "new password", NEW
    user = {"UserPoolId": config["userPoolId"], "Username": "invited@lab.example"}
    admin.admin_create_user(
        **user,
        TemporaryPassword=TEMPORARY,
        UserAttributes=[{"Name": "email", "Value": user["Username"]}],
    )
    yield "temporary password", TEMPORARY
    yield from _with_an_app(admin, client)


def _with_an_app(admin: Any, client: Any) -> Iterator[tuple[str, str]]:
    """In a pool of its own, where apps and client secrets are in use."""
    pool = admin.create_user_pool(PoolName="apps")["UserPool"]["Id"]
    admin.set_user_pool_mfa_config(
        UserPoolId=pool,
        MfaConfiguration="OPTIONAL",
        SoftwareTokenMfaConfiguration={"Enabled": True},
    )
    confidential = admin.create_user_pool_client(
        UserPoolId=pool, ClientName="s", GenerateSecret=True
    )["UserPoolClient"]
    yield "client secret", confidential["ClientSecret"]
    web = admin.create_user_pool_client(
        UserPoolId=pool, ClientName="w", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    admin.admin_create_user(UserPoolId=pool, Username="ada", MessageAction="SUPPRESS")
    admin.admin_set_user_password(
        UserPoolId=pool, Username="ada", Password=f"{NEW}a", Permanent=True
    )
    parameters = {"USERNAME": "ada", "PASSWORD": f"{NEW}a"}
    token = client.initiate_auth(
        ClientId=web, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters
    )["AuthenticationResult"]["AccessToken"]
    app = client.associate_software_token(AccessToken=token)["SecretCode"]
    step = int(time.time() // totp.PERIOD)
    code = totp.code(totp.read(app), step)
    client.verify_software_token(AccessToken=token, UserCode=code)
    yield "secret of an app", app


def traces(secret: str, data: bytes) -> bool:
    """Whether a secret stands in some bytes, as text or in the raw."""
    if len(secret) == 6:
        # Six digits come up by chance in any number: a code is looked for as a word of its own.
        padded = b" " + data + b" "
        return any(
            not (around[:1] + around[-1:]).isalnum() for around in _around(padded, secret.encode())
        )
    return secret.encode() in data


def _around(data: bytes, wanted: bytes) -> Iterator[bytes]:
    at = data.find(wanted)
    while at >= 0:
        yield data[at - 1 : at + len(wanted) + 1]
        at = data.find(wanted, at + 1)


def files(server: Server) -> dict[str, bytes]:
    """All that the server has written: databases, logs, ready files."""
    return {
        str(path.relative_to(server.data_dir)): path.read_bytes()
        for path in server.data_dir.rglob("*")
        if path.is_file() and "packages" not in path.parts
    }


def test_nothing_secret_is_written(own_server: Server, secrets: dict[str, str]) -> None:
    """Not while it runs, and not after its end; the whole data directory is its owner's alone."""
    assert len(secrets) == 11
    running = files(own_server)
    assert {"cognito.db", "server.log", "ready.json", "running.json"} <= running.keys()
    assert EMAIL.encode() in b"".join(running.values())
    own_server.stop()
    for when, found in (("running", running), ("stopped", files(own_server))):
        leaks = [
            (when, what, name)
            for what, secret in secrets.items()
            for name, data in found.items()
            if traces(secret, data)
        ]
        assert not leaks
    for name in ("cognito.db", "credentials", "iam.key", *key_files(own_server.data_dir)):
        assert stat.S_IMODE((own_server.data_dir / name).stat().st_mode) == 0o600, name


def key_files(data_dir: Path) -> list[str]:
    found = [f"keys/{path.name}" for path in (data_dir / "keys").iterdir()]
    assert "keys/vault.key" in found
    return found


def test_nothing_secret_is_an_argument(own_server: Server, secrets: dict[str, str]) -> None:
    """Neither of the emulator nor of anything that it starts, nor in their environment."""
    server = psutil.Process(json.loads((own_server.data_dir / "running.json").read_text())["pid"])
    for process in (server, *server.children(recursive=True)):
        words = " ".join([*process.cmdline(), *process.environ().values()]).encode()
        assert not [what for what, secret in secrets.items() if traces(secret, words)]


def test_the_mailbox_alone_shows_codes(own_server: Server, secrets: dict[str, str]) -> None:
    """That is its purpose; on disk it is sealed, and the port is this machine's."""
    messages = json.dumps(
        [mailed_code(own_server, EMAIL), mailed_code(own_server, "invited@lab.example")]
    )
    assert secrets["reset code"] in messages
    assert TEMPORARY in messages
