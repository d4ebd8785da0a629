"""What the gateway looks at by itself before a function runs: rates, and what bodies look like."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.gateway.models import Check
from emulator.gateway.throttle import Throttle


@dataclass(frozen=True, slots=True)
class Gate:
    """The checks of one stage; one that is not given lets everything pass."""

    throttle: Throttle | None = None
    models: Mapping[str, Check] = field(default_factory=dict)
    """By route key."""

    def admits(self, route_key: str, at_ms: int) -> bool:
        """Whether a connect or a message comes within the limits of its route."""
        return self.throttle is None or self.throttle.admits(route_key, at_ms / 1000)

    def admits_call(self, at_ms: int) -> bool:
        """Whether a call of `@connections` comes within the limits."""
        return self.throttle is None or self.throttle.admits_call(at_ms / 1000)

    def accepts(self, route_key: str, body: Any) -> bool:
        """Whether a route takes a message with this JSON in it."""
        check = self.models.get(route_key)
        return check is None or check(body)
