"""One step of a sign-in, as every flow gets it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from emulator.cognito import secret_hash
from emulator.cognito.errors import InvalidParameter
from emulator.template.model import UserPool, UserPoolClient


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who asks, through which client, with what."""

    pool: UserPool
    client: UserPoolClient
    parameters: Mapping[str, str] = field(default_factory=dict)
    """AuthParameters or ChallengeResponses."""
    session: str = ""
    metadata: Mapping[str, str] | None = None
    """ClientMetadata."""

    def needed(self, name: str) -> str:
        """A parameter that the flow cannot do without."""
        value = self.parameters.get(name)
        if not value:
            raise InvalidParameter(f"Missing required parameter {name}")
        return value

    def check_secret(self, *usernames: str) -> None:
        """Refuse a missing, wrong or needless SECRET_HASH."""
        secret_hash.check(self.client, self.parameters.get("SECRET_HASH"), *usernames)
