"""APIs and upgrade requests to test with."""

from collections.abc import Iterable, Mapping

from emulator.gateway.events import Stamp, Upgrade
from emulator.template.model import Authorizer, Integration, Route, Stage, WebSocketApi


def route(
    key: str,
    function: str | None = None,
    *,
    authorizer: Authorizer | None = None,
    two_way: bool = False,
    timeout: float = 29.0,
) -> Route:
    """A route with a function behind it, or with none."""
    integration = Integration(function, timeout) if function else None
    return Route(key, integration, authorizer, two_way)


def api(
    *routes: Route,
    expression: str = "$request.body.action",
    stage: str = "prod",
    variables: Mapping[str, str] | None = None,
    id: str = "abcd1234ef",
) -> WebSocketApi:
    """An API with one stage."""
    return WebSocketApi(
        logical_id="Api",
        id=id,
        name="api",
        region="us-east-1",
        account_id="123456789012",
        route_selection_expression=expression,
        routes={each.key: each for each in routes},
        stages={stage: Stage(stage, variables or {})},
    )


def upgrade(
    of: WebSocketApi,
    *,
    headers: Iterable[tuple[str, str]] = (
        ("Host", "abcd1234ef.execute-api.us-east-1.amazonaws.com"),
    ),
    query: str = "",
    connection_id: str = "TXzPWdnOjoECGjA=",
    connected_at: int = 1708326702789,
) -> Upgrade:
    """An upgrade request to the API's stage."""
    (stage,) = of.stages.values()
    return Upgrade(
        api=of,
        stage=stage,
        connection_id=connection_id,
        connected_at=connected_at,
        headers=tuple(headers),
        query_string=query,
        source_ip="192.0.2.1",
        trace_id="Root=1-65d2ff2e-718990494fd688f062bf1571",
        port=443,
        domain_name=of.host,
    )


def stamp(at_ms: int = 1708326702790, request_id: str = "TXzPWFkkjoEF92g=") -> Stamp:
    """When something happened, and its id."""
    return Stamp(at_ms, request_id)
