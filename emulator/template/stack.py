"""Load a template file: parse, resolve, and build the `Stack` that the emulator runs."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from emulator.errors import UsageError
from emulator.template import apis, buckets, functions, tables, user_pools
from emulator.template.model import Function, Stack, WebSocketApi
from emulator.template.parameters import parameter_values
from emulator.template.parse import parse
from emulator.template.physical import Physical, Place, Resource
from emulator.template.reader import Reader
from emulator.template.resolve import Resolver


WITHOUT_EFFECT = {
    "AWS::ApiGatewayV2::Deployment",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::Lambda::Alias",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Version",
    "AWS::Logs::LogGroup",
    "AWS::S3::BucketPolicy",
}
"""Types that are understood and need nothing done: the emulator reads them where they matter."""


T = TypeVar("T")


def load(path: Path, place: Place, parameters: Mapping[str, str]) -> Stack:
    """Read a template. Raises `UsageError` for whatever cannot be run as written."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"The template {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"The template {path} is not UTF-8 text.") from error
    return build(parse(text), place, parameters, path.resolve().parent)


def build(
    document: Mapping[str, Any], place: Place, parameters: Mapping[str, str], base: Path
) -> Stack:
    """The stack of a parsed template; `base` is the folder that asset paths are relative to."""
    if document.get("Transform"):
        raise UsageError(f"Transform {document['Transform']} is not supported by the emulator.")
    values = parameter_values(document.get("Parameters", {}), parameters)
    resolver = Resolver(document, values, place)
    builder = _Builder(place, base)
    for logical_id, declaration in document["Resources"].items():
        if "Condition" not in declaration or resolver.condition(declaration["Condition"]):
            builder.add(*resolver.resource(logical_id))
    return builder.stack(_outputs(document, resolver))


def _outputs(document: Mapping[str, Any], resolver: Resolver) -> dict[str, str]:
    return {
        name: str(resolver.resolve(output.get("Value", "")))
        for name, output in document.get("Outputs", {}).items()
        if "Condition" not in output or resolver.condition(output["Condition"])
    }


class _Builder:
    """Collects resources by type; references among them are joined in `stack`."""

    def __init__(self, place: Place, base: Path) -> None:
        self._place = place
        self._base = base
        self._warnings: list[str] = []
        self._resources: dict[str, list[tuple[Reader, Physical]]] = {}

    def add(self, resource: Resource, known: Physical) -> None:
        reader = Reader(resource, self._warnings)
        self._resources.setdefault(resource.type, []).append((reader, known))

    def stack(self, outputs: Mapping[str, str]) -> Stack:
        place = self._place
        made = self._each(
            "AWS::Lambda::Function",
            lambda reader, known: functions.function(reader, known, self._base),
        )
        all_functions = {function.name: function for function in made}
        stack = Stack(
            name=place.stack,
            region=place.region,
            account_id=place.account_id,
            functions=all_functions,
            apis=self._apis(all_functions),
            tables=tuple(self._each("AWS::DynamoDB::Table", tables.table)),
            user_pools=tuple(
                self._each(
                    "AWS::Cognito::UserPool",
                    lambda reader, known: user_pools.user_pool(reader, known, place),
                )
            ),
            user_pool_clients=tuple(
                self._each(
                    "AWS::Cognito::UserPoolClient",
                    lambda reader, known: user_pools.user_pool_client(reader, known, place),
                )
            ),
            user_pool_groups=tuple(
                self._each("AWS::Cognito::UserPoolGroup", user_pools.user_pool_group)
            ),
            buckets=tuple(self._each("AWS::S3::Bucket", buckets.bucket)),
            outputs=outputs,
        )
        self._each("AWS::Cognito::UserPoolDomain", user_pools.user_pool_domain)
        self._warn_of_the_rest()
        return replace(stack, warnings=tuple(self._warnings))

    def _apis(self, all_functions: Mapping[str, Function]) -> tuple[WebSocketApi, ...]:
        parts = apis.ApiParts()
        kind = "AWS::ApiGatewayV2::"
        self._each(
            f"{kind}Api", lambda reader, known: apis.add_api(parts, reader, known, self._place)
        )
        self._each(
            f"{kind}Integration",
            lambda reader, known: apis.add_integration(parts, reader, known, all_functions),
        )
        self._each(
            f"{kind}Authorizer",
            lambda reader, known: apis.add_authorizer(parts, reader, known, all_functions),
        )
        self._each(f"{kind}RouteResponse", lambda reader, _: apis.add_route_response(parts, reader))
        self._each(f"{kind}Stage", lambda reader, _: apis.add_stage(parts, reader))
        self._each(f"{kind}Route", lambda reader, known: apis.add_route(parts, reader, known))
        return parts.assemble()

    def _each(self, resource_type: str, make: Callable[[Reader, Physical], T]) -> list[T]:
        """Make something of every resource of a type; what is malformed is named."""
        made = []
        for reader, known in self._resources.pop(resource_type, []):
            try:
                made.append(make(reader, known))
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise UsageError(
                    f"{reader.where}: a property has not the form that the type needs ({error})."
                ) from error
        return made

    def _warn_of_the_rest(self) -> None:
        for resource_type, items in self._resources.items():
            if resource_type not in WITHOUT_EFFECT:
                for reader, _ in items:
                    reader.warn("this resource type is not emulated; nothing is created for it")
