"""Whole templates: the chat's, the echo's, and what happens to parts that are not supported."""

import contextlib
import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from emulator.errors import UsageError
from emulator.template.model import Stack
from emulator.template.parse import parse
from emulator.template.physical import Place
from emulator.template.stack import build, load


ROOT = Path(__file__).parents[3]
ECHO = ROOT / "tests" / "fixtures" / "echo" / "template.yaml"
PLACE = Place("local", "us-east-1", "000000000000")


def echo(**changes: Any) -> dict[str, Any]:
    """The echo template; `changes` replace properties, as `Function__Timeout=5`."""
    document = parse(ECHO.read_text())
    for name, value in changes.items():
        logical_id, _, prop = name.partition("__")
        document["Resources"][logical_id].setdefault("Properties", {})[prop] = value
    return document


def stack(document: dict[str, Any], **parameters: str) -> Stack:
    return build(document, PLACE, parameters, ECHO.parent)


def test_the_echo_template() -> None:
    """Function, API, route, integration and stage find each other; nothing is warned of."""
    made = stack(echo())
    (api,) = made.apis
    function = made.functions["echo"]
    assert function.code == ECHO.parent / "code"
    assert (function.handler, function.memory_mb, function.timeout) == ("echo.handler", 256, 10)
    assert function.log_group == "/aws/lambda/echo"
    assert list(api.stages) == ["dev"]
    route = api.routes["$default"]
    assert route.integration is not None
    assert (route.integration.function, route.integration.timeout) == ("echo", 29)
    assert not route.two_way
    assert made.outputs == {"ApiId": api.id}
    assert made.warnings == ()


def test_the_repository_s_own_template() -> None:
    """The chat's template loads: its five functions, tables, pool and bucket."""
    made = load(ROOT / "deploy" / "template.yaml", PLACE, {})
    (api,) = made.apis
    assert set(api.routes) == {"$connect", "$default", "$disconnect"}
    assert api.routes["$connect"].authorizer is not None
    assert len(made.functions) == 5
    assert len(made.tables) == 2
    assert {table.ttl_attribute for table in made.tables} == {"exp"}
    assert all("ProvisionedThroughput" not in table.create for table in made.tables)
    (pool,), (client,) = made.user_pools, made.user_pool_clients
    assert client.pool_id == pool.id
    assert pool.triggers["PreSignUp"] in made.functions
    assert len(made.buckets) == 1


def test_ids_are_stable() -> None:
    """Two loads give the same ids; another stack name gives others."""
    assert stack(echo()) == stack(echo())
    other = build(echo(), Place("other", "us-east-1", "000000000000"), {}, ECHO.parent)
    assert other.apis[0].id != stack(echo()).apis[0].id


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Function__Tracing": {}}, "Function .*without effect: Tracing"),
        ({"Stage__ClientCertificateId": "x"}, "Stage .*without effect: ClientCertificateId"),
        ({"DefaultRoute__ApiKeyRequired": True}, "DefaultRoute .*ApiKeyRequired"),
        (
            {"DefaultRoute__RouteResponseSelectionExpression": "$default"},
            "DefaultRoute .*needs a RouteResponse",
        ),
    ],
)
def test_what_has_no_effect_is_named(changes: dict[str, Any], message: str) -> None:
    """A property that the emulator does not know is warned of, with its resource."""
    (warning,) = stack(echo(**changes)).warnings
    assert re.search(message, warning)


@pytest.mark.parametrize(("given", "read"), [(None, None), (0, 0), ("7", 7)])
def test_a_reserved_concurrency_is_read(given: Any, read: int | None) -> None:
    """It may be zero, which differs from none."""
    changes = {} if given is None else {"Function__ReservedConcurrentExecutions": given}
    (function,) = stack(echo(**changes)).functions.values()
    assert function.reserved_concurrency == read


def test_an_unknown_resource_type_is_named() -> None:
    """Nothing is created for it, and the person is told."""
    document = echo()
    document["Resources"]["Queue"] = {"Type": "AWS::SQS::Queue"}
    (warning,) = stack(document).warnings
    assert warning.startswith("Queue (AWS::SQS::Queue)")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Api__ProtocolType": "HTTP"}, "Api .*WEBSOCKET"),
        ({"Integration__IntegrationType": "HTTP_PROXY"}, "Integration .*must be a URL"),
        ({"Integration__IntegrationUri": "arn:aws:x:function:other"}, "other is not in this"),
        ({"DefaultRoute__Target": "integrations/none"}, "none is not in this template"),
        ({"DefaultRoute__Target": "other"}, "Target must be"),
        ({"DefaultRoute__ApiId": "none"}, "API none is not in this template"),
        ({"DefaultRoute__AuthorizationType": "AWS_IAM"}, "AWS_IAM is not supported"),
        ({"Function__Timeout": 901}, "between 1 and 900"),
        ({"Function__Timeout": "x"}, "Timeout must be a number"),
        (
            {"Function__Runtime": "java21"},
            "java21 is not supported.*python3.x and nodejs20.x.*bootstrap",
        ),
        ({"Function__MemorySize": 64}, "between 128 and 10240"),
        ({"Function__ReservedConcurrentExecutions": -1}, "must not be negative"),
        ({"Function__Handler": ["a"]}, "Handler must be a string"),
        ({"Function__Environment": "x"}, "Environment must be a mapping"),
    ],
)
def test_what_cannot_be_run_is_refused(changes: dict[str, Any], message: str) -> None:
    """The message names the resource and what is wrong with it."""
    with pytest.raises(UsageError, match=message):
        stack(echo(**changes))


def test_code_that_is_not_there() -> None:
    """A function needs a local folder of code, and the message says how to name it."""
    document = echo()
    document["Resources"]["Function"]["Metadata"]["aws:asset:path"] = "absent"
    with pytest.raises(UsageError, match="absent does not exist"):
        stack(document)
    del document["Resources"]["Function"]["Metadata"]
    with pytest.raises(UsageError, match="aws:asset:path"):
        stack(document)


def test_conditions_leave_resources_and_outputs_out() -> None:
    """What its condition excludes does not exist."""
    document = echo()
    document["Conditions"] = {"Never": {"Fn::Equals": ["a", "b"]}}
    document["Resources"]["Other"] = {
        "Type": "AWS::DynamoDB::Table",
        "Condition": "Never",
        "Properties": {"TableName": "t"},
    }
    document["Outputs"]["Gone"] = {"Value": "x", "Condition": "Never"}
    made = stack(document)
    assert made.tables == ()
    assert "Gone" not in made.outputs


def test_a_two_way_route() -> None:
    """It takes both the expression and a `$default` route response."""
    document = echo(DefaultRoute__RouteResponseSelectionExpression="$default")
    document["Resources"]["Reply"] = {
        "Type": "AWS::ApiGatewayV2::RouteResponse",
        "Properties": {
            "ApiId": {"Ref": "Api"},
            "RouteId": {"Ref": "DefaultRoute"},
            "RouteResponseKey": "$default",
        },
    }
    made = stack(document)
    assert made.apis[0].routes["$default"].two_way
    assert made.warnings == ()


def test_a_template_that_is_not_there(tmp_path: Path) -> None:
    """The message names the file."""
    with pytest.raises(UsageError, match=r"absent\.yaml cannot be read"):
        load(tmp_path / "absent.yaml", PLACE, {})


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every node of a document below its top."""
    found = [path] if path else []
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            found += places(item, (*path, key))
    return found


RICH = parse((ROOT / "deploy" / "template.yaml").read_text())


@given(
    st.sampled_from(places(RICH)),
    st.sampled_from([None, "", "x", 5, True, [], ["x"], {}, {"x": "y"}, [None], {"Ref": "x"}]),
)
def test_no_mistake_ends_in_a_traceback(place: tuple[Any, ...], value: Any) -> None:
    """Whatever stands at any place of a template: it loads, or a usage error says what is wrong."""
    document = copy.deepcopy(RICH)
    *way, last = place
    at: Any = document
    for step in way:
        at = at[step]
    at[last] = value
    with contextlib.suppress(UsageError):
        build(parse(json.dumps(document)), PLACE, {}, ROOT / "deploy")
