"""One stack with a pool for each kind of setting that changes behaviour."""

from emulator.template.model import (
    PasswordPolicy,
    SchemaAttribute,
    Stack,
    UserPool,
    UserPoolClient,
    UserPoolGroup,
)


REGION = "us-east-1"
PASSWORD = "Passw0rd!long"
FLOWS = frozenset({"ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"})


def pool(name: str, **settings: object) -> UserPool:
    id_ = f"{REGION}_{name}"
    values: dict[str, object] = {
        "logical_id": name,
        "id": id_,
        "arn": f"arn:aws:cognito-idp:{REGION}:123456789012:userpool/{id_}",
        "name": name.lower(),
        "region": REGION,
        **settings,
    }
    return UserPool(**values)  # type: ignore[arg-type] # a table of settings, checked by use


def client(pool_: UserPool, id_: str, **settings: object) -> UserPoolClient:
    values: dict[str, object] = {
        "logical_id": id_,
        "id": id_,
        "name": f"client {id_}",
        "pool_id": pool_.id,
        "auth_flows": FLOWS,
        **settings,
    }
    return UserPoolClient(**values)  # type: ignore[arg-type] # as above


EMAIL_FIRST = frozenset({"email"})

NAMES = pool("Names0001", auto_verified_attributes=EMAIL_FIRST)
"""Plain user names."""
EMAILS = pool(
    "Emails001",
    auto_verified_attributes=EMAIL_FIRST,
    username_attributes=EMAIL_FIRST,
    case_sensitive=False,
    schema=(
        SchemaAttribute("name", required=True),
        SchemaAttribute("custom:lab"),
        SchemaAttribute("custom:badge", type="Number", mutable=False, low=1, high=999),
    ),
    password_policy=PasswordPolicy(minimum_length=10, require_symbols=False),
)
"""E-mail as user name, as a chat would have it."""
ALIASES = pool(
    "Aliases01",
    auto_verified_attributes=EMAIL_FIRST,
    alias_attributes=frozenset({"email", "preferred_username"}),
    case_sensitive=False,
)
CLOSED = pool("Closed001", admin_create_only=True)
GUARDED = pool(
    "Guarded01",
    auto_verified_attributes=EMAIL_FIRST,
    triggers={"PreSignUp": "pre", "PostConfirmation": "post"},
)
FACTORS = pool("Factors01", auto_verified_attributes=EMAIL_FIRST, mfa="ON", software_tokens=True)
"""Everybody needs an authenticator app."""
CUSTOM = pool(
    "Custom001",
    auto_verified_attributes=EMAIL_FIRST,
    mfa="OPTIONAL",
    software_tokens=True,
    verify_before_update=EMAIL_FIRST,
    triggers={
        "CreateAuthChallenge": "create",
        "CustomMessage": "message",
        "DefineAuthChallenge": "define",
        "PreTokenGeneration": "tokens",
        "VerifyAuthChallengeResponse": "verify",
    },
)
"""Functions have a say in everything; an app is a choice."""

CLIENTS = (
    client(NAMES, "names", prevent_user_existence_errors=True),
    client(NAMES, "legacy"),
    client(NAMES, "secretive", secret="s3cr3t", prevent_user_existence_errors=True),
    client(NAMES, "srponly", auth_flows=frozenset({"ALLOW_USER_SRP_AUTH"})),
    client(
        NAMES,
        "rotating",
        refresh_rotation_grace=30,
        access_token_validity=300,
        id_token_validity=600,
    ),
    client(NAMES, "irrevocable", token_revocation=False),
    client(EMAILS, "emails", prevent_user_existence_errors=True),
    client(ALIASES, "aliases"),
    client(CLOSED, "closed"),
    client(GUARDED, "guarded"),
    client(FACTORS, "factors"),
    client(CUSTOM, "custom", auth_flows=FLOWS | {"ALLOW_CUSTOM_AUTH"}),
    client(
        CUSTOM,
        "hiding",
        auth_flows=FLOWS | {"ALLOW_CUSTOM_AUTH"},
        prevent_user_existence_errors=True,
        read_attributes=frozenset({"email", "nickname"}),
        write_attributes=frozenset({"email", "nickname"}),
    ),
)

STACK = Stack(
    name="test",
    region=REGION,
    account_id="123456789012",
    functions={},
    apis=(),
    tables=(),
    user_pools=(NAMES, EMAILS, ALIASES, CLOSED, GUARDED, FACTORS, CUSTOM),
    user_pool_clients=CLIENTS,
    buckets=(),
    outputs={},
    user_pool_groups=(
        UserPoolGroup(NAMES.id, "staff", "Who works here", 5, "arn:aws:iam::123456789012:role/s"),
        UserPoolGroup(NAMES.id, "guests"),
    ),
)
