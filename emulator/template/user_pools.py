"""AWS::Cognito::UserPool and UserPoolClient as frozen values."""

import base64
import hashlib
import hmac

from emulator.errors import UsageError
from emulator.template.model import PasswordPolicy, UserPool, UserPoolClient
from emulator.template.physical import Physical, Place
from emulator.template.reader import Reader


NO_EFFECT = {"AccountRecoverySetting", "DeletionProtection", "UserPoolTags", "UserPoolTier"}

_UNIT_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


def user_pool(reader: Reader, known: Physical, place: Place) -> UserPool:
    """AWS::Cognito::UserPool."""
    schema = reader.get("Schema", [])
    triggers = {
        name: str(arn).rpartition(":function:")[2].partition(":")[0]
        for name, arn in reader.section("LambdaConfig").items()
    }
    admin = reader.section("AdminCreateUserConfig")
    username = reader.section("UsernameConfiguration")
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
        case_sensitive=str(username.get("CaseSensitive", True)).lower() == "true",
        required_attributes=frozenset(
            str(item["Name"]) for item in schema if str(item.get("Required")).lower() == "true"
        ),
        custom_attributes=frozenset(
            f"custom:{item['Name']}" for item in schema if item["Name"] not in _STANDARD
        ),
        admin_create_only=str(admin.get("AllowAdminCreateUserOnly")).lower() == "true",
        triggers=triggers,
    )
    if reader.text("MfaConfiguration", "OFF") != "OFF":
        reader.warn("MfaConfiguration is not supported by the emulator: sign-in asks for no code")
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
        prevent_user_existence_errors=reader.text("PreventUserExistenceErrors", "") == "ENABLED",
        token_revocation=reader.flag("EnableTokenRevocation", default=True),
        access_token_validity=_validity(reader, "AccessToken", 3600, "hours"),
        id_token_validity=_validity(reader, "IdToken", 3600, "hours"),
        refresh_token_validity=_validity(reader, "RefreshToken", 30 * 86400, "days"),
        auth_session_validity=int(reader.number("AuthSessionValidity", 3)) * 60,
        refresh_rotation_grace=(
            int(rotation.get("RetryGracePeriodSeconds", 0)) if rotates else None
        ),
        **_auth_flows(reader),
    )
    reader.finish({"ClientName", "TokenValidityUnits"})
    return client


def _auth_flows(reader: Reader) -> dict[str, frozenset[str]]:
    flows = reader.texts("ExplicitAuthFlows")
    return {"auth_flows": frozenset(flows)} if flows else {}


def _validity(reader: Reader, token: str, default: int, default_unit: str) -> int:
    amount = reader.number(f"{token}Validity", 0)
    unit = str(reader.section("TokenValidityUnits").get(token, default_unit))
    if unit not in _UNIT_SECONDS:
        raise UsageError(f"{reader.where}: {unit} is no unit; use {', '.join(_UNIT_SECONDS)}.")
    return int(amount * _UNIT_SECONDS[unit]) or default


def _secret(known: Physical, place: Place) -> str:
    """A client secret as stable as the client's id, and as secret as the seed."""
    digest = hmac.new(place.seed.encode(), known.ref.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode().lower().rstrip("=")


def _password_policy(reader: Reader) -> PasswordPolicy:
    policy = reader.section("Policies").get("PasswordPolicy", {})

    def flag(name: str) -> bool:
        return str(policy.get(name, False)).lower() == "true"

    if not policy:
        return PasswordPolicy()
    return PasswordPolicy(
        minimum_length=int(policy.get("MinimumLength", 8)),
        require_lowercase=flag("RequireLowercase"),
        require_uppercase=flag("RequireUppercase"),
        require_numbers=flag("RequireNumbers"),
        require_symbols=flag("RequireSymbols"),
        temporary_password_validity_days=int(policy.get("TemporaryPasswordValidityDays", 7)),
    )


_STANDARD = frozenset(
    {
        "address", "birthdate", "email", "email_verified", "family_name", "gender", "given_name",
        "locale", "middle_name", "name", "nickname", "phone_number", "phone_number_verified",
        "picture", "preferred_username", "profile", "sub", "updated_at", "website", "zoneinfo",
    }
)  # fmt: skip
