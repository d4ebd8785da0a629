"""Load a template file: parse, resolve, and build the `Stack` that the emulator runs."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from emulator.errors import UsageError
from emulator.template import apis, buckets, functions, tables, user_pools
from emulator.template.model import Function, Stack
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


def load(path: Path, place: Place, parameters: Mapping[str, str]) -> Stack:
    """Read a template. Raises `UsageError` for whatever cannot be run as written."""
    try:
        text = path.read_text()
    except OSError as error:
        raise UsageError(f"The template {path} cannot be read: {error.strerror}.") from error
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
        all_functions = {
            known.ref: functions.function(reader, known, self._base)
            for reader, known in self._take("AWS::Lambda::Function")
        }
        parts = self._api_parts(all_functions)
        stack = Stack(
            name=self._place.stack,
            region=self._place.region,
            account_id=self._place.account_id,
            functions=all_functions,
            apis=parts.assemble(),
            tables=tuple(tables.table(*item) for item in self._take("AWS::DynamoDB::Table")),
            user_pools=tuple(
                user_pools.user_pool(*item, self._place)
                for item in self._take("AWS::Cognito::UserPool")
            ),
            user_pool_clients=tuple(
                user_pools.user_pool_client(*item, self._place)
                for item in self._take("AWS::Cognito::UserPoolClient")
            ),
            buckets=tuple(buckets.bucket(*item) for item in self._take("AWS::S3::Bucket")),
            outputs=outputs,
        )
        self._warn_of_the_rest()
        return replace(stack, warnings=tuple(self._warnings))

    def _take(self, resource_type: str) -> list[tuple[Reader, Physical]]:
        return self._resources.pop(resource_type, [])

    def _api_parts(self, all_functions: Mapping[str, Function]) -> apis.ApiParts:
        parts = apis.ApiParts()
        kind = "AWS::ApiGatewayV2::"
        for reader, known in self._take(f"{kind}Api"):
            apis.add_api(parts, reader, known, self._place)
        for reader, known in self._take(f"{kind}Integration"):
            apis.add_integration(parts, reader, known, all_functions)
        for reader, known in self._take(f"{kind}Authorizer"):
            apis.add_authorizer(parts, reader, known, all_functions)
        for reader, _ in self._take(f"{kind}RouteResponse"):
            apis.add_route_response(parts, reader)
        for reader, _ in self._take(f"{kind}Stage"):
            apis.add_stage(parts, reader)
        parts.routes = [(known.ref, reader) for reader, known in self._take(f"{kind}Route")]
        return parts

    def _warn_of_the_rest(self) -> None:
        for resource_type, items in self._resources.items():
            if resource_type not in WITHOUT_EFFECT:
                for reader, _ in items:
                    reader.warn("this resource type is not emulated; nothing is created for it")
