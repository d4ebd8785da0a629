"""AWS::Cognito::UserPool, UserPoolClient, UserPoolGroup and UserPoolDomain as frozen values.

Cognito's own CreateUserPool and CreateUserPoolClient take the same properties, so pools that are
made by calls are read here too.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from emulator.errors import UsageError
from emulator.template.model import (
    Messages,
    PasswordPolicy,
    SchemaAttribute,
    UserPool,
    UserPoolClient,
    UserPoolGroup,
)
from emulator.template.physical import Physical, Place
from emulator.template.reader import Reader


STANDARD_ATTRIBUTES = frozenset(
    {
        "address", "birthdate", "email", "email_verified", "family_name", "gender", "given_name",
        "locale", "middle_name", "name", "nickname", "phone_number", "phone_number_verified",
        "picture", "preferred_username", "profile", "sub", "updated_at", "website", "zoneinfo",
    }
)  # fmt: skip

TRIGGERS = frozenset(
    {
        "CreateAuthChallenge", "CustomMessage", "DefineAuthChallenge", "PostConfirmation",
        "PreSignUp", "PreTokenGeneration", "VerifyAuthChallengeResponse",
    }
)  # fmt: skip
"""The triggers that are run."""

NO_EFFECT = {"EmailConfiguration", "SmsConfiguration", "UserPoolTags", "UserPoolTier"}
"""Mail goes to the local mailbox or to the relay of `--smtp`; tags and plans cost nothing here."""

CLIENT_NO_EFFECT = {
    "AllowedOAuthFlows", "AllowedOAuthFlowsUserPoolClient", "AllowedOAuthScopes", "CallbackURLs",
    "DefaultRedirectURI", "LogoutURLs", "SupportedIdentityProviders",
}  # fmt: skip
"""Settings of the hosted sign-in pages, of which a domain warns."""

_UNIT_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
_HOUR, _DAY = 3600, 86400


def user_pool(reader: Reader, known: Physical, place: Place) -> UserPool:
    """AWS::Cognito::UserPool."""
    username = reader.section("UsernameConfiguration")
    admin = reader.section("AdminCreateUserConfig")
    updates = reader.section("UserAttributeUpdateSettings")
    pool = UserPool(
        logical_id=reader.resource.logical_id,
        id=known.ref,
        arn=known.attributes["Arn"],
        name=reader.text("UserPoolName", known.ref),
        region=place.region,
        password_policy=_password_policy(reader),
        auto_verified_attributes=frozenset(reader.texts("AutoVerifiedAttributes")),
        username_attributes=frozenset(reader.texts("UsernameAttributes")),
        alias_attributes=frozenset(reader.texts("AliasAttributes")),
        verify_before_update=frozenset(
            updates.get("AttributesRequireVerificationBeforeUpdate", ())
        ),
        case_sensitive=_is_true(username.get("CaseSensitive", True)),
        schema=tuple(schema_attribute(item) for item in reader.get("Schema", [])),
        admin_create_only=_is_true(admin.get("AllowAdminCreateUserOnly")),
        recovery=_recovery(reader),
        mfa=reader.text("MfaConfiguration", "OFF"),
        software_tokens="SOFTWARE_TOKEN_MFA" in reader.texts("EnabledMfas"),
        deletion_protection=reader.text("DeletionProtection", "INACTIVE") == "ACTIVE",
        messages=_messages(reader, admin.get("InviteMessageTemplate", {})),
        triggers=_triggers(reader),
    )
    if pool.mfa != "OFF" and not pool.software_tokens:
        reader.warn(
            "of the second factors only SOFTWARE_TOKEN_MFA is emulated: sign-in asks for no code"
        )
    reader.finish(NO_EFFECT)
    return pool


def user_pool_client(reader: Reader, known: Physical, place: Place) -> UserPoolClient:
    """AWS::Cognito::UserPoolClient."""
    rotation = reader.section("RefreshTokenRotation")
    rotates = rotation.get("Feature") == "ENABLED"
    client = UserPoolClient(
        logical_id=reader.resource.logical_id,
        id=known.ref,
        name=known.attributes["Name"],
        pool_id=reader.text("UserPoolId"),
        secret=_secret(known, place) if reader.flag("GenerateSecret") else None,
        read_attributes=frozenset(reader.texts("ReadAttributes")) or None,
        write_attributes=frozenset(reader.texts("WriteAttributes")) or None,
        prevent_user_existence_errors=reader.text("PreventUserExistenceErrors", "") == "ENABLED",
        token_revocation=reader.flag("EnableTokenRevocation", default=True),
        access_token_validity=_validity(reader, "AccessToken", _HOUR, (300, _DAY)),
        id_token_validity=_validity(reader, "IdToken", _HOUR, (300, _DAY)),
        refresh_token_validity=_validity(reader, "RefreshToken", 30 * _DAY, (_HOUR, 3650 * _DAY)),
        auth_session_validity=_session_validity(reader),
        refresh_rotation_grace=(
            int(rotation.get("RetryGracePeriodSeconds", 0)) if rotates else None
        ),
        **_auth_flows(reader),
    )
    reader.finish(CLIENT_NO_EFFECT | {"ClientName", "TokenValidityUnits"})
    return client


def user_pool_group(reader: Reader, known: Physical) -> UserPoolGroup:
    """AWS::Cognito::UserPoolGroup."""
    precedence = reader.get("Precedence")
    group = UserPoolGroup(
        pool_id=reader.text("UserPoolId"),
        name=known.ref,
        description=reader.get("Description"),
        precedence=None if precedence is None else int(precedence),
        role_arn=reader.get("RoleArn"),
    )
    reader.finish({"GroupName"})
    return group


def user_pool_domain(reader: Reader, _: Physical) -> None:
    """AWS::Cognito::UserPoolDomain: nothing is served."""
    reader.warn("the hosted sign-in pages and the OAuth endpoints of a domain are not emulated")


def schema_attribute(item: Mapping[str, Any]) -> SchemaAttribute:
    """An entry of Schema; names that are not standard get their prefix."""
    name = str(item["Name"])
    limits = item.get("StringAttributeConstraints") or item.get("NumberAttributeConstraints") or {}

    def limit(which: str) -> int | None:
        value = limits.get(f"{which}Length", limits.get(f"{which}Value"))
        return None if value is None else int(value)

    return SchemaAttribute(
        name=name if name in STANDARD_ATTRIBUTES else f"custom:{name.removeprefix('custom:')}",
        type=str(item.get("AttributeDataType", "String")),
        mutable=_is_true(item.get("Mutable", True)),
        required=_is_true(item.get("Required")),
        low=limit("Min"),
        high=limit("Max"),
    )


def _triggers(reader: Reader) -> dict[str, str]:
    config = dict(reader.section("LambdaConfig"))
    newer = config.pop("PreTokenGenerationConfig", None)
    if newer is not None:
        if newer.get("LambdaVersion", "V1_0") != "V1_0":
            reader.warn("PreTokenGenerationConfig: version V1_0 of the event is sent")
        config["PreTokenGeneration"] = newer["LambdaArn"]
    if others := sorted(config.keys() - TRIGGERS):
        reader.warn(f"LambdaConfig: the emulator does not run {', '.join(others)}")
    return {
        name: str(arn).rpartition(":function:")[2].partition(":")[0]
        for name, arn in config.items()
        if name in TRIGGERS
    }


def _recovery(reader: Reader) -> tuple[str, ...] | None:
    mechanisms = reader.section("AccountRecoverySetting").get("RecoveryMechanisms")
    if not mechanisms:
        return None
    return tuple(str(each["Name"]) for each in sorted(mechanisms, key=lambda m: int(m["Priority"])))


def _messages(reader: Reader, invitation: Mapping[str, Any]) -> Messages:
    """The template's own texts; each has an older property that says the same."""
    template = reader.section("VerificationMessageTemplate")
    if template.get("DefaultEmailOption", "CONFIRM_WITH_CODE") != "CONFIRM_WITH_CODE":
        reader.warn("mails hold a code, never a link: links lead to the hosted pages")
    given = {
        "subject": template.get("EmailSubject") or reader.get("EmailVerificationSubject"),
        "email": template.get("EmailMessage") or reader.get("EmailVerificationMessage"),
        "sms": template.get("SmsMessage") or reader.get("SmsVerificationMessage"),
        "invitation_subject": invitation.get("EmailSubject"),
        "invitation": invitation.get("EmailMessage"),
        "sms_invitation": invitation.get("SMSMessage"),
    }
    return Messages(**{name: str(text) for name, text in given.items() if text})


def _auth_flows(reader: Reader) -> dict[str, frozenset[str]]:
    flows = reader.texts("ExplicitAuthFlows")
    old = [flow for flow in flows if not flow.startswith("ALLOW_")]
    if old and len(old) < len(flows):
        raise UsageError(
            f"{reader.where}: ExplicitAuthFlows mixes {', '.join(old)} with values that start "
            "with ALLOW_; use only the latter."
        )
    return {"auth_flows": frozenset(flows)} if flows else {}


def _validity(reader: Reader, token: str, default: int, limits: tuple[int, int]) -> int:
    """Seconds. https://docs.aws.amazon.com/cognito/latest/developerguide/limits.html"""
    amount = reader.number(f"{token}Validity", 0)
    usual = "days" if token == "RefreshToken" else "hours"  # noqa: S105 - a kind, not a token
    unit = str(reader.section("TokenValidityUnits").get(token, usual))
    if unit not in _UNIT_SECONDS:
        raise UsageError(f"{reader.where}: {unit} is no unit; use {', '.join(_UNIT_SECONDS)}.")
    seconds = int(amount * _UNIT_SECONDS[unit]) or default
    low, high = limits
    if not low <= seconds <= high:
        raise UsageError(
            f"{reader.where}: {token}Validity comes to {seconds} seconds; AWS takes {low} to {high}."
        )
    return seconds


def _session_validity(reader: Reader) -> int:
    minutes = int(reader.number("AuthSessionValidity", 3))
    if not 3 <= minutes <= 15:
        raise UsageError(f"{reader.where}: AuthSessionValidity must be 3 to 15 minutes.")
    return minutes * 60


def _secret(known: Physical, place: Place) -> str:
    """A client secret as stable as the client's id, and as secret as the seed."""
    digest = hmac.new(place.seed.encode(), known.ref.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode().lower().rstrip("=")


def _password_policy(reader: Reader) -> PasswordPolicy:
    policy = reader.section("Policies").get("PasswordPolicy", {})
    if not policy:
        return PasswordPolicy()
    if "PasswordHistorySize" in policy:
        reader.warn("PasswordHistorySize: old passwords are not remembered")
    return PasswordPolicy(
        minimum_length=int(policy.get("MinimumLength", 8)),
        require_lowercase=_is_true(policy.get("RequireLowercase")),
        require_uppercase=_is_true(policy.get("RequireUppercase")),
        require_numbers=_is_true(policy.get("RequireNumbers")),
        require_symbols=_is_true(policy.get("RequireSymbols")),
        temporary_password_validity_days=int(policy.get("TemporaryPasswordValidityDays", 7)),
    )


def _is_true(value: Any) -> bool:
    """CloudFormation takes booleans as strings too."""
    return str(value).lower() == "true"
