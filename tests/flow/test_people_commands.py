"""`labchat mail` and `labchat users` against a running emulator, as people and scripts call them."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from emulator.cli import main
from tests.support.people import cognito, mailed_code, site
from tests.support.server import ROOT, Server


pytestmark = pytest.mark.process

SUB = "11111111-2222-4333-8444-5555555555"


class Labchat:
    """The command line, on the shared server."""

    def __init__(self, server: Server) -> None:
        self._data_dir = str(server.data_dir)

    def __call__(self, *words: str) -> Result:
        """Whatever comes of it."""
        return CliRunner().invoke(main, [*words, "--data-dir", self._data_dir])

    def ok(self, *words: str) -> str:
        """Its standard output, when it succeeds."""
        result = self(*words)
        assert result.exit_code == 0, result.output
        return result.stdout

    def lines(self, *words: str) -> list[dict[str, Any]]:
        """Its JSON lines."""
        return [json.loads(line) for line in self.ok(*words, "--json").splitlines()]

    def refused(self, *words: str) -> str:
        """Its sentence on standard error, when it fails."""
        result = self(*words)
        assert result.exit_code == 2, result.output
        return " ".join(result.stderr.split())


@pytest.fixture
def labchat(server: Server) -> Labchat:
    """The commands."""
    return Labchat(server)


def test_add(labchat: Labchat, server: Server) -> None:
    """A temporary password by mail, an address that counts as verified, groups."""
    labchat.ok("users", "groups", "--create", "staff")
    email = "added@lab.example"
    [made] = labchat.lines("users", "add", email, "--name", "Added", "--group", "staff")
    assert (made["email"], made["status"], made["name"]) == (
        email,
        "FORCE_CHANGE_PASSWORD",
        "Added",
    )
    assert len(mailed_code(server, email)) >= 12
    [listed] = labchat.lines("users", "list", "--filter", f'email = "{email}"')
    assert listed == made
    assert "added@lab.example" in labchat.ok("users", "list")
    [group] = labchat.lines("users", "groups", email)
    assert group["group"] == "staff"
    assert labchat.ok("users", "groups", email, "--remove", "staff").strip() == ""
    found = server.client("cognito-idp").admin_get_user(
        UserPoolId=site(server)["userPoolId"], Username=email
    )
    assert {"Name": "email_verified", "Value": "true"} in found["UserAttributes"]
    assert labchat.refused("users", "add", email) == "labchat: User account already exists"
    assert "should be an email" in labchat.refused("users", "add", "nobody")


def test_import(labchat: Labchat, tmp_path: Path) -> None:
    """Everybody, with their sub and groups; a second time nobody; what is wrong by its line."""
    labchat.ok("users", "groups", "--create", "readers")
    file = tmp_path / "people.csv"
    rows = [f"imported{n}@lab.example,Zoë {n},{SUB}{n:02},readers" for n in range(3)]
    file.write_text("\n".join(["\ufeffemail,name,sub,groups", *rows]) + "\n")
    [first] = labchat.lines("users", "import", str(file), "--no-mail")
    assert first == {"added": 3, "existing": [], "failed": []}
    [second] = labchat.lines("users", "import", str(file))
    assert (second["added"], len(second["existing"])) == (0, 3)
    [person] = labchat.lines("users", "list", "--filter", 'email = "imported2@lab.example"')
    assert (person["sub"], person["name"]) == (f"{SUB}02", "Zoë 2")
    assert [g["group"] for g in labchat.lines("users", "groups", person["email"])] == ["readers"]
    file.write_text("email,groups\nnew@lab.example,nobodies\n")
    assert "Line 2: there is no group nobodies" in labchat.refused("users", "import", str(file))
    file.write_text("email,shoe\nnew@lab.example,7\n")
    result = labchat("users", "import", str(file))
    assert result.exit_code == 2
    assert "line 2, new@lab.example: Attributes did not conform" in result.stderr
    assert not labchat.lines("users", "list", "--filter", 'email = "new@lab.example"')


def test_locking_out_and_letting_in(labchat: Labchat, server: Server) -> None:
    """disable, enable, reset, each with its effect."""
    email = "locked@lab.example"
    labchat.ok("users", "add", email)
    password = mailed_code(server, email)
    request = {"ClientId": site(server)["userPoolClientId"], "Username": email}
    labchat.ok("users", "disable", email)
    assert labchat.lines("users", "list", "--filter", f'email = "{email}"')[0]["enabled"] is False
    labchat.ok("users", "enable", email)
    labchat.ok("users", "reset", email)
    assert mailed_code(server, email) != password
    server.client("cognito-idp").admin_set_user_password(
        UserPoolId=site(server)["userPoolId"],
        Username=email,
        Password="Correct-horse-7",
        Permanent=True,
    )
    labchat.ok("users", "reset", email)
    cognito(server).confirm_forgot_password(
        **request, ConfirmationCode=mailed_code(server, email), Password="Correct-horse-8"
    )
    assert labchat.lines("users", "list", "--filter", f'email = "{email}"')[0]["status"] == (
        "CONFIRMED"
    )
    assert labchat.refused("users", "enable", "nobody") == ("labchat: nobody: User does not exist.")


def test_mail(labchat: Labchat, server: Server) -> None:
    """The newest last, with the codes; as JSON for scripts."""
    for name in ("first", "second"):
        labchat.ok("users", "add", f"{name}-mail@lab.example")
    newest = labchat.lines("mail", "--last", "2")
    assert [each["recipient"] for each in newest] == [
        "first-mail@lab.example",
        "second-mail@lab.example",
    ]
    shown = labchat.ok("mail", "--last", "1")
    assert newest[1]["code"] in shown
    assert "first-mail" not in shown


@pytest.mark.timeout(90)
def test_following_the_mail(labchat: Labchat, server: Server) -> None:
    """What arrives is shown at once, after the last of what was there."""
    labchat.ok("users", "add", "before@lab.example")
    words = ["mail", "--follow", "--json", "--last", "1", "--data-dir", str(server.data_dir)]
    command = [sys.executable, "-u", "-m", "emulator", *words]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert json.loads(process.stdout.readline())["recipient"] == "before@lab.example"
            labchat.ok("users", "add", "after@lab.example")
            assert json.loads(process.stdout.readline())["recipient"] == "after@lab.example"
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
        finally:
            process.kill()


def test_where_there_is_no_such_pool(labchat: Labchat, tmp_path: Path) -> None:
    """The pools that there are, and the way out."""
    assert "choose one with --pool" in labchat.refused("users", "list", "--pool", "other")
    alone = CliRunner().invoke(main, ["users", "list", "--data-dir", str(tmp_path)])
    assert alone.exit_code == 2
    assert "labchat up" in alone.stderr
