"""What docs and workflow say of the commands is so."""

import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from deploy.commands.cost import cost
from deploy.commands.deploy import MODULES, deploy
from tests.deploy.template import ROOT, read


WORKFLOW = ROOT / ".github" / "workflows" / "deploy.yml"
PAGES = [
    ROOT / "docs" / "deploy.md",
    ROOT / "docs" / "beyond-one-lab.md",
    ROOT / "README.md",
    WORKFLOW,
]
COMMAND = re.compile(r"labchat deploy (\w+)((?: +(?:--?[\w-]+|[^\s`|;]+))*)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_options_exist(page: Path) -> None:
    """Each that is named, with each of its options."""
    found = COMMAND.findall(page.read_text())
    assert found or page == PAGES[1]
    for name, rest in found:
        assert name in MODULES
        shown = CliRunner().invoke(deploy, [name, "--help"]).output
        for option in re.findall(r"(?<!\S)-{1,2}[a-z][\w-]*", rest):
            assert option in shown, (name, option)


def test_parameters_of_the_table_exist() -> None:
    """With the defaults that stand there."""
    known = read("template").document["Parameters"]
    text = (ROOT / "docs" / "deploy.md").read_text()
    rows = re.findall(r"^\| (`[A-Z]\w+`(?:, `[A-Z]\w+`)*) \| ([^|]*) \|", text, re.MULTILINE)
    assert len(rows) >= 6
    for names, default in rows:
        for name in re.findall(r"`(\w+)`", names):
            value = str(known[name].get("Default"))
            assert value in default or (value == "" and "none" in default), name


def test_the_bill_of_the_docs_is_the_model_s() -> None:
    """Both totals of the plan's load."""
    total = CliRunner().invoke(cost, []).stdout.splitlines()[-1].split()[-2:]
    text = (ROOT / "docs" / "deploy.md").read_text()
    assert f"| ${total[0]} | ${total[1]} |" in text


def test_the_workflow_has_no_key() -> None:
    """It asks for a token of its own, in the environment that the role lets in, and nothing else."""
    text = WORKFLOW.read_text()
    assert "secrets." not in text
    jobs = yaml.safe_load(text)["jobs"]
    assert jobs["deploy"]["permissions"] == {"contents": "read", "id-token": "write"}
    assert "permissions" not in jobs["check"]
    assert jobs["deploy"]["needs"] == "check"
    role = read("account").resources["WorkflowRole"]["Properties"]["AssumeRolePolicyDocument"]
    (statement,) = role["Statement"]
    subject = statement["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"]
    assert subject["Fn::Sub"].endswith(f":environment:{jobs['deploy']['environment']}")
    # What a person types goes into a variable, not into the script.
    scripts = [step.get("run", "") for job in jobs.values() for step in job["steps"]]
    assert not [script for script in scripts if "${{" in script]
