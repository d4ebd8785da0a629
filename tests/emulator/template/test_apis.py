"""What a template says of WebSocket APIs beyond routes and functions."""

import json
import re
from typing import Any

import pytest

from emulator.errors import UsageError
from emulator.template.model import AccessLog, RouteSettings, Stack, Throttling
from tests.emulator.template.test_stack import echo, stack


def with_resources(**resources: Any) -> Stack:
    """The echo template with further resources of API Gateway, by `Name__Type`."""
    document = echo()
    for name, properties in resources.items():
        logical_id, _, kind = name.partition("__")
        resource = {"Type": f"AWS::ApiGatewayV2::{kind}", "Properties": properties}
        document["Resources"][logical_id] = resource
    return stack(document)


API = {"Ref": "Api"}


def test_throttling() -> None:
    """A stage's default, a route's own; what is missing is the account's, and nothing is more."""
    made = stack(
        echo(
            Stage__DefaultRouteSettings={"ThrottlingRateLimit": 20, "ThrottlingBurstLimit": "40"},
            Stage__RouteSettings={
                "$connect": {"ThrottlingRateLimit": 5},
                "x": {"ThrottlingBurstLimit": 9_999},
            },
        )
    )
    stage = made.apis[0].stages["dev"]
    assert stage.default.throttling == Throttling(20, 40)
    assert stage.settings_of("$connect").throttling == Throttling(5, 5_000)
    assert stage.settings_of("x").throttling == Throttling(10_000, 5_000)
    assert made.warnings == ()


def test_logs_and_metrics_of_routes() -> None:
    """A route's settings stand in place of the stage's, each by itself."""
    settings = {"LoggingLevel": "INFO", "DataTraceEnabled": True}
    made = stack(
        echo(
            Stage__RouteSettings={"x": settings},
            Stage__DefaultRouteSettings={"DetailedMetricsEnabled": "true"},
        )
    )
    stage = made.apis[0].stages["dev"]
    assert stage.settings_of("x") == RouteSettings(None, "INFO", True, True)
    assert stage.settings_of("y") == RouteSettings(None, "OFF", False, True)
    assert made.warnings == ()


ARN = "arn:aws:logs:us-east-1:123456789012:log-group:access"


@pytest.mark.parametrize("arn", [ARN, f"{ARN}:*"])
def test_access_log(arn: str) -> None:
    """Where it goes, and its format."""
    logged = {"DestinationArn": arn, "Format": "$context.requestId $context.status"}
    made = stack(echo(Stage__AccessLogSettings=logged))
    expected = AccessLog("access", "$context.requestId $context.status")
    assert made.apis[0].stages["dev"].access_log == expected


def test_an_access_log_elsewhere() -> None:
    """A delivery stream is not emulated, which is said."""
    arn = "arn:aws:firehose:us-east-1:123456789012:deliverystream/amazon-apigateway-x"
    logged = {"DestinationArn": arn, "Format": "$context.requestId"}
    made = stack(echo(Stage__AccessLogSettings=logged))
    assert made.apis[0].stages["dev"].access_log is None
    assert arn in made.warnings[0]


@pytest.mark.parametrize(
    ("where", "settings", "said"),
    [
        ("AccessLogSettings", {"DestinationArn": ARN}, "needs a Format"),
        ("AccessLogSettings", {"DestinationArn": ARN, "Format": "hi"}, "$context.requestId"),
        (
            "AccessLogSettings",
            {"DestinationArn": ARN, "Format": "$context.requestId $input"},
            "not $input",
        ),
        (
            "AccessLogSettings",
            {"DestinationArn": ARN, "Format": "$context.requestId\nx"},
            "one line",
        ),
        ("DefaultRouteSettings", {"LoggingLevel": "DEBUG"}, "OFF, ERROR, INFO"),
        ("DefaultRouteSettings", {"Logging": "INFO"}, "no property Logging"),
    ],
)
def test_settings_that_aws_refuses(where: str, settings: dict[str, str], said: str) -> None:
    """They are refused here too, with what to mend."""
    with pytest.raises(UsageError, match=re.escape(said)):
        stack(echo(**{f"Stage__{where}": settings}))


def test_models() -> None:
    """A route's models by their names in the API; a schema may be text."""
    schema = {"type": "object"}
    document = echo(
        DefaultRoute__ModelSelectionExpression="\\$default",
        DefaultRoute__RequestModels={"$default": "message"},
    )
    properties = {"ApiId": API, "Name": "message", "ContentType": "application/json"}
    for given in (schema, json.dumps(schema)):
        document["Resources"]["Model"] = {
            "Type": "AWS::ApiGatewayV2::Model",
            "Properties": {**properties, "Schema": given},
        }
        route = stack(document).apis[0].routes["$default"]
        assert (route.model_selection, route.models) == ("\\$default", {"$default": schema})
    document["Resources"]["DefaultRoute"]["Properties"].pop("ModelSelectionExpression")
    (warning,) = stack(document).warnings
    assert "no effect without a ModelSelectionExpression" in warning


DOMAIN = {"DomainName": "WS.lab.example", "DomainNameConfigurations": [{}]}
MAPPING = {"ApiId": API, "Stage": {"Ref": "Stage"}, "DomainName": {"Ref": "Domain"}}


def test_custom_domains() -> None:
    """A domain with mappings, with and without a key."""
    made = with_resources(
        Domain__DomainName=DOMAIN,
        Keyed__ApiMapping=MAPPING | {"ApiMappingKey": "v1"},
        Bare__ApiMapping=MAPPING,
    )
    (domain,) = made.domains
    target = (made.apis[0].id, "dev")
    assert (domain.name, domain.mappings) == ("ws.lab.example", {"v1": target, "": target})
    assert made.warnings == ()
    assert stack(echo(Api__DisableExecuteApiEndpoint="true")).apis[0].endpoint_disabled


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        ({"M__ApiMapping": MAPPING | {"Stage": "none"}, "Domain__DomainName": DOMAIN}, "stage"),
        ({"M__ApiMapping": MAPPING | {"DomainName": "other"}}, "domain name other is not in"),
        (
            {
                "M__ApiMapping": MAPPING | {"ApiMappingKey": "a/b"},
                "Domain__DomainName": DOMAIN,
            },
            "ApiMappingKey a/b",
        ),
        ({"M__Model": {"ApiId": API, "Name": "m", "Schema": "[]"}}, "must be a JSON schema"),
        ({"M__Model": {"ApiId": API, "Name": "m", "Schema": "{"}}, "M .*not the form"),
        (
            {
                "R__Route": {
                    "ApiId": API,
                    "RouteKey": "r",
                    "RequestModels": {"$default": "absent"},
                }
            },
            "model absent is not in",
        ),
    ],
)
def test_what_does_not_fit_together(resources: dict[str, Any], message: str) -> None:
    """The message names the resource and what is wrong with it."""
    with pytest.raises(UsageError) as caught:
        with_resources(**resources)
    assert re.search(message, str(caught.value))


def integration(**properties: Any) -> dict[str, Any]:
    """The echo template whose integration is another."""
    document = echo()
    document["Resources"]["Integration"]["Properties"] = {"ApiId": API, **properties}
    return document


def test_an_http_integration() -> None:
    """URL, method, templates and parameters, with the responses that name it."""
    document = integration(
        IntegrationType="HTTP",
        IntegrationUri="https://backend.example/${stageVariables.v}",
        IntegrationMethod="PUT",
        RequestParameters={"integration.request.header.X": "'1'"},
        RequestTemplates={"$default": "{}"},
        TimeoutInMillis=500,
    )
    document["Resources"]["Answer"] = {
        "Type": "AWS::ApiGatewayV2::IntegrationResponse",
        "Properties": {
            "ApiId": API,
            "IntegrationId": {"Ref": "Integration"},
            "IntegrationResponseKey": "/4\\d{2}/",
            "ResponseTemplates": {"$default": "no"},
        },
    }
    made = stack(document)
    (api,) = made.apis
    route = api.routes["$default"]
    assert route.integration is not None
    assert route.integration.timeout == 0.5
    backend = api.backends[route.integration.function]
    assert (backend.kind, backend.method) == ("HTTP", "PUT")
    assert backend.target == "https://backend.example/${stageVariables.v}"
    assert backend.templates == {"$default": "{}"}
    assert [(each.key, each.template) for each in backend.responses] == [("/4\\d{2}/", "no")]
    assert made.warnings == ()


FUNCTION_URI = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:${stageVariables.fn}/invocations"


def test_a_function_that_a_stage_variable_names() -> None:
    """It must be there on every stage, with or without an alias."""
    document = integration(IntegrationType="AWS_PROXY", IntegrationUri=FUNCTION_URI)
    stage = document["Resources"]["Stage"]["Properties"]
    for variables in ({"fn": "echo"}, {"fn": "echo:live"}):
        stage["StageVariables"] = variables
        route = stack(document).apis[0].routes["$default"]
        assert route.integration is not None
        assert route.integration.function == "${stageVariables.fn}"
    for variables in ({"fn": "other"}, {}):
        stage["StageVariables"] = variables
        with pytest.raises(UsageError, match="on stage dev the function"):
            stack(document)


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"IntegrationType": "OTHER"}, "must be one of AWS, AWS_PROXY"),
        (
            {"IntegrationType": "AWS", "IntegrationUri": "arn:aws:apigateway:x:dynamodb:action/y"},
            "only Lambda is supported",
        ),
        ({"IntegrationType": "HTTP", "IntegrationUri": "ftp://x"}, "must be a URL"),
        (
            {
                "IntegrationType": "HTTP_PROXY",
                "IntegrationUri": "https://x",
                "ConnectionType": "VPC_LINK",
            },
            "VPC_LINK is not supported",
        ),
    ],
)
def test_integrations_that_cannot_be_served(properties: dict[str, Any], message: str) -> None:
    """They are refused by name."""
    with pytest.raises(UsageError, match=message):
        stack(integration(**properties))
