"""`labchat env`: variables for AWS's tools."""

import json
import os
import subprocess
from pathlib import Path

from click.testing import CliRunner

from emulator.cli import main
from emulator.settings import RUNNING_FILE


def leave(data_dir: Path) -> None:
    """What an emulator writes when it is ready."""
    keys = data_dir / "credentials"
    keys.write_text("[default]\naws_access_key_id = A\naws_secret_access_key = S'$x\nregion = r\n")
    addresses = {"aws": "http://127.0.0.1:1", "management": "http://127.0.0.1:1/dev"}
    content = addresses | {"objects": "http://localhost:2", "credentials": str(keys)}
    (data_dir / RUNNING_FILE).write_text(json.dumps(content | {"pid": os.getpid()}))


def test_a_shell_takes_the_variables_over(tmp_path: Path) -> None:
    """`eval` sets them as they are, and drops a session or profile of another account."""
    leave(tmp_path)
    printed = CliRunner().invoke(main, ["env", "--data-dir", str(tmp_path)])
    assert printed.exit_code == 0
    script = f"{printed.stdout}\nenv -0"
    before = {"PATH": os.environ["PATH"], "AWS_PROFILE": "work", "AWS_SESSION_TOKEN": "t"}
    shown = subprocess.run(["sh", "-c", script], env=before, capture_output=True, check=True).stdout
    variables = dict(item.split("=", 1) for item in shown.decode().split("\0") if "=" in item)
    assert variables["AWS_SECRET_ACCESS_KEY"] == "S'$x"
    assert variables["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert variables["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"] == "http://127.0.0.1:1/dev"
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & set(variables)


def test_scripts_get_json(tmp_path: Path) -> None:
    """The same, as an object."""
    leave(tmp_path)
    printed = CliRunner().invoke(main, ["env", "--json", "--data-dir", str(tmp_path)])
    variables = json.loads(printed.stdout)
    assert variables["AWS_ACCESS_KEY_ID"] == "A"
    assert variables["AWS_REGION"] == "r"
    assert variables["AWS_ENDPOINT_URL_S3"] == "http://localhost:2"
