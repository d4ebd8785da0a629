"""What tokens say beside the bare sign-in: attributes, groups, and what PreTokenGeneration made of
them (reference sections 6.2, 6.3 and 9). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.cognito.attributes import readable
from emulator.cognito.errors import InvalidLambdaResponse
from emulator.cognito.groups import Group
from emulator.cognito.user import User
from emulator.template.model import UserPoolClient


BOOLEANS = frozenset({"email_verified", "phone_number_verified"})

UNCHANGEABLE = frozenset(
    {
        "acr", "amr", "at_hash", "aud", "auth_time", "azp", "cognito:username", "exp", "iat",
        "identities", "iss", "jti", "nbf", "nonce", "origin_jti", "sub", "token_use",
    }
)  # fmt: skip
"""https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html"""


@dataclass(frozen=True, slots=True)
class Grants:
    """The groups that a token names, and the roles that come with them."""

    groups: Sequence[str] = ()
    roles: Sequence[str] = ()
    preferred_role: str | None = None

    def of_id_token(self) -> dict[str, Any]:
        """The claims; without groups there are none, not empty ones."""
        claims = self.of_access_token()
        if self.roles:
            claims["cognito:roles"] = list(self.roles)
        if self.preferred_role:
            claims["cognito:preferred_role"] = self.preferred_role
        return claims

    def of_access_token(self) -> dict[str, Any]:
        """Roles are the ID token's alone."""
        return {"cognito:groups": list(self.groups)} if self.groups else {}

    def document(self) -> dict[str, Any]:
        """`groupConfiguration` of the trigger."""
        return {
            "groupsToOverride": list(self.groups),
            "iamRolesToOverride": list(self.roles),
            "preferredRole": self.preferred_role,
        }


@dataclass(frozen=True, slots=True)
class Extras:
    """All that one sign-in's tokens say beside the fixed claims."""

    grants: Grants = Grants()
    added: Mapping[str, str] = field(default_factory=dict)
    suppressed: frozenset[str] = frozenset()


def granted(groups: Iterable[Group]) -> Grants:
    """The most important group decides on the preferred role, unless another shares its rank."""
    groups = list(groups)
    with_role = [group for group in groups if group.role_arn]
    roles = list(dict.fromkeys(group.role_arn for group in with_role if group.role_arn))
    first = [group for group in with_role if group.precedence == with_role[0].precedence]
    decided = bool(first) and first[0].precedence is not None
    decided = decided and len({group.role_arn for group in first}) == 1
    preferred = first[0].role_arn if decided else None
    return Grants([group.name for group in groups], roles, preferred)


def overridden(grants: Grants, response: Mapping[str, Any]) -> Extras:
    """What the function's `claimsOverrideDetails` make of the tokens."""
    details = response.get("claimsOverrideDetails")
    if details is None:
        return Extras(grants)
    try:
        other = details.get("groupOverrideDetails")
        if other is not None:
            grants = Grants(
                [str(name) for name in other.get("groupsToOverride") or ()],
                [str(role) for role in other.get("iamRolesToOverride") or ()],
                other.get("preferredRole"),
            )
        added = {
            name: _text(value)
            for name, value in (details.get("claimsToAddOrOverride") or {}).items()
        }
        suppressed = frozenset(details.get("claimsToSuppress") or ())
    except (AttributeError, TypeError):
        raise InvalidLambdaResponse from None
    changeable = {name: value for name, value in added.items() if not _fixed(name)}
    return Extras(grants, changeable, frozenset(n for n in suppressed if not _fixed(n)))


def profile(client: UserPoolClient, user: User) -> dict[str, Any]:
    """The readable attributes as ID token claims: the two flags are booleans, all else text."""
    return {
        name: value == "true" if name in BOOLEANS else value
        for name, value in readable(client, user.attributes).items()
    }


def _fixed(name: str) -> bool:
    return name in UNCHANGEABLE or name.startswith(("cognito:", "dev:"))


def _text(value: Any) -> str:
    """Claims of V1 are texts; numbers and flags become some."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise TypeError
