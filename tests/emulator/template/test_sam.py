"""SAM templates, expanded by AWS's own translator."""

import json
from pathlib import Path
from typing import Any

import pytest

from emulator.errors import UsageError
from emulator.iam.policy import allows
from emulator.template.model import Stack
from emulator.template.sam import TRANSFORM, expand, uses_sam
from emulator.template.stack import load
from tests.emulator.template.test_stack import PLACE, ROOT


SAM = ROOT / "tests" / "fixtures" / "sam"
MANAGE = "execute-api:ManageConnections"

pytestmark = pytest.mark.process  # The translator is a child process.


@pytest.fixture(scope="module")
def made() -> Stack:
    """The fixture's stack."""
    return load(SAM / "template.yaml", PLACE, {})


def test_a_websocket_api(made: Stack) -> None:
    """SAM's own type becomes an API with its routes, integrations and stage."""
    (api,) = made.apis
    assert set(api.routes) == {"$connect", "$default"}
    assert list(api.stages) == ["Prod"]
    default = api.routes["$default"].integration
    assert default is not None
    assert default.timeout == 5
    assert made.outputs["Url"] == f"wss://{api.id}.execute-api.us-east-1.amazonaws.com/Prod"
    assert made.warnings == ()


def test_functions_with_what_globals_say(made: Stack) -> None:
    """Runtime, code folder and variables of Globals, with the function's own beside them."""
    functions = {function.logical_id: function for function in made.functions.values()}
    assert functions["Connect"].code == functions["Echo"].code == SAM / "code"
    assert functions["Echo"].environment == {"GREETING": "hello"}
    assert functions["Connect"].environment == {"GREETING": "hello", "TABLE": made.tables[0].name}
    assert functions["Echo"].timeout == 20


def test_policies_by_template_and_by_name(made: Stack) -> None:
    """The roles that SAM makes hold what its policy templates and AWS's managed policies grant."""
    functions = {function.logical_id: function for function in made.functions.values()}
    post = made.apis[0].arn("Prod", "POST/@connections/x=")
    put = "dynamodb:PutItem"
    may = {
        name: (
            allows(made.roles[functions[name].role_arn], put, made.tables[0].arn, {}),
            allows(made.roles[functions[name].role_arn], MANAGE, post, {}),
        )
        for name in ("Connect", "Echo")
    }
    assert may == {"Connect": (True, False), "Echo": (False, True)}


def sam(tmp_path: Path, resources: dict[str, Any], **sections: Any) -> Stack:
    """The stack of a SAM template in a folder of its own."""
    document = {"Transform": TRANSFORM, "Resources": resources, **sections}
    (tmp_path / "template.json").write_text(json.dumps(document))
    return load(tmp_path / "template.json", PLACE, {})


def function(**properties: Any) -> dict[str, Any]:
    defaults = {"Runtime": "python3.13", "Handler": "app.handler", "CodeUri": "own/"}
    return {"Type": "AWS::Serverless::Function", "Properties": defaults | properties}


def test_what_surrounds_functions_in_aws_s_samples(tmp_path: Path) -> None:
    """Plain API resources beside SAM's functions, a site on CloudFront, statements as policies."""
    (tmp_path / "own").mkdir()
    statement = {"Effect": "Allow", "Action": [MANAGE], "Resource": ["*"]}
    made = sam(
        tmp_path,
        {
            "F": function(Policies=[{"Statement": [statement]}]),
            "Site": {"Type": "AWS::CloudFront::Distribution", "Description": "a site"},
        },
        Outputs={"Url": {"Value": {"Fn::GetAtt": ["Site", "DomainName"]}}},
    )
    (only,) = made.functions.values()
    assert only.code == tmp_path / "own"
    assert allows(made.roles[only.role_arn], MANAGE, "x", {})
    assert made.outputs["Url"].endswith(".DomainName")
    (warning,) = made.warnings
    assert "not emulated" in warning


def test_a_condition_and_a_parameter(tmp_path: Path) -> None:
    """They go through the translator as they are."""
    (tmp_path / "own").mkdir()
    made = sam(
        tmp_path,
        {"F": function(FunctionName={"Ref": "Name"}), "G": function() | {"Condition": "Never"}},
        Parameters={"Name": {"Type": "String", "Default": "named"}},
        Conditions={"Never": {"Fn::Equals": ["a", "b"]}},
    )
    assert list(made.functions) == ["named"]


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"Nonsense": 1}, r"\[F\].*Nonsense"),
        ({"CodeUri": "absent/"}, "absent does not exist"),
    ],
)
def test_what_sam_does_not_accept(tmp_path: Path, properties: dict[str, Any], message: str) -> None:
    """The translator's own sentence, or ours, names the resource."""
    with pytest.raises(UsageError, match=message):
        sam(tmp_path, {"F": function(**properties)}).roles  # noqa: B018 - loading is the point


@pytest.mark.parametrize(
    "document",
    [
        {"Resources": {"F": {"Type": "AWS::Serverless::Function"}}},
        {"Resources": {"F": function() | {"Properties": None}}},
        {"Resources": {"F": function(CodeUri=5)}, "Globals": {"Function": None}},
        {"Resources": {"F": function()}, "Globals": []},
    ],
)
def test_a_broken_template_is_no_traceback(document: dict[str, Any]) -> None:
    """Whatever the translator stumbles over ends in one sentence."""
    with pytest.raises(UsageError, match=r"The SAM template is not valid: .+"):
        expand(document, {}, "us-east-1")


@pytest.mark.parametrize(
    "transform", ["AWS::LanguageExtensions", [TRANSFORM, "Own::Macro"], {"Name": "AWS::Include"}]
)
def test_other_transforms_are_named(transform: Any) -> None:
    """Half an expansion would be worse than none."""
    with pytest.raises(UsageError, match="not supported"):
        uses_sam({"Transform": transform})


def test_a_plain_template_starts_no_translator() -> None:
    """Nor does a list with nothing in it."""
    assert not uses_sam({})
    assert not uses_sam({"Transform": []})
    assert uses_sam({"Transform": [TRANSFORM]})
