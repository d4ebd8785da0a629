"""Physical ids: what `Ref` and `Fn::GetAtt` of a resource come to.

AWS makes ids up at random. Here they are derived from the stack's name and the logical id, so that
they are the same at every start and on every machine.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.errors import UsageError


@dataclass(frozen=True, slots=True)
class Place:
    """Where the stack lives."""

    stack: str
    region: str
    account_id: str
    seed: str = ""
    """What generated secrets are derived from; each data directory has its own."""
    partition: str = "aws"
    url_suffix: str = "amazonaws.com"


@dataclass(frozen=True, slots=True)
class Resource:
    """One entry of the Resources section, with its properties resolved."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Physical:
    """`ref` is what Ref gives, `attributes` what GetAtt gives."""

    ref: str
    attributes: Mapping[str, str]


def identifier(place: Place, resource: Resource, length: int) -> str:
    """A stable id of lower-case letters and digits, as AWS's generated ids look."""
    seed = f"{place.stack}/{place.region}/{resource.logical_id}".encode()
    return base64.b32encode(hashlib.sha256(seed).digest()).decode().lower()[:length]


def physical(place: Place, resource: Resource) -> Physical:
    """The physical id and attributes of a resource of any type."""
    make = _TYPES.get(resource.type, _other)
    return make(place, resource)


def _name(place: Place, resource: Resource, name_property: str) -> str:
    given = resource.properties.get(name_property)
    if given:
        return str(given)
    return f"{place.stack}-{resource.logical_id}-{identifier(place, resource, 12).upper()}"


def _named(name_property: str, arn: str, **more: str) -> Callable[[Place, Resource], Physical]:
    """A type whose Ref is its name; `arn` and further attributes are formats over place and name."""

    def make(place: Place, resource: Resource) -> Physical:
        name = _name(place, resource, name_property)

        def fill(form: str) -> str:
            return form.format(
                name=name, region=place.region, account=place.account_id, partition=place.partition
            )

        attributes = {"Arn": fill(arn)} | {key: fill(form) for key, form in more.items()}
        return Physical(name, attributes)

    return make


def _bucket(place: Place, resource: Resource) -> Physical:
    name = _name(place, resource, "BucketName").lower()
    return Physical(
        name,
        {
            "Arn": f"arn:{place.partition}:s3:::{name}",
            "DomainName": f"{name}.s3.{place.url_suffix}",
            "RegionalDomainName": f"{name}.s3.{place.region}.{place.url_suffix}",
        },
    )


def _api(place: Place, resource: Resource) -> Physical:
    api_id = identifier(place, resource, 10)
    endpoint = f"https://{api_id}.execute-api.{place.region}.{place.url_suffix}"
    return Physical(api_id, {"ApiId": api_id, "ApiEndpoint": endpoint})


def _domain_name(place: Place, resource: Resource) -> Physical:
    name = str(resource.properties.get("DomainName", "")).lower()
    target = f"d-{identifier(place, resource, 10)}"
    arn = f"arn:{place.partition}:apigateway:{place.region}::/domainnames/{name}"
    return Physical(
        name,
        {
            "DomainNameArn": arn,
            "RegionalDomainName": f"{target}.execute-api.{place.region}.{place.url_suffix}",
            "RegionalHostedZoneId": f"Z{identifier(place, resource, 13).upper()}",
        },
    )


def _part(attribute: str) -> Callable[[Place, Resource], Physical]:
    """A part of an API: it has an id of seven characters, also as an attribute."""

    def make(place: Place, resource: Resource) -> Physical:
        part_id = identifier(place, resource, 7)
        return Physical(part_id, {attribute: part_id})

    return make


def _stage(place: Place, resource: Resource) -> Physical:
    return Physical(str(resource.properties.get("StageName", "")), {})


def _role(place: Place, resource: Resource) -> Physical:
    name = _name(place, resource, "RoleName")
    path = resource.properties.get("Path", "/")
    role_id = f"AROA{identifier(place, resource, 17).upper()}"
    arn = f"arn:{place.partition}:iam::{place.account_id}:role{path}{name}"
    return Physical(name, {"Arn": arn, "RoleId": role_id})


def _managed_policy(place: Place, resource: Resource) -> Physical:
    name = _name(place, resource, "ManagedPolicyName")
    path = resource.properties.get("Path", "/")
    arn = f"arn:{place.partition}:iam::{place.account_id}:policy{path}{name}"
    return Physical(arn, {"PolicyArn": arn})


def _user_pool(place: Place, resource: Resource) -> Physical:
    pool_id = f"{place.region}_{identifier(place, resource, 9)}"
    provider = f"cognito-idp.{place.region}.{place.url_suffix}/{pool_id}"
    return Physical(
        pool_id,
        {
            "Arn": f"arn:{place.partition}:cognito-idp:{place.region}:{place.account_id}:userpool/{pool_id}",
            "UserPoolId": pool_id,
            "ProviderName": provider,
            "ProviderURL": f"https://{provider}",
        },
    )


def _user_pool_client(place: Place, resource: Resource) -> Physical:
    client_id = identifier(place, resource, 26)
    return Physical(
        client_id,
        {"ClientId": client_id, "Name": _name(place, resource, "ClientName")},
    )


def _user_pool_group(place: Place, resource: Resource) -> Physical:
    return Physical(_name(place, resource, "GroupName"), {})


def _user_pool_domain(place: Place, resource: Resource) -> Physical:
    domain = str(resource.properties.get("Domain", ""))
    return Physical(domain, {"CloudFrontDistribution": ""})


def _alias(place: Place, resource: Resource) -> Physical:
    arn = f"{_function_arn(place, resource)}:{resource.properties.get('Name', '')}"
    return Physical(arn, {"AliasArn": arn})


def _layer_version(place: Place, resource: Resource) -> Physical:
    name = _name(place, resource, "LayerName")
    arn = f"arn:{place.partition}:lambda:{place.region}:{place.account_id}:layer:{name}:1"
    return Physical(arn, {"LayerVersionArn": arn})


def _version(place: Place, resource: Resource) -> Physical:
    arn = f"{_function_arn(place, resource)}:1"
    return Physical(arn, {"Version": "1", "FunctionArn": arn})


def _function_arn(place: Place, resource: Resource) -> str:
    name = str(resource.properties.get("FunctionName", ""))
    prefix = f"arn:{place.partition}:lambda:{place.region}:{place.account_id}:function:"
    return name if name.startswith("arn:") else prefix + name


def _other(place: Place, resource: Resource) -> Physical:
    """A type without emulation: a name and a plausible ARN, so that references to it resolve."""
    name = f"{place.stack}-{resource.logical_id}-{identifier(place, resource, 12).upper()}"
    _, service, kind, *_ = [*resource.type.lower().split("::"), "", ""]
    arn = f"arn:{place.partition}:{service}:{place.region}:{place.account_id}:{kind}/{name}"
    return Physical(name, {"Arn": arn})


_TYPES: dict[str, Callable[[Place, Resource], Physical]] = {
    "AWS::ApiGatewayV2::Api": _api,
    "AWS::ApiGatewayV2::ApiMapping": _part("ApiMappingId"),
    "AWS::ApiGatewayV2::Authorizer": _part("AuthorizerId"),
    "AWS::ApiGatewayV2::Deployment": _part("DeploymentId"),
    "AWS::ApiGatewayV2::DomainName": _domain_name,
    "AWS::ApiGatewayV2::Integration": _part("IntegrationId"),
    "AWS::ApiGatewayV2::IntegrationResponse": _part("IntegrationResponseId"),
    "AWS::ApiGatewayV2::Model": _part("ModelId"),
    "AWS::ApiGatewayV2::Route": _part("RouteId"),
    "AWS::ApiGatewayV2::RouteResponse": _part("RouteResponseId"),
    "AWS::ApiGatewayV2::Stage": _stage,
    "AWS::Cognito::UserPool": _user_pool,
    "AWS::Cognito::UserPoolClient": _user_pool_client,
    "AWS::Cognito::UserPoolDomain": _user_pool_domain,
    "AWS::Cognito::UserPoolGroup": _user_pool_group,
    "AWS::DynamoDB::Table": _named(
        "TableName", "arn:{partition}:dynamodb:{region}:{account}:table/{name}"
    ),
    "AWS::IAM::ManagedPolicy": _managed_policy,
    "AWS::IAM::Role": _role,
    "AWS::Lambda::Alias": _alias,
    "AWS::Lambda::Function": _named(
        "FunctionName", "arn:{partition}:lambda:{region}:{account}:function:{name}"
    ),
    "AWS::Lambda::LayerVersion": _layer_version,
    "AWS::Lambda::Version": _version,
    "AWS::Logs::LogGroup": _named(
        "LogGroupName", "arn:{partition}:logs:{region}:{account}:log-group:{name}:*"
    ),
    "AWS::S3::Bucket": _bucket,
}


def attribute(known: Physical, resource_type: str, logical_id: str, name: str) -> str:
    """One GetAtt. Raises `UsageError` for an attribute that is not known here.

    Nothing exists of a type without emulation; its attributes are names that nobody answers to.
    """
    if resource_type not in _TYPES:
        return known.attributes.get(name, f"{known.ref}.{name}")
    try:
        return known.attributes[name]
    except KeyError:
        raise UsageError(
            f"Fn::GetAtt {logical_id}.{name}: the emulator does not know this attribute of "
            f"{resource_type}; it knows {', '.join(known.attributes) or 'none'}."
        ) from None
