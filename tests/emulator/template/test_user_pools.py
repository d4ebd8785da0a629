"""What a template says of user pools, and what it is told in return."""

from pathlib import Path
from typing import Any

import pytest

from emulator.errors import UsageError
from emulator.template.model import SchemaAttribute, Stack
from emulator.template.physical import Place
from emulator.template.stack import build


PLACE = Place("s", "us-east-1", "123456789012", seed="x")


def stack(**resources: Any) -> Stack:
    declared = {
        name: {"Type": f"AWS::Cognito::{kind}", "Properties": properties}
        for name, (kind, properties) in resources.items()
    }
    return build({"Resources": declared}, PLACE, {}, Path())


def test_a_pool() -> None:
    """Every property that the emulator carries out."""
    made = stack(
        Pool=(
            "UserPool",
            {
                "Schema": [
                    {"Name": "email", "Required": True, "Mutable": False},
                    {
                        "Name": "badge",
                        "AttributeDataType": "Number",
                        "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "9"},
                    },
                ],
                "MfaConfiguration": "OPTIONAL",
                "EnabledMfas": ["SOFTWARE_TOKEN_MFA"],
                "DeletionProtection": "ACTIVE",
                "AccountRecoverySetting": {
                    "RecoveryMechanisms": [
                        {"Name": "verified_phone_number", "Priority": 2},
                        {"Name": "verified_email", "Priority": 1},
                    ]
                },
                "UserAttributeUpdateSettings": {
                    "AttributesRequireVerificationBeforeUpdate": ["email"]
                },
                "VerificationMessageTemplate": {"EmailSubject": "Hello"},
                "EmailVerificationMessage": "{####} it is",
                "AdminCreateUserConfig": {"InviteMessageTemplate": {"EmailSubject": "Welcome"}},
                "LambdaConfig": {
                    "PreTokenGenerationConfig": {
                        "LambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:f",
                        "LambdaVersion": "V1_0",
                    }
                },
            },
        )
    )
    [pool] = made.user_pools
    assert made.warnings == ()
    assert pool.schema == (
        SchemaAttribute("email", required=True, mutable=False),
        SchemaAttribute("custom:badge", type="Number", low=1, high=9),
    )
    assert (pool.mfa, pool.software_tokens, pool.deletion_protection) == ("OPTIONAL", True, True)
    assert pool.recovery == ("verified_email", "verified_phone_number")
    assert pool.verify_before_update == {"email"}
    assert (pool.messages.subject, pool.messages.email) == ("Hello", "{####} it is")
    assert pool.messages.invitation_subject == "Welcome"
    assert pool.triggers == {"PreTokenGeneration": "f"}


@pytest.mark.parametrize(
    ("properties", "warning"),
    [
        ({"MfaConfiguration": "ON"}, "only SOFTWARE_TOKEN_MFA is emulated"),
        ({"LambdaConfig": {"PreAuthentication": "x"}}, "does not run PreAuthentication"),
        (
            {"VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_LINK"}},
            "a code, never a link",
        ),
        ({"Policies": {"PasswordPolicy": {"PasswordHistorySize": 3}}}, "PasswordHistorySize"),
        ({"UserPoolAddOns": {}}, "without effect: UserPoolAddOns"),
    ],
)
def test_what_has_no_effect_is_told_once(properties: dict[str, Any], warning: str) -> None:
    """In one sentence."""
    [told] = stack(Pool=("UserPool", properties)).warnings
    assert warning in told


def test_groups_and_domains() -> None:
    """A group is declared; of a domain nothing is served."""
    made = stack(
        Pool=("UserPool", {}),
        Staff=("UserPoolGroup", {"UserPoolId": "p", "GroupName": "staff", "Precedence": "2"}),
        Domain=("UserPoolDomain", {"UserPoolId": "p", "Domain": "d"}),
    )
    [group] = made.user_pool_groups
    assert (group.pool_id, group.name, group.precedence) == ("p", "staff", 2)
    assert "are not emulated" in made.warnings[0]


@pytest.mark.parametrize(
    ("properties", "problem"),
    [
        ({"AccessTokenValidity": 1, "TokenValidityUnits": {"AccessToken": "minutes"}}, "300"),
        ({"RefreshTokenValidity": 3651}, "315360000"),
        ({"TokenValidityUnits": {"IdToken": "weeks"}}, "weeks is no unit"),
        ({"AuthSessionValidity": 16}, "3 to 15 minutes"),
        ({"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ADMIN_NO_SRP_AUTH"]}, "mixes"),
    ],
)
def test_clients_that_aws_would_refuse(properties: dict[str, Any], problem: str) -> None:
    """Are refused here too, with the way out."""
    with pytest.raises(UsageError, match=problem):
        stack(Client=("UserPoolClient", {"UserPoolId": "p", **properties}))
