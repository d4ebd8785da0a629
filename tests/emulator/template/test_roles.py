"""Roles, and the policies that the parts of a template attach to them."""

from typing import Any

import pytest

from emulator.iam.policy import allows
from emulator.template.model import Stack
from emulator.template.stack import load
from tests.emulator.template.test_stack import PLACE, ROOT, echo, stack


ROLE = "arn:aws:iam::000000000000:role/team/poster"
TOPIC = "arn:aws:execute-api:us-east-1:000000000000:api/dev/POST/@connections/x="
MANAGE = "execute-api:ManageConnections"


def role(**properties: Any) -> dict[str, Any]:
    """The echo template whose role has other properties."""
    document = echo()
    document["Resources"]["Role"]["Properties"] = {
        "RoleName": "poster",
        "Path": "/team/",
        "AssumeRolePolicyDocument": {},
        **properties,
    }
    return document


def may(made: Stack, action: str, resource: str = TOPIC) -> bool:
    return allows(made.roles[ROLE], action, resource, {})


GRANT = {"Statement": {"Effect": "Allow", "Action": MANAGE, "Resource": "*"}}


@pytest.mark.parametrize(
    "attached",
    [
        {"Type": "AWS::IAM::Policy", "Properties": {"Roles": [{"Ref": "Role"}]}},
        {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"Roles": [{"Ref": "Role"}]}},
        {"Type": "AWS::IAM::RolePolicy", "Properties": {"RoleName": {"Ref": "Role"}}},
    ],
    ids=lambda resource: str(resource["Type"]),
)
def test_policies_of_their_own(attached: dict[str, Any]) -> None:
    """A policy that names the role counts as if it stood in it."""
    document = role()
    assert not may(stack(document), MANAGE)
    properties = attached["Properties"] | {"PolicyDocument": GRANT}
    document["Resources"]["Attached"] = attached | {"Properties": properties}
    made = stack(document)
    assert may(made, MANAGE)
    assert made.warnings == ()


def test_inline_and_managed_policies() -> None:
    """Inline ones, one of the template's own by its Ref, and one of AWS's."""
    document = role(
        Policies=[{"PolicyName": "p", "PolicyDocument": GRANT}],
        ManagedPolicyArns=[
            {"Ref": "Own"},
            "arn:aws:iam::aws:policy/service-role/AWSLambdaRole",
        ],
    )
    own = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    document["Resources"]["Own"] = {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {"PolicyDocument": own},
    }
    made = stack(document)
    for action in (MANAGE, "s3:PutObject", "lambda:InvokeFunction"):
        assert may(made, action)
    assert not may(made, "dynamodb:PutItem")
    assert made.warnings == ()


def test_a_policy_that_nobody_knows() -> None:
    """It grants nothing, and the person is told."""
    made = stack(role(ManagedPolicyArns=["arn:aws:iam::000000000000:policy/elsewhere"]))
    (warning,) = made.warnings
    assert "policy/elsewhere is not known" in warning
    assert made.roles == {ROLE: ()}


def test_a_role_from_elsewhere() -> None:
    """Nobody can tell what it may do; the person is told that it is not checked."""
    elsewhere = "arn:aws:iam::000000000000:role/elsewhere"
    made = stack(echo(Function__Role=elsewhere))
    assert elsewhere not in made.roles
    (warning,) = made.warnings
    assert "not checked" in warning


def test_the_repository_s_own_roles() -> None:
    """Each function of the chat may do what it does, and no more."""
    made = load(ROOT / "deploy" / "template.yaml", PLACE, {})
    api = made.apis[0]
    post = api.arn("ws", "POST/@connections/TXzPWdnOjoECGjA=")
    posters = {
        function.logical_id
        for function in made.functions.values()
        if allows(made.roles[function.role_arn], MANAGE, post, {})
    }
    assert posters == {"MessageFunction"}
