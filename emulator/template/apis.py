"""AWS::ApiGatewayV2::* as `WebSocketApi` values: the API, and everything that points at it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from emulator.errors import UsageError
from emulator.template.model import (
    ACCOUNT_THROTTLING,
    Authorizer,
    DomainName,
    Function,
    Integration,
    Route,
    Stage,
    Throttling,
    WebSocketApi,
)
from emulator.template.physical import Physical, Place
from emulator.template.reader import Reader


NO_EFFECT = {"Description", "Name", "Tags"}

_FUNCTION_IN_URI = re.compile(r":function:([^:/]+)(?::[^/]+)?(?:/invocations)?$")


@dataclass(slots=True)
class ApiParts:
    """The ApiGatewayV2 resources of a template, collected before they are put together."""

    apis: dict[str, WebSocketApi] = field(default_factory=dict)
    integrations: dict[str, Integration] = field(default_factory=dict)
    authorizers: dict[str, Authorizer] = field(default_factory=dict)
    routes: list[tuple[str, Route]] = field(default_factory=list)
    """With the id of the API that each belongs to; stages likewise."""
    responses: set[str] = field(default_factory=set)
    """Ids of routes with a `$default` route response."""
    models: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    """JSON schemas by API and name."""
    stages: list[tuple[str, Stage]] = field(default_factory=list)
    domains: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
    """The mappings of each custom domain."""

    def domain_names(self) -> tuple[DomainName, ...]:
        """The custom domains with their mappings."""
        return tuple(DomainName(name, mappings) for name, mappings in self.domains.items())

    def assemble(self) -> tuple[WebSocketApi, ...]:
        """Each API with its routes and stages."""
        routes: dict[str, dict[str, Route]] = {api_id: {} for api_id in self.apis}
        stages: dict[str, dict[str, Stage]] = {api_id: {} for api_id in self.apis}
        for api_id, route in self.routes:
            routes[api_id][route.key] = route
        for api_id, stage in self.stages:
            stages[api_id][stage.name] = stage
        return tuple(
            replace(api, routes=routes[api_id], stages=stages[api_id])
            for api_id, api in self.apis.items()
        )


def add_api(parts: ApiParts, reader: Reader, known: Physical, place: Place) -> None:
    """AWS::ApiGatewayV2::Api."""
    if reader.text("ProtocolType") != "WEBSOCKET":
        raise UsageError(f"{reader.where}: only ProtocolType WEBSOCKET is supported.")
    parts.apis[known.ref] = WebSocketApi(
        logical_id=reader.resource.logical_id,
        id=known.ref,
        name=reader.text("Name"),
        region=place.region,
        account_id=place.account_id,
        route_selection_expression=reader.text("RouteSelectionExpression"),
        routes={},
        stages={},
        endpoint_disabled=reader.flag("DisableExecuteApiEndpoint"),
    )
    reader.finish(NO_EFFECT)


def add_integration(
    parts: ApiParts, reader: Reader, known: Physical, functions: Mapping[str, Function]
) -> None:
    """AWS::ApiGatewayV2::Integration."""
    kind = reader.text("IntegrationType")
    if kind != "AWS_PROXY":
        raise UsageError(f"{reader.where}: IntegrationType {kind} is not supported; AWS_PROXY is.")
    reader.get("ApiId")
    reader.get("IntegrationMethod")
    parts.integrations[known.ref] = Integration(
        function=_function_name(reader, reader.text("IntegrationUri"), functions),
        timeout=reader.number("TimeoutInMillis", 29000) / 1000,
    )
    reader.finish({"ConnectionType", "Description"})


def add_authorizer(
    parts: ApiParts, reader: Reader, known: Physical, functions: Mapping[str, Function]
) -> None:
    """AWS::ApiGatewayV2::Authorizer."""
    kind = reader.text("AuthorizerType")
    if kind != "REQUEST":
        raise UsageError(f"{reader.where}: WebSocket APIs take authorizers of type REQUEST only.")
    reader.get("ApiId")
    parts.authorizers[known.ref] = Authorizer(
        function=_function_name(reader, reader.text("AuthorizerUri"), functions),
        identity_sources=reader.texts("IdentitySource"),
    )
    reader.finish(NO_EFFECT)


def add_stage(parts: ApiParts, reader: Reader) -> None:
    """AWS::ApiGatewayV2::Stage."""
    variables = reader.section("StageVariables")
    default = _throttling(reader, "DefaultRouteSettings", reader.section("DefaultRouteSettings"))
    routes = {
        key: _throttling(reader, f"RouteSettings.{key}", settings)
        for key, settings in reader.section("RouteSettings").items()
    }
    stage = Stage(
        name=reader.text("StageName"),
        variables={key: str(item) for key, item in variables.items()},
        default_throttling=default,
        throttling={key: limits for key, limits in routes.items() if limits is not None},
    )
    parts.stages.append((_known(reader, parts.apis, reader.text("ApiId"), "API"), stage))
    reader.finish({"AutoDeploy", "DeploymentId", *NO_EFFECT})


def _throttling(reader: Reader, where: str, settings: Mapping[str, Any]) -> Throttling | None:
    """Of one route's settings; what is not named is as the account's limit."""
    rate, burst = settings.get("ThrottlingRateLimit"), settings.get("ThrottlingBurstLimit")
    others = sorted(set(settings) - {"ThrottlingRateLimit", "ThrottlingBurstLimit"})
    if others:
        reader.warn(f"not supported by the emulator, without effect: {where} {', '.join(others)}")
    if rate is None and burst is None:
        return None
    account = ACCOUNT_THROTTLING
    return Throttling(
        rate=min(account.rate, float(account.rate if rate is None else rate)),
        burst=min(account.burst, int(account.burst if burst is None else burst)),
    )


def add_model(parts: ApiParts, reader: Reader) -> None:
    """AWS::ApiGatewayV2::Model."""
    schema = reader.get("Schema")
    parsed = json.loads(schema) if isinstance(schema, str) else schema
    if not isinstance(parsed, dict):
        raise UsageError(f"{reader.where}: Schema must be a JSON schema.")
    parts.models[reader.text("ApiId"), reader.text("Name")] = parsed
    reader.finish({"ContentType", "Description"})


def add_domain_name(parts: ApiParts, reader: Reader, known: Physical) -> None:
    """AWS::ApiGatewayV2::DomainName."""
    parts.domains[known.ref] = {}
    reader.finish({"DomainName", "DomainNameConfigurations", "MutualTlsAuthentication", "Tags"})


def add_mapping(parts: ApiParts, reader: Reader) -> None:
    """AWS::ApiGatewayV2::ApiMapping; domain names and stages must be there already."""
    target = reader.text("ApiId"), reader.text("Stage")
    stages = {f"{api_id}/{stage.name}": stage for api_id, stage in parts.stages}
    _known(reader, stages, "/".join(target), "stage")
    domain = _known(reader, parts.domains, reader.text("DomainName").lower(), "domain name")
    key = reader.text("ApiMappingKey", "")
    if not re.fullmatch(r"[A-Za-z0-9$\-_.+!*'()]{0,300}", key):
        raise UsageError(
            f"{reader.where}: the ApiMappingKey {key} has other characters than it may."
        )
    parts.domains[domain][key] = target
    reader.finish()


def add_route_response(parts: ApiParts, reader: Reader) -> None:
    """AWS::ApiGatewayV2::RouteResponse."""
    if reader.text("RouteResponseKey") == "$default":
        parts.responses.add(reader.text("RouteId"))
    reader.get("ApiId")
    reader.finish()


def add_route(parts: ApiParts, reader: Reader, known: Physical) -> None:
    """AWS::ApiGatewayV2::Route; integrations, authorizers and responses must be there already."""
    expression = reader.text("RouteResponseSelectionExpression", "")
    api_id = _known(reader, parts.apis, reader.text("ApiId"), "API")
    selection = reader.text("ModelSelectionExpression", "") or None
    models = {
        key: parts.models[api_id, _known_model(reader, parts, api_id, str(name))]
        for key, name in reader.section("RequestModels").items()
    }
    route = Route(
        key=reader.text("RouteKey"),
        integration=_target(parts, reader),
        authorizer=_authorizer(parts, reader),
        two_way=expression == "$default" and known.ref in parts.responses,
        model_selection=selection,
        models=models,
    )
    if expression and not route.two_way:
        reader.warn("needs a RouteResponse with key $default too, else replies are dropped")
    if models and selection is None:
        reader.warn("RequestModels have no effect without a ModelSelectionExpression")
    parts.routes.append((api_id, route))
    reader.finish({"OperationName"})


def _target(parts: ApiParts, reader: Reader) -> Integration | None:
    target = reader.text("Target", "")
    if not target:
        return None
    if not target.startswith("integrations/"):
        raise UsageError(f"{reader.where}: Target must be integrations/ and an id.")
    part = target.removeprefix("integrations/")
    return parts.integrations[_known(reader, parts.integrations, part, "target")]


def _authorizer(parts: ApiParts, reader: Reader) -> Authorizer | None:
    kind = reader.text("AuthorizationType", "NONE")
    if kind == "NONE":
        return None
    if kind != "CUSTOM" or reader.get("RouteKey") != "$connect":
        raise UsageError(
            f"{reader.where}: AuthorizationType {kind} is not supported here; "
            "NONE is, and CUSTOM on $connect."
        )
    part = _known(reader, parts.authorizers, reader.text("AuthorizerId"), "authorizer")
    return parts.authorizers[part]


def _known_model(reader: Reader, parts: ApiParts, api_id: str, name: str) -> str:
    _known(reader, {known: 0 for of, known in parts.models if of == api_id}, name, "model")
    return name


def _function_name(reader: Reader, uri: str, functions: Mapping[str, Function]) -> str:
    match = _FUNCTION_IN_URI.search(uri)
    return _known(reader, functions, match[1] if match else uri, "Lambda function")


def _known(reader: Reader, things: Mapping[str, object], name: str, what: str) -> str:
    if name not in things:
        raise UsageError(f"{reader.where}: its {what} {name} is not in this template.")
    return name
