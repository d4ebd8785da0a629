"""The AWS CLI lives a whole life of an account, and looks after others'."""

import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from emulator.cognito import totp
from tests.clients.test_stock_clients import somebody
from tests.conformance.cognito.lab import OTHER, PASSWORD, REGION, Lab
from tests.support.isolated import environment


LOCK = Path(__file__).with_name("aws-cli.txt")


class Refused(Exception):
    """What the CLI says when a call fails."""


class Cli:
    """`aws cognito-idp`, with the operator's keys or with none."""

    def __init__(self, lab: Lab, home: Path) -> None:
        self._url = lab.url
        keys = lab.keys.operator
        self._process = subprocess.Popen(
            [environment(LOCK) / "python", Path(__file__).with_name("aws_cli_runner.py")],
            env={
                "HOME": str(home),
                "AWS_ACCESS_KEY_ID": keys.access_key_id,
                "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
                "AWS_DEFAULT_REGION": REGION,
                "AWS_MAX_ATTEMPTS": "1",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, operation: str, **options: Any) -> Any:
        """Run one operation; options are named as in Python, and lists or objects are JSON."""
        return self._run(["--no-sign-request"], operation, options)

    def signed(self, operation: str, **options: Any) -> Any:
        """Run one operation of an administrator."""
        return self._run([], operation, options)

    def close(self) -> None:
        """End the program."""
        self._process.communicate(timeout=20)

    def _run(self, how: list[str], operation: str, options: Mapping[str, Any]) -> Any:
        command = [*how, "--endpoint-url", self._url, "cognito-idp", operation]
        for name, value in options.items():
            command.append("--" + name.replace("_", "-"))
            command.append(value if isinstance(value, str) else json.dumps(value))
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        code, output, error = json.loads(self._process.stdout.readline())
        if code:
            raise Refused(error.strip())
        return json.loads(output or "{}")


@pytest.fixture
def aws(lab: Lab, tmp_path: Path) -> Iterator[Cli]:
    """The CLI."""
    made = Cli(lab, tmp_path)
    yield made
    made.close()


@pytest.mark.process
@pytest.mark.timeout(240)
def test_a_whole_life_on_the_command_line(lab: Lab, name: str, aws: Cli) -> None:
    """Sign-up to reset, wrong password, refresh, TOTP, invitation, global sign-out."""
    given = somebody(lab, name)
    client, pool, email = given["clientId"], given["poolId"], f"{name}@lab.example"

    def sign_in(username: str, password: str) -> Any:
        parameters = {"USERNAME": username, "PASSWORD": password}
        return aws(
            "initiate-auth",
            client_id=client,
            auth_flow="USER_PASSWORD_AUTH",
            auth_parameters=parameters,
        )

    account = {"client_id": client, "username": name}
    attributes = [{"Name": "email", "Value": email}]
    assert not aws("sign-up", **account, password=PASSWORD, user_attributes=attributes)[
        "UserConfirmed"
    ]
    with pytest.raises(Refused, match="UserNotConfirmedException"):
        sign_in(name, PASSWORD)
    aws("confirm-sign-up", **account, confirmation_code=lab.mails(email)[0])
    with pytest.raises(Refused, match=r"NotAuthorizedException.*Incorrect username or password"):
        sign_in(name, "Wr0ng!password")
    tokens = sign_in(name, PASSWORD)["AuthenticationResult"]
    refreshed = aws(
        "initiate-auth",
        client_id=client,
        auth_flow="REFRESH_TOKEN_AUTH",
        auth_parameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
    )["AuthenticationResult"]
    assert refreshed["AccessToken"] != tokens["AccessToken"]
    access = {"access_token": refreshed["AccessToken"]}
    assert aws("get-user", **access)["Username"] == name
    aws("change-password", **access, previous_password=PASSWORD, proposed_password=OTHER)

    secret = totp.read(aws("associate-software-token", **access)["SecretCode"])
    step = int(time.time() // totp.PERIOD)
    verified = aws("verify-software-token", **access, user_code=totp.code(secret, step))
    assert verified["Status"] == "SUCCESS"
    preference = {"Enabled": True, "PreferredMfa": True}
    aws("set-user-mfa-preference", **access, software_token_mfa_settings=preference)
    asked = sign_in(name, OTHER)
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    code = totp.code(secret, step + 1)
    answered = aws(
        "respond-to-auth-challenge",
        client_id=client,
        challenge_name="SOFTWARE_TOKEN_MFA",
        session=asked["Session"],
        challenge_responses={"USERNAME": name, "SOFTWARE_TOKEN_MFA_CODE": code},
    )["AuthenticationResult"]
    aws("set-user-mfa-preference", **access, software_token_mfa_settings={"Enabled": False})

    aws("global-sign-out", access_token=answered["AccessToken"])
    with pytest.raises(Refused, match="Access Token has been revoked"):
        aws("get-user", access_token=answered["AccessToken"])
    aws("forgot-password", **account)
    aws(
        "confirm-forgot-password",
        **account,
        confirmation_code=lab.mails(email)[0],
        password=PASSWORD,
    )
    assert "AuthenticationResult" in sign_in(name, PASSWORD)

    picked = sign_in(given["invited"], given["temporary"])
    assert picked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    aws(
        "respond-to-auth-challenge",
        client_id=client,
        challenge_name="NEW_PASSWORD_REQUIRED",
        session=picked["Session"],
        challenge_responses={"USERNAME": given["invited"], "NEW_PASSWORD": OTHER},
    )

    whose = {"user_pool_id": pool, "username": name}
    with pytest.raises(Refused, match="MissingAuthenticationToken"):
        aws("admin-disable-user", **whose)
    aws.signed("admin-disable-user", **whose)
    assert not aws.signed("admin-get-user", **whose)["Enabled"]
    with pytest.raises(Refused, match="User is disabled"):
        sign_in(name, PASSWORD)
