"""Pools and clients as they are (reference section 4.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.cognito import paging
from emulator.cognito.pools import Pools
from emulator.cognito.users import Users
from emulator.template.model import SchemaAttribute, UserPool, UserPoolClient
from emulator.template.user_pools import STANDARD_ATTRIBUTES


@dataclass(frozen=True, slots=True)
class DescribeUserPool:
    """One pool."""

    pools: Pools
    users: Users

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Everything that is said of it and AWS would show."""
        pool = self.pools.pool(request["UserPoolId"])
        return {"UserPool": pool_document(self.pools, pool, await self.users.count(pool))}


@dataclass(frozen=True, slots=True)
class DescribeUserPoolClient:
    """One client."""

    pools: Pools

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Validities are shown in seconds, whatever unit was used to say them."""
        pool = self.pools.pool(request["UserPoolId"])
        client = self.pools.client_of(pool, request["ClientId"])
        return {"UserPoolClient": client_document(self.pools, client)}


@dataclass(frozen=True, slots=True)
class ListUserPools:
    """All pools."""

    pools: Pools

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """In pages, those of the template first."""
        pools, token = paging.slice_of(
            self.pools.all(), request.get("NextToken"), request["MaxResults"]
        )
        return {"NextToken": token, "UserPools": [summary(self.pools, pool) for pool in pools]}


@dataclass(frozen=True, slots=True)
class ListUserPoolClients:
    """All clients of a pool."""

    pools: Pools

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Ids and names only."""
        pool = self.pools.pool(request["UserPoolId"])
        clients, token = paging.slice_of(
            self.pools.clients_of(pool), request.get("NextToken"), request.get("MaxResults", 60)
        )
        return {"NextToken": token, "UserPoolClients": [client_summary(c) for c in clients]}


def pool_document(pools: Pools, pool: UserPool, users: int) -> dict[str, Any]:
    """AWS's UserPoolType."""
    policy, words = pool.password_policy, pool.messages
    found = {
        **summary(pools, pool),
        "AccountRecoverySetting": _recovery(pool),
        "AdminCreateUserConfig": {
            "AllowAdminCreateUserOnly": pool.admin_create_only,
            "UnusedAccountValidityDays": policy.temporary_password_validity_days,
        },
        "AliasAttributes": sorted(pool.alias_attributes),
        "Arn": pool.arn,
        "AutoVerifiedAttributes": sorted(pool.auto_verified_attributes),
        "DeletionProtection": "ACTIVE" if pool.deletion_protection else "INACTIVE",
        "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
        "MfaConfiguration": pool.mfa,
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": policy.minimum_length,
                "RequireLowercase": policy.require_lowercase,
                "RequireNumbers": policy.require_numbers,
                "RequireSymbols": policy.require_symbols,
                "RequireUppercase": policy.require_uppercase,
                "TemporaryPasswordValidityDays": policy.temporary_password_validity_days,
            }
        },
        "SchemaAttributes": [schema_document(attribute) for attribute in whole_schema(pool)],
        "UserAttributeUpdateSettings": _updates(pool),
        "UsernameAttributes": sorted(pool.username_attributes),
        "UsernameConfiguration": {"CaseSensitive": pool.case_sensitive},
        "VerificationMessageTemplate": {
            "DefaultEmailOption": "CONFIRM_WITH_CODE",
            "EmailMessage": words.email,
            "EmailSubject": words.subject,
            "SmsMessage": words.sms,
        },
    }
    return {name: value for name, value in found.items() if value} | {
        "EstimatedNumberOfUsers": users,
        "LambdaConfig": pools.lambda_config(pool),
    }


def client_document(pools: Pools, client: UserPoolClient) -> dict[str, Any]:
    """AWS's UserPoolClientType."""
    entry = pools.client_entry(client.id)
    units = dict.fromkeys(("AccessToken", "IdToken", "RefreshToken"), "seconds")
    document = {
        **client_summary(client),
        "AccessTokenValidity": client.access_token_validity,
        "AllowedOAuthFlowsUserPoolClient": False,
        "AuthSessionValidity": client.auth_session_validity // 60,
        "CreationDate": round(entry.created, 3),
        "EnableTokenRevocation": client.token_revocation,
        "ExplicitAuthFlows": sorted(client.auth_flows),
        "IdTokenValidity": client.id_token_validity,
        "LastModifiedDate": round(entry.modified, 3),
        "PreventUserExistenceErrors": (
            "ENABLED" if client.prevent_user_existence_errors else "LEGACY"
        ),
        "RefreshTokenValidity": client.refresh_token_validity,
        "TokenValidityUnits": units,
    }
    if client.secret is not None:
        document["ClientSecret"] = client.secret
    if client.refresh_rotation_grace is not None:
        document["RefreshTokenRotation"] = {
            "Feature": "ENABLED",
            "RetryGracePeriodSeconds": client.refresh_rotation_grace,
        }
    for name, listed in (
        ("ReadAttributes", client.read_attributes),
        ("WriteAttributes", client.write_attributes),
    ):
        if listed is not None:
            document[name] = sorted(listed)
    return document


def summary(pools: Pools, pool: UserPool) -> dict[str, Any]:
    """What lists show of a pool."""
    entry = pools.entry(pool.id)
    return {
        "CreationDate": round(entry.created, 3),
        "Id": pool.id,
        "LambdaConfig": pools.lambda_config(pool),
        "LastModifiedDate": round(entry.modified, 3),
        "Name": pool.name,
    }


def client_summary(client: UserPoolClient) -> dict[str, Any]:
    """What lists show of a client."""
    return {"ClientId": client.id, "ClientName": client.name, "UserPoolId": client.pool_id}


def whole_schema(pool: UserPool) -> list[SchemaAttribute]:
    """What the pool declares, among the standard attributes as they are by default."""
    declared = {attribute.name: attribute for attribute in pool.schema}
    standard = [declared.get(name) or _standard(name) for name in sorted(STANDARD_ATTRIBUTES)]
    return standard + [declared[name] for name in sorted(pool.custom_attributes)]


def schema_document(attribute: SchemaAttribute) -> dict[str, Any]:
    """AWS's SchemaAttributeType; limits are texts."""
    kind: dict[str, Any] = {"AttributeDataType": attribute.type}
    low, high = attribute.low, attribute.high
    if attribute.type == "String":
        limits = {"MinLength": str(low or 0), "MaxLength": str(2048 if high is None else high)}
        kind["StringAttributeConstraints"] = limits
    elif attribute.type == "Number":
        given = {"MinValue": low, "MaxValue": high}
        kind["NumberAttributeConstraints"] = {
            name: str(value) for name, value in given.items() if value is not None
        }
    return {
        "Name": attribute.name,
        "DeveloperOnlyAttribute": False,
        "Mutable": attribute.mutable,
        "Required": attribute.required,
        **kind,
    }


def _standard(name: str) -> SchemaAttribute:
    """AWS's defaults (section 4.2)."""
    if name == "updated_at":
        return SchemaAttribute(name, "Number", low=0)
    if name.endswith("_verified"):
        return SchemaAttribute(name, "Boolean")
    if name == "sub":
        return SchemaAttribute(name, mutable=False, required=True, low=1, high=2048)
    if name == "birthdate":
        return SchemaAttribute(name, low=10, high=10)
    return SchemaAttribute(name)


def _recovery(pool: UserPool) -> dict[str, Any] | None:
    if pool.recovery is None:
        return None
    mechanisms = [{"Name": name, "Priority": n} for n, name in enumerate(pool.recovery, 1)]
    return {"RecoveryMechanisms": mechanisms}


def _updates(pool: UserPool) -> dict[str, Any] | None:
    names = sorted(pool.verify_before_update)
    return {"AttributesRequireVerificationBeforeUpdate": names} if names else None
