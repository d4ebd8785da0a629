"""Models: what the body of a message must look like before anything runs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-request-validation.html
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from fastjsonschema import JsonSchemaDefinitionException, JsonSchemaException, compile as schema_of

from emulator.errors import UsageError
from emulator.gateway.selection import compile_expression
from emulator.template.model import Route


Check = Callable[[Any], bool]
"""From a decoded JSON message to whether the model that it selects takes it."""

_DRAFT = "http://json-schema.org/draft-04/schema"


def checks(routes: Mapping[str, Route]) -> dict[str, Check]:
    """The check of each route that has one, by route key.

    Raises `UsageError` for a schema that is none.
    """
    return {
        key: _check(route) for key, route in routes.items() if route.model_selection is not None
    }


def _check(route: Route) -> Check:
    assert route.model_selection is not None
    select = compile_expression(route.model_selection)
    models = {key: _compiled(route.key, schema) for key, schema in route.models.items()}

    def accepts(body: Any) -> bool:
        model = models.get(select(body) or "") or models.get("$default")
        return model is not None and model(body)

    return accepts


def _compiled(route_key: str, schema: Any) -> Check:
    try:
        validate = schema_of(
            {"$schema": _DRAFT, **schema}, handlers={"http": _no_net, "https": _no_net}
        )
    except (JsonSchemaDefinitionException, TypeError, ValueError, re.error) as error:
        raise UsageError(f"Route {route_key}: a model is no JSON schema: {error}") from error

    def accepts(body: Any) -> bool:
        try:
            validate(body)
        except JsonSchemaException:
            return False
        return True

    return accepts


def _no_net(uri: str) -> NoReturn:
    raise ValueError(f"models of other APIs ({uri}) are not supported by the emulator")
