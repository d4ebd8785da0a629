"""Pools and clients as the template declares them (reference section 4.2). Read only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.cognito import paging
from emulator.cognito.attributes import STANDARD
from emulator.cognito.facts import Facts
from emulator.cognito.pools import Pools
from emulator.cognito.users import Users
from emulator.template.model import UserPool, UserPoolClient


@dataclass(frozen=True, slots=True)
class DescribeUserPool:
    """One pool."""

    pools: Pools
    users: Users
    facts: Facts

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Everything that the template says of it and AWS would show."""
        pool = self.pools.pool(request["UserPoolId"])
        policy = pool.password_policy
        names = {
            "AliasAttributes": sorted(pool.alias_attributes),
            "AutoVerifiedAttributes": sorted(pool.auto_verified_attributes),
            "UsernameAttributes": sorted(pool.username_attributes),
        }
        return {
            "UserPool": {
                **{name: found for name, found in names.items() if found},
                **summary(self.pools, pool, self.facts),
                "Arn": pool.arn,
                "AdminCreateUserConfig": {
                    "AllowAdminCreateUserOnly": pool.admin_create_only,
                    "UnusedAccountValidityDays": policy.temporary_password_validity_days,
                },
                "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
                "EstimatedNumberOfUsers": await self.users.count(pool),
                "MfaConfiguration": "OFF",
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
                "SchemaAttributes": [
                    schema_attribute(pool, name)
                    for name in sorted(STANDARD) + sorted(pool.custom_attributes)
                ],
                "UsernameConfiguration": {"CaseSensitive": pool.case_sensitive},
                "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"},
            }
        }


@dataclass(frozen=True, slots=True)
class DescribeUserPoolClient:
    """One client."""

    pools: Pools
    facts: Facts

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Validities are shown in seconds, whatever unit the template used."""
        pool = self.pools.pool(request["UserPoolId"])
        client = self.pools.client_of(pool, request["ClientId"])
        document = {
            **client_summary(client),
            "AccessTokenValidity": client.access_token_validity,
            "AllowedOAuthFlowsUserPoolClient": False,
            "AuthSessionValidity": client.auth_session_validity // 60,
            "CreationDate": self.facts.first_seen(pool.id),
            "EnableTokenRevocation": client.token_revocation,
            "ExplicitAuthFlows": sorted(client.auth_flows),
            "IdTokenValidity": client.id_token_validity,
            "LastModifiedDate": self.facts.first_seen(pool.id),
            "PreventUserExistenceErrors": "ENABLED"
            if client.prevent_user_existence_errors
            else "LEGACY",
            "RefreshTokenValidity": client.refresh_token_validity,
            "TokenValidityUnits": dict.fromkeys(
                ("AccessToken", "IdToken", "RefreshToken"), "seconds"
            ),
        }
        if client.secret is not None:
            document["ClientSecret"] = client.secret
        if client.refresh_rotation_grace is not None:
            document["RefreshTokenRotation"] = {
                "Feature": "ENABLED",
                "RetryGracePeriodSeconds": client.refresh_rotation_grace,
            }
        return {"UserPoolClient": document}


@dataclass(frozen=True, slots=True)
class ListUserPools:
    """All pools of the stack."""

    pools: Pools
    facts: Facts

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """In pages, in the order of the template."""
        pools, token = paging.slice_of(
            self.pools.all(), request.get("NextToken"), request["MaxResults"]
        )
        return {
            "NextToken": token,
            "UserPools": [summary(self.pools, pool, self.facts) for pool in pools],
        }


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


def summary(pools: Pools, pool: UserPool, facts: Facts) -> dict[str, Any]:
    """What lists show of a pool."""
    seen = facts.first_seen(pool.id)
    return {
        "CreationDate": seen,
        "Id": pool.id,
        "LambdaConfig": pools.lambda_config(pool),
        "LastModifiedDate": seen,
        "Name": pool.name,
    }


def client_summary(client: UserPoolClient) -> dict[str, Any]:
    """What lists show of a client."""
    return {"ClientId": client.id, "ClientName": client.name, "UserPoolId": client.pool_id}


def schema_attribute(pool: UserPool, name: str) -> dict[str, Any]:
    """One attribute of the schema, with AWS's types (section 4.2)."""
    if name == "updated_at":
        kind: dict[str, Any] = {
            "AttributeDataType": "Number",
            "NumberAttributeConstraints": {"MinValue": "0"},
        }
    elif name.endswith("_verified"):
        kind = {"AttributeDataType": "Boolean"}
    else:
        low, high = {"birthdate": ("10", "10"), "sub": ("1", "2048")}.get(name, ("0", "2048"))
        limits = {"MinLength": low, "MaxLength": high}
        kind = {"AttributeDataType": "String", "StringAttributeConstraints": limits}
    return {
        "Name": name,
        "DeveloperOnlyAttribute": False,
        "Mutable": name != "sub",
        "Required": name == "sub" or name in pool.required_attributes,
        **kind,
    }
