"""The resources of a stack as frozen values: what the template says, with every reference resolved."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class LoggingConfig:
    """How a function logs; the levels matter where the format is JSON."""

    format: str = "Text"
    """`Text` or `JSON`."""
    application_level: str = "INFO"
    system_level: str = "INFO"

    @property
    def json(self) -> bool:
        """Whether log records are JSON objects."""
        return self.format == "JSON"


RETENTION_DAYS = frozenset(
    {
        *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192),
        *(2557, 2922, 3288, 3653),
    }
)
"""What PutRetentionPolicy takes."""


@dataclass(frozen=True, slots=True)
class LogGroup:
    """AWS::Logs::LogGroup."""

    logical_id: str
    name: str
    retention_days: int | None = None
    """`None`: its events never expire."""


@dataclass(frozen=True, slots=True)
class Function:
    """AWS::Lambda::Function."""

    logical_id: str
    name: str
    arn: str
    handler: str
    runtime: str
    code: Path
    """The folder that is run. As the template names it, it may still be a zip file; of inline
    source text it is the name that the file gets."""
    inline: str | None = None
    """Source text that stands in the template itself."""
    layers: tuple[Path, ...] = ()
    """The layers' contents, each a folder or still a zip file; later ones win."""
    timeout: float = 3.0
    """Seconds."""
    memory_mb: int = 128
    environment: Mapping[str, str] = field(default_factory=dict)
    role_arn: str = ""
    log_group: str = ""
    logging: LoggingConfig = LoggingConfig()
    reserved_concurrency: int | None = None
    """ReservedConcurrentExecutions: events that it handles at the same time at most."""

    @property
    def sources(self) -> tuple[Path, ...]:
        """The folders and zip files that its code comes from."""
        return self.layers if self.inline is not None else (self.code, *self.layers)


@dataclass(frozen=True, slots=True)
class Integration:
    """AWS::ApiGatewayV2::Integration."""

    function: str
    """Name of the function, in which `${stageVariables.x}` may stand; of an integration that is no
    AWS_PROXY `integrations/{id}`, the name of its backend."""
    timeout: float = 29.0
    """Seconds."""


@dataclass(frozen=True, slots=True)
class IntegrationResponse:
    """AWS::ApiGatewayV2::IntegrationResponse."""

    key: str
    """`$default`, or a pattern between slashes."""
    template: str | None = None
    """Velocity; `None` lets the body through."""


@dataclass(frozen=True, slots=True)
class Backend:
    """What an integration of type AWS, HTTP, HTTP_PROXY or MOCK calls, and how."""

    kind: str
    target: str
    """A function's name (AWS) or a URL (HTTP), in which `${stageVariables.x}` may stand."""
    method: str = "POST"
    parameters: Mapping[str, str] = field(default_factory=dict)
    """RequestParameters: where a value goes, and where it comes from."""
    templates: Mapping[str, str] = field(default_factory=dict)
    """RequestTemplates, in Velocity, by the key that `template_selection` evaluates to."""
    template_selection: str = "\\$default"
    passthrough: str = "WHEN_NO_MATCH"
    responses: tuple[IntegrationResponse, ...] = ()


@dataclass(frozen=True, slots=True)
class Authorizer:
    """AWS::ApiGatewayV2::Authorizer of type REQUEST."""

    function: str
    identity_sources: tuple[str, ...] = ()
    timeout: float = 29.0
    """Seconds."""


@dataclass(frozen=True, slots=True)
class Route:
    """AWS::ApiGatewayV2::Route."""

    key: str
    integration: Integration | None
    authorizer: Authorizer | None = None
    two_way: bool = False
    """Whether the function's `body` goes back to the client."""
    model_selection: str | None = None
    """The expression that selects one of `models`; without it bodies are not looked at."""
    models: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """JSON schemas by the key that the expression evaluates to."""


@dataclass(frozen=True, slots=True)
class WebSocketApi:
    """AWS::ApiGatewayV2::Api of protocol WEBSOCKET, with its routes and stages."""

    logical_id: str
    id: str
    name: str
    region: str
    account_id: str
    route_selection_expression: str
    routes: Mapping[str, Route]
    stages: Mapping[str, "Stage"]
    endpoint_disabled: bool = False
    """Whether only custom domains lead to it."""
    backends: Mapping[str, Backend] = field(default_factory=dict)
    """By the name in `Integration.function`."""

    @property
    def host(self) -> str:
        """Its host name on AWS, which is also what it has here for its functions."""
        return f"{self.id}.execute-api.{self.region}.amazonaws.com"

    def arn(self, stage: str, resource: str) -> str:
        """`arn:aws:execute-api:…` of a route key or a management call on one stage."""
        return f"arn:aws:execute-api:{self.region}:{self.account_id}:{self.id}/{stage}/{resource}"


@dataclass(frozen=True, slots=True)
class Throttling:
    """A steady rate in requests a second, and how many may come at once."""

    rate: float
    burst: int


ACCOUNT_THROTTLING = Throttling(rate=10_000, burst=5_000)
"""Of all APIs of an account together; no route can have more.
https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""


@dataclass(frozen=True, slots=True)
class RouteSettings:
    """What a stage does about a route's messages."""

    throttling: Throttling | None = None
    """Of this route by itself."""
    logging_level: str = "OFF"
    """Of execution logs: OFF, ERROR or INFO."""
    data_trace: bool = False
    """Whether execution logs show bodies."""
    detailed_metrics: bool = False
    """Whether the route is counted by itself too."""


@dataclass(frozen=True, slots=True)
class AccessLog:
    """Where a stage's access log goes, and the form of its lines."""

    group: str
    format: str


@dataclass(frozen=True, slots=True)
class Stage:
    """AWS::ApiGatewayV2::Stage."""

    name: str
    variables: Mapping[str, str] = field(default_factory=dict)
    default: RouteSettings = RouteSettings()
    routes: Mapping[str, RouteSettings] = field(default_factory=dict)
    """By route key, in place of the default."""
    access_log: AccessLog | None = None

    def settings_of(self, route_key: str) -> RouteSettings:
        """The settings that hold for a route."""
        return self.routes.get(route_key, self.default)

    def fill(self, text: str) -> str:
        """A text with the stage's variables in the place of `${stageVariables.x}`."""
        return re.sub(
            r"\$\{stageVariables\.(\w+)\}", lambda match: self.variables.get(match[1], ""), text
        )


@dataclass(frozen=True, slots=True)
class DomainName:
    """AWS::ApiGatewayV2::DomainName with the API mappings of it."""

    name: str
    mappings: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """The id of an API and the name of a stage, by mapping key; the key may be empty."""


@dataclass(frozen=True, slots=True)
class Table:
    """AWS::DynamoDB::Table: the request that creates it, and its TTL attribute."""

    logical_id: str
    name: str
    arn: str
    create: Mapping[str, Any]
    """Parameters of DynamoDB's CreateTable."""
    ttl_attribute: str | None = None


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """Rules for passwords; the defaults are those of a new pool."""

    minimum_length: int = 8
    require_lowercase: bool = True
    require_uppercase: bool = True
    require_numbers: bool = True
    require_symbols: bool = True
    temporary_password_validity_days: int = 7


@dataclass(frozen=True, slots=True)
class SchemaAttribute:
    """One entry of a pool's Schema. `name` has its `custom:` prefix."""

    name: str
    type: str = "String"
    """String, Number, DateTime or Boolean."""
    mutable: bool = True
    required: bool = False
    low: int | None = None
    """Least length of a String, least value of a Number."""
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Messages:
    """Subjects and texts of what a pool sends; `{####}` stands for the code, `{username}` too."""

    subject: str = "Your verification code"
    email: str = "Your verification code is {####}."
    sms: str = "Your verification code is {####}."
    invitation_subject: str = "Your temporary password"
    invitation: str = "Your username is {username} and temporary password is {####}."
    sms_invitation: str = "Your username is {username} and temporary password is {####}."


@dataclass(frozen=True, slots=True)
class UserPool:
    """AWS::Cognito::UserPool."""

    logical_id: str
    id: str
    arn: str
    name: str
    region: str
    password_policy: PasswordPolicy = PasswordPolicy()
    auto_verified_attributes: frozenset[str] = frozenset()
    username_attributes: frozenset[str] = frozenset()
    alias_attributes: frozenset[str] = frozenset()
    verify_before_update: frozenset[str] = frozenset()
    """Attributes whose new value counts only once it is verified."""
    case_sensitive: bool = True
    schema: tuple[SchemaAttribute, ...] = ()
    """Attributes that the pool declares, beside the standard ones as they are by default."""
    admin_create_only: bool = False
    recovery: tuple[str, ...] | None = None
    """AccountRecoverySetting, the first choice first; `None` where it is not set."""
    mfa: str = "OFF"
    """OFF, OPTIONAL or ON."""
    software_tokens: bool = False
    """Whether TOTP is among the pool's second factors, the only one that is emulated."""
    deletion_protection: bool = False
    messages: Messages = Messages()
    triggers: Mapping[str, str] = field(default_factory=dict)
    """LambdaConfig: trigger name, such as `PreSignUp`, to function name."""

    @property
    def issuer(self) -> str:
        """The `iss` claim: AWS's literal address of the pool, here and on AWS."""
        return f"https://cognito-idp.{self.region}.amazonaws.com/{self.id}"

    @property
    def required_attributes(self) -> frozenset[str]:
        """What every user must have."""
        return frozenset(each.name for each in self.schema if each.required)

    @property
    def custom_attributes(self) -> frozenset[str]:
        """Names with their `custom:` prefix."""
        return frozenset(each.name for each in self.schema if each.name.startswith("custom:"))


@dataclass(frozen=True, slots=True)
class UserPoolClient:
    """AWS::Cognito::UserPoolClient. Validities are in seconds."""

    logical_id: str
    id: str
    name: str
    pool_id: str
    secret: str | None = None
    auth_flows: frozenset[str] = frozenset(
        {"ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"}
    )
    read_attributes: frozenset[str] | None = None
    """What GetUser and the ID token show; `None`: everything."""
    write_attributes: frozenset[str] | None = None
    """What users may set through this client; `None`: everything that users may set."""
    prevent_user_existence_errors: bool = False
    token_revocation: bool = True
    access_token_validity: int = 3600
    id_token_validity: int = 3600
    refresh_token_validity: int = 30 * 86400
    auth_session_validity: int = 180
    refresh_rotation_grace: int | None = None
    """Seconds for which a rotated refresh token still works; `None` when rotation is off."""


@dataclass(frozen=True, slots=True)
class UserPoolGroup:
    """AWS::Cognito::UserPoolGroup."""

    pool_id: str
    name: str
    description: str | None = None
    precedence: int | None = None
    role_arn: str | None = None


@dataclass(frozen=True, slots=True)
class CorsRule:
    """What pages of some origins may ask of a bucket; `*` stands for any run of characters."""

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    max_age: int | None = None


@dataclass(frozen=True, slots=True)
class LifecycleRule:
    """When objects under a prefix, and uploads in parts that nobody completes, are removed."""

    prefix: str
    expire_days: int | None = None
    abort_days: int | None = None


@dataclass(frozen=True, slots=True)
class Bucket:
    """AWS::S3::Bucket."""

    logical_id: str
    name: str
    cors: tuple[CorsRule, ...] = ()
    lifecycle: tuple[LifecycleRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Stack:
    """A whole template, resolved."""

    name: str
    region: str
    account_id: str
    functions: Mapping[str, Function]
    """By function name."""
    apis: tuple[WebSocketApi, ...]
    tables: tuple[Table, ...]
    user_pools: tuple[UserPool, ...]
    user_pool_clients: tuple[UserPoolClient, ...]
    buckets: tuple[Bucket, ...]
    outputs: Mapping[str, str]
    domains: tuple[DomainName, ...] = ()
    roles: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    """The policies of each role, by its ARN."""
    warnings: tuple[str, ...] = ()
    """What the template asks for that has no effect here, a sentence each."""
    log_groups: tuple[LogGroup, ...] = ()
    user_pool_groups: tuple[UserPoolGroup, ...] = ()
