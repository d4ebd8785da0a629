"""AWS::ApiGatewayV2::* as `WebSocketApi` values: the API, and everything that points at it."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from emulator.errors import UsageError
from emulator.template.model import (
    Authorizer,
    Backend,
    DomainName,
    Function,
    Integration,
    IntegrationResponse,
    Route,
    Stage,
    WebSocketApi,
)
from emulator.template.physical import Physical, Place
from emulator.template.reader import Reader
from emulator.template.references import function_name, in_template
from emulator.template.stages import build_stage


NO_EFFECT = {"Description", "Name", "Tags"}


@dataclass(slots=True)
class ApiParts:
    """The ApiGatewayV2 resources of a template, collected before they are put together."""

    apis: dict[str, WebSocketApi] = field(default_factory=dict)
    integrations: dict[str, Integration] = field(default_factory=dict)
    backends: dict[str, Backend] = field(default_factory=dict)
    """Of the integrations that have one, by id."""
    responses_of: dict[str, list[IntegrationResponse]] = field(default_factory=dict)
    """By the integration's id."""
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
        for api_id, made in self.stages:
            stages[api_id][made.name] = made
        backends = {
            f"integrations/{part}": replace(
                backend, responses=tuple(self.responses_of.get(part, ()))
            )
            for part, backend in self.backends.items()
        }
        return tuple(
            replace(api, routes=routes[api_id], stages=stages[api_id], backends=backends)
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


def add_authorizer(
    parts: ApiParts, reader: Reader, known: Physical, functions: Mapping[str, Function]
) -> None:
    """AWS::ApiGatewayV2::Authorizer."""
    kind = reader.text("AuthorizerType")
    if kind != "REQUEST":
        raise UsageError(f"{reader.where}: WebSocket APIs take authorizers of type REQUEST only.")
    reader.get("ApiId")
    parts.authorizers[known.ref] = Authorizer(
        function=function_name(reader, reader.text("AuthorizerUri"), functions),
        identity_sources=reader.texts("IdentitySource"),
    )
    reader.finish(NO_EFFECT)


def add_stage(parts: ApiParts, reader: Reader) -> None:
    """AWS::ApiGatewayV2::Stage."""
    made = build_stage(reader, reader.text("StageName"))
    parts.stages.append((in_template(reader, parts.apis, reader.text("ApiId"), "API"), made))
    reader.finish({"AutoDeploy", "DeploymentId", *NO_EFFECT})


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
    in_template(reader, stages, "/".join(target), "stage")
    domain = in_template(reader, parts.domains, reader.text("DomainName").lower(), "domain name")
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
    api_id = in_template(reader, parts.apis, reader.text("ApiId"), "API")
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
    return parts.integrations[in_template(reader, parts.integrations, part, "target")]


def _authorizer(parts: ApiParts, reader: Reader) -> Authorizer | None:
    kind = reader.text("AuthorizationType", "NONE")
    if kind == "NONE":
        return None
    if kind != "CUSTOM" or reader.get("RouteKey") != "$connect":
        raise UsageError(
            f"{reader.where}: AuthorizationType {kind} is not supported here; "
            "NONE is, and CUSTOM on $connect."
        )
    part = in_template(reader, parts.authorizers, reader.text("AuthorizerId"), "authorizer")
    return parts.authorizers[part]


def _known_model(reader: Reader, parts: ApiParts, api_id: str, name: str) -> str:
    in_template(reader, {known: 0 for of, known in parts.models if of == api_id}, name, "model")
    return name


def check_functions(apis: Iterable[WebSocketApi], functions: Mapping[str, Function]) -> None:
    """Look for the functions that stage variables name. Raises `UsageError` for one that is not."""
    for api in apis:
        named = {
            *(route.integration.function for route in api.routes.values() if route.integration),
            *(route.authorizer.function for route in api.routes.values() if route.authorizer),
            *(backend.target for backend in api.backends.values() if backend.kind == "AWS"),
        }
        for stage in api.stages.values():
            for text in named:
                name = stage.fill(text).partition(":")[0]
                if name != text and name not in functions:
                    raise UsageError(
                        f"{api.logical_id}: on stage {stage.name} the function {text} is "
                        f"{name or 'nobody'}, which is not in this template."
                    )
