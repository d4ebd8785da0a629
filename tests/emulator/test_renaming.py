"""The emulator knows no name of the chat's: with every one of them changed, the flow still runs."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator.template.parse import parse
from tests.support.people import Person, new_id, sign_in, sign_up
from tests.support.server import ROOT, TEMPLATE, Server


STAGE = "elsewhere"


def _rename_references(value: Any, rename: Callable[[str], str]) -> Any:
    """Apply `rename` to what Ref, GetAtt, Sub and DependsOn name."""
    if isinstance(value, list):
        return [_rename_references(item, rename) for item in value]
    if not isinstance(value, dict):
        return value
    renamed: dict[str, Any] = {}
    for key, item in value.items():
        if key in {"Ref", "DependsOn"} and isinstance(item, str):
            renamed[key] = rename(item)
        elif key == "Fn::GetAtt":
            renamed[key] = [rename(item[0]), *item[1:]]
        elif key == "Fn::Sub" and isinstance(item, str):
            renamed[key] = re.sub(
                r"\$\{(\w+)", lambda match: "${" + rename(match[1]), item
            ).replace("/ws/", f"/{STAGE}/")
        else:
            renamed[key] = _rename_references(item, rename)
    return renamed


def _renamed(folder: Path) -> Path:
    """A copy of the template and of its functions in which no name is what it was."""
    document = parse(TEMPLATE.read_text())
    logical_ids = {name: f"Thing{number}" for number, name in enumerate(document["Resources"])}
    document = _rename_references(document, lambda name: logical_ids.get(name, name))
    document["Resources"] = {
        logical_ids[name]: resource for name, resource in document["Resources"].items()
    }
    code = folder / "code"
    shutil.copytree(ROOT / "handlers", code, ignore=shutil.ignore_patterns("__pycache__"))
    for number, resource in enumerate(document["Resources"].values()):
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Lambda::Function":
            module, _, function = properties["Handler"].partition(".")
            (code / f"{module}.py").rename(code / f"module{number}.py")
            properties |= {"Handler": f"module{number}.{function}", "FunctionName": f"fn-{number}"}
            resource["Metadata"]["aws:asset:path"] = str(code)
        elif resource["Type"] == "AWS::DynamoDB::Table":
            properties["TableName"] = f"tab-{number}"
        elif resource["Type"] == "AWS::ApiGatewayV2::Stage":
            properties["StageName"] = STAGE
    template = folder / "template.json"
    template.write_text(json.dumps(document))
    return template


@pytest.mark.process
@pytest.mark.timeout(90)
async def test_with_every_name_changed_the_flow_still_runs(
    own_server: Server, tmp_path: Path
) -> None:
    """Sign-up through the trigger, authorizer, connect, message, reply, push: all by the template."""
    own_server.template = _renamed(tmp_path)
    urls = own_server.start()
    assert urls["websocket"].endswith(f"/{STAGE}")
    names = own_server.client("dynamodb").list_tables()["TableNames"]
    assert len(names) == 2
    assert all(name.startswith("tab-") for name in names)
    sign_up(own_server, "ada@lab.example", "Ada")
    token = sign_in(own_server, "ada@lab.example")["AccessToken"]
    async with Person(own_server, token) as ada:
        assert (await ada.call("hello", v=1, name="Ada"))["ok"]
        assert (await ada.say("by any other name", ids=[new_id(1)]))["msgs"][0]["ok"]
        await ada.heard("by any other name")
