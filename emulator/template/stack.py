"""Load a template file: parse, resolve, and build the `Stack` that the emulator runs."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from emulator.errors import UsageError
from emulator.template import (
    apis,
    buckets,
    functions,
    integrations,
    layers,
    log_groups,
    roles,
    tables,
    user_pools,
)
from emulator.template.code import CodePaths
from emulator.template.model import Function, Stack
from emulator.template.parameters import parameter_values
from emulator.template.parse import parse
from emulator.template.physical import Physical, Place, Resource
from emulator.template.reader import Reader
from emulator.template.resolve import Resolver
from emulator.template.sam import expand, uses_sam


WITHOUT_EFFECT = {
    "AWS::ApiGatewayV2::Deployment",
    "AWS::Lambda::Alias",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Version",
    "AWS::S3::BucketPolicy",
}
"""Types that are understood and need nothing done: the emulator reads them where they matter."""


T = TypeVar("T")


def load(
    path: Path,
    place: Place,
    parameters: Mapping[str, str],
    packages: Path | None = None,
    offered: Mapping[str, str] | None = None,
) -> Stack:
    """Read a template. Raises `UsageError` for whatever cannot be run as written.

    `packages` is a folder of zip files that take the place of the code that the template names;
    `offered` are values for lists among the parameters that the template may have and nobody gave.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"The template {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"The template {path} is not UTF-8 text.") from error
    document = parse(text)
    declared = document.get("Parameters", {})
    wanted = {
        name: value
        for name, value in (offered or {}).items()
        if declared.get(name, {}).get("Type") == "CommaDelimitedList"
    }
    given = {**wanted, **parameters}
    if uses_sam(document):
        document = expand(document, given, place.region)
    return build(document, place, given, path.resolve().parent, packages)


def build(
    document: Mapping[str, Any],
    place: Place,
    parameters: Mapping[str, str],
    base: Path,
    packages: Path | None = None,
) -> Stack:
    """The stack of a parsed template; `base` is the folder that asset paths are relative to."""
    values = parameter_values(document.get("Parameters", {}), parameters)
    resolver = Resolver(document, values, place)
    builder = _Builder(place, CodePaths(base, packages))
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

    def __init__(self, place: Place, code: CodePaths) -> None:
        self._place = place
        self._code = code
        self._warnings: list[str] = []
        self._resources: dict[str, list[tuple[Reader, Physical]]] = {}

    def add(self, resource: Resource, known: Physical) -> None:
        reader = Reader(resource, self._warnings)
        self._resources.setdefault(resource.type, []).append((reader, known))

    def stack(self, outputs: Mapping[str, str]) -> Stack:
        place = self._place
        contents = dict(
            self._each(
                "AWS::Lambda::LayerVersion",
                lambda reader, known: layers.layer_version(reader, known, self._code),
            )
        )
        made = self._each(
            "AWS::Lambda::Function",
            lambda reader, known: functions.function(reader, known, self._code, contents),
        )
        all_functions = {function.name: function for function in made}
        parts = self._apis(all_functions)
        made_apis = parts.assemble()
        apis.check_functions(made_apis, all_functions)
        stack = Stack(
            name=place.stack,
            region=place.region,
            account_id=place.account_id,
            functions=all_functions,
            apis=made_apis,
            domains=parts.domain_names(),
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
            roles=self._roles(),
            outputs=outputs,
            log_groups=tuple(self._each("AWS::Logs::LogGroup", log_groups.log_group)),
        )
        self._warn_of_unknown_roles(stack)
        self._each("AWS::Cognito::UserPoolDomain", user_pools.user_pool_domain)
        self._warn_of_the_rest()
        return replace(stack, warnings=tuple(self._warnings))

    def _apis(self, all_functions: Mapping[str, Function]) -> apis.ApiParts:
        parts = apis.ApiParts()
        kind = "AWS::ApiGatewayV2::"
        self._each(
            f"{kind}Api", lambda reader, known: apis.add_api(parts, reader, known, self._place)
        )
        self._each(
            f"{kind}Integration",
            lambda reader, known: integrations.add_integration(parts, reader, known, all_functions),
        )
        self._each(
            f"{kind}IntegrationResponse",
            lambda reader, _: integrations.add_integration_response(parts, reader),
        )
        self._each(
            f"{kind}Authorizer",
            lambda reader, known: apis.add_authorizer(parts, reader, known, all_functions),
        )
        self._each(f"{kind}RouteResponse", lambda reader, _: apis.add_route_response(parts, reader))
        self._each(f"{kind}Stage", lambda reader, _: apis.add_stage(parts, reader))
        self._each(f"{kind}Model", lambda reader, _: apis.add_model(parts, reader))
        self._each(f"{kind}Route", lambda reader, known: apis.add_route(parts, reader, known))
        self._each(
            f"{kind}DomainName", lambda reader, known: apis.add_domain_name(parts, reader, known)
        )
        self._each(f"{kind}ApiMapping", lambda reader, _: apis.add_mapping(parts, reader))
        return parts

    def _roles(self) -> Mapping[str, tuple[roles.Policy, ...]]:
        parts = roles.RoleParts()
        kind = "AWS::IAM::"
        self._each(f"{kind}Role", lambda reader, known: roles.add_role(parts, reader, known))
        self._each(
            f"{kind}ManagedPolicy",
            lambda reader, known: roles.add_managed_policy(parts, reader, known),
        )
        self._each(f"{kind}Policy", lambda reader, _: roles.add_policy(parts, reader))
        self._each(f"{kind}RolePolicy", lambda reader, _: roles.add_role_policy(parts, reader))
        return parts.assemble()

    def _warn_of_unknown_roles(self, stack: Stack) -> None:
        for function in stack.functions.values():
            if function.role_arn not in stack.roles:
                self._warnings.append(
                    f"{function.logical_id}: its role {function.role_arn} is not in this template; "
                    "what the function may do is not checked"
                )

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
