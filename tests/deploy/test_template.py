"""Invariants of deploy/template.yaml that no linter knows."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.template import PATH, load


TEMPLATE = load()
RESOURCES: dict[str, dict[str, Any]] = TEMPLATE["Resources"]
HANDLERS = PATH.parent.parent / "handlers"

STATEFUL = {
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::Table",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
}
# What one-way `$default` may do with a table, and what nobody may.
FORBIDDEN_ACTIONS = re.compile(r"\*|Scan|DeleteTable|CreateLogGroup")


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    """The properties of all resources of a type, by logical id."""
    return {
        name: resource["Properties"]
        for name, resource in RESOURCES.items()
        if resource["Type"] == kind
    }


FUNCTIONS = of_type("AWS::Lambda::Function")


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement of every role, with the role's logical id."""
    for name, role in of_type("AWS::IAM::Role").items():
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement


def as_list(value: Any) -> list[Any]:
    """IAM lets a single value stand for a list."""
    return value if isinstance(value, list) else [value]


def test_every_route_leads_to_an_integration() -> None:
    """cfn-lint accepts a target without `integrations/`."""
    routes = of_type("AWS::ApiGatewayV2::Route")
    assert {route["RouteKey"] for route in routes.values()} == {
        "$connect",
        "$default",
        "$disconnect",
    }
    targets = {route["Target"]["Fn::Sub"] for route in routes.values()}
    integrations = of_type("AWS::ApiGatewayV2::Integration")
    assert targets == {f"integrations/${{{name}}}" for name in integrations}
    assert set(RESOURCES["Stage"]["DependsOn"]) == set(routes)


def test_default_is_one_way() -> None:
    """Two-way routes bill a frame for each result, empty ones too."""
    assert "RouteResponseSelectionExpression" not in RESOURCES["DefaultRoute"]["Properties"]


def test_only_holders_of_a_token_connect() -> None:
    """The authorizer is asked, and never without the header that carries the token."""
    route = RESOURCES["ConnectRoute"]["Properties"]
    assert (route["AuthorizationType"], route["AuthorizerId"]) == ("CUSTOM", {"Ref": "Authorizer"})
    authorizer = RESOURCES["Authorizer"]["Properties"]
    assert authorizer["AuthorizerType"] == "REQUEST"
    assert authorizer["IdentitySource"] == ["route.request.header.Sec-WebSocket-Protocol"]


def test_every_function_may_be_called_by_its_own_caller_only() -> None:
    """One permission for each, with an exact source; the routes' name the stage."""
    stage = RESOURCES["Stage"]["Properties"]["StageName"]
    api = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}"
    wanted = {
        "AuthorizerFunction": f"{api}/authorizers/${{Authorizer}}",
        "PreSignUpFunction": {"Fn::GetAtt": ["UserPool", "Arn"]},
    }
    for route in of_type("AWS::ApiGatewayV2::Route").values():
        integration = route["Target"]["Fn::Sub"].removeprefix("integrations/${").rstrip("}")
        uri = RESOURCES[integration]["Properties"]["IntegrationUri"]["Fn::Sub"]
        (function,) = re.findall(r"\$\{(\w+)\.Arn\}/invocations$", uri)
        wanted[function] = f"{api}/{stage}/{route['RouteKey']}"
    found = {}
    for permission in of_type("AWS::Lambda::Permission").values():
        source = permission["SourceArn"]
        function = permission["FunctionName"]["Fn::GetAtt"][0]
        found[function] = source.get("Fn::Sub", source)
        principal = "cognito-idp" if function == "PreSignUpFunction" else "apigateway"
        assert permission["Principal"] == f"{principal}.amazonaws.com"
        assert permission["Action"] == "lambda:InvokeFunction"
    assert found == wanted
    assert found.keys() == FUNCTIONS.keys()


def test_every_function_has_its_own_role_and_log() -> None:
    """The role may write that log and no other."""
    roles = {name: f["Role"]["Fn::GetAtt"][0] for name, f in FUNCTIONS.items()}
    logs = {name: f["LoggingConfig"]["LogGroup"]["Ref"] for name, f in FUNCTIONS.items()}
    assert len(set(roles.values())) == len(set(logs.values())) == len(FUNCTIONS)
    for function in FUNCTIONS:
        resources = [
            resource
            for role, statement in statements()
            if role == roles[function] and "logs:" in str(statement["Action"])
            for resource in as_list(statement["Resource"])
        ]
        assert resources == [{"Fn::GetAtt": [logs[function], "Arn"]}]
    for log in of_type("AWS::Logs::LogGroup").values():
        assert log["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert TEMPLATE["Parameters"]["LogRetentionDays"]["Default"] == 365


def test_no_role_may_more_than_it_names() -> None:
    """No wildcard but for connection ids and the files' two folders, and no scan."""
    for _role, statement in statements():
        assert statement["Effect"] == "Allow"
        for action in as_list(statement["Action"]):
            assert not FORBIDDEN_ACTIONS.search(action)
        for resource in as_list(statement["Resource"]):
            assert isinstance(resource, dict)
            text = json.dumps(resource)
            stage = RESOURCES["Stage"]["Properties"]["StageName"]
            sockets = rf"\$\{{Api\}}/{stage}/(POST|DELETE)/@connections/\*"
            files = r"\$\{AttachmentBucket.Arn\}/(new|rooms)/\*"
            assert "*" not in re.sub(f"{sockets}|{files}", "", text)


def test_roles_cover_what_the_code_calls() -> None:
    """The message function's table permissions are those of the operations in chat/table.py."""
    calls = set(re.findall(r"_client\.(\w+)", (HANDLERS / "chat" / "table.py").read_text()))
    parts = {
        "transact_write_items": {"PutItem", "UpdateItem", "ConditionCheckItem"},
    }
    needed = set()
    for call in calls:
        needed |= parts.get(call, {"".join(word.title() for word in call.split("_"))})
    granted = {
        action.removeprefix("dynamodb:")
        for role, statement in statements()
        if role == "MessageRole"
        for action in as_list(statement["Action"])
        if action.startswith("dynamodb:")
    }
    assert granted == needed


def test_stateful_resources_outlive_the_stack() -> None:
    """And the parameter guards what can be guarded."""
    for resource in RESOURCES.values():
        if resource["Type"] in STATEFUL:
            assert resource["DeletionPolicy"] in {"Retain", "RetainExceptOnCreate"}
            assert resource["UpdateReplacePolicy"] == "Retain"
    for table in of_type("AWS::DynamoDB::Table").values():
        assert table["DeletionProtectionEnabled"] == {"Ref": "DeletionProtection"}
        assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
        assert table["TimeToLiveSpecification"] == {"AttributeName": "exp", "Enabled": True}
        assert "TableName" not in table


def test_the_keys_and_the_log_index_never_change() -> None:
    """A local index cannot be changed after the first deployment, nor can the keys."""
    table = RESOURCES["ChatTable"]["Properties"]
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]
    assert table["LocalSecondaryIndexes"] == [
        {
            "IndexName": "rev",
            "KeySchema": [
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "rev", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }
    ]


def test_the_user_pool_never_changes_what_it_cannot() -> None:
    """CloudFormation would replace the pool, and with it every account."""
    pool = RESOURCES["UserPool"]["Properties"]
    assert pool["UsernameAttributes"] == ["email"]
    assert pool["UsernameConfiguration"] == {"CaseSensitive": False}
    assert [attribute["Name"] for attribute in pool["Schema"]] == ["email", "name"]
    assert pool["LambdaConfig"] == {"PreSignUp": {"Fn::GetAtt": ["PreSignUpFunction", "Arn"]}}
    client = RESOURCES["UserPoolClient"]["Properties"]
    assert client["ExplicitAuthFlows"] == ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    assert client["GenerateSecret"] is False


def test_no_region_no_account_no_anchor() -> None:
    """The template is of no region and no account; YAML anchors are refused by CreateStack."""
    text = PATH.read_text()
    assert not re.search(r"\b(us|eu|ap|ca|sa|af|me|il)-[a-z]+-\d\b", text)
    assert not re.search(r"\b\d{12}\b", text)
    assert not re.search(r"^\s*[^#]*: [&*]\w+", text, re.MULTILINE)
    assert "arn:aws:" not in text


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_functions_are_where_the_template_says(function: str) -> None:
    """Handler, folder and variables agree with the code; secrets have no place among them."""
    properties, metadata = FUNCTIONS[function], RESOURCES[function]["Metadata"]
    folder = (PATH.parent / metadata["aws:asset:path"]).resolve()
    assert folder == HANDLERS
    assert metadata["aws:asset:property"] == "Code"
    module, _, name = properties["Handler"].partition(".")
    tree = ast.parse((folder / f"{module}.py").read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert properties["Code"] == {
        "S3Bucket": {"Ref": "ArtifactBucket"},
        "S3Key": {"Fn::Sub": "handlers/${BuildId}.zip"},
    }
    # A trigger must answer in 5 s, an integration in 29.
    assert properties["Timeout"] <= (10 if function == "MessageFunction" else 5)


def test_variables_are_those_the_code_reads() -> None:
    """Each variable of the template is read somewhere, and none is read that it lacks."""
    read = set()
    for path in Path(HANDLERS).rglob("*.py"):
        read |= set(re.findall(r'environ(?:\[|\.get\()\s*"(\w+)"', path.read_text()))
        read |= set(re.findall(r'_listed\("(\w+)"\)', path.read_text()))
    given = {name for f in FUNCTIONS.values() for name in f["Environment"]["Variables"]}
    assert {name for name in read if not name.startswith("AWS_")} == given


def test_names_of_indexes_are_long_enough() -> None:
    """3 to 255 characters (DynamoDB naming rules)."""
    table = RESOURCES["ChatTable"]["Properties"]
    for index in (*table["LocalSecondaryIndexes"], *table["GlobalSecondaryIndexes"]):
        assert re.fullmatch(r"[A-Za-z0-9_.-]{3,255}", index["IndexName"])
