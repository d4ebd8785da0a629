"""Reading a resource's properties so that nothing in them is passed over in silence."""

from collections.abc import Iterable
from typing import Any

from emulator.errors import UsageError
from emulator.template.physical import Resource


_MISSING: Any = object()


class Reader:
    """Hands out properties by name and remembers which were asked for."""

    def __init__(self, resource: Resource, warnings: list[str]) -> None:
        self.resource = resource
        self._warnings = warnings
        self._left = set(resource.properties)

    @property
    def where(self) -> str:
        """How messages name the resource."""
        return f"{self.resource.logical_id} ({self.resource.type})"

    def get(self, name: str, default: Any = None) -> Any:
        """A property of any type."""
        self._left.discard(name)
        return self.resource.properties.get(name, default)

    def text(self, name: str, default: str = _MISSING) -> str:
        """A string; without a default it is required."""
        value = self.get(name, default)
        if value is _MISSING:
            raise UsageError(f"{self.where}: the property {name} is missing.")
        if isinstance(value, dict | list):
            raise UsageError(f"{self.where}: the property {name} must be a string.")
        return str(value)

    def number(self, name: str, default: float) -> float:
        """A number; CloudFormation takes them as strings too."""
        try:
            return float(self.get(name, default))
        except (TypeError, ValueError):
            raise UsageError(f"{self.where}: the property {name} must be a number.") from None

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean; CloudFormation takes `"true"` too."""
        return str(self.get(name, default)).lower() == "true"

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings, possibly empty."""
        value = self.get(name, [])
        if not isinstance(value, list):
            raise UsageError(f"{self.where}: the property {name} must be a list.")
        return tuple(str(item) for item in value)

    def section(self, name: str) -> dict[str, Any]:
        """A mapping, possibly empty."""
        value = self.get(name, {})
        if not isinstance(value, dict):
            raise UsageError(f"{self.where}: the property {name} must be a mapping.")
        return value

    def warn(self, message: str) -> None:
        """Tell the person who runs the emulator, once, at the start."""
        self._warnings.append(f"{self.where}: {message}")

    def finish(self, no_effect_here: Iterable[str] = ()) -> None:
        """Name the properties that nobody asked for.

        `no_effect_here` are those that by their nature mean nothing locally (tags, encryption at
        rest); the emulator's documentation lists them.
        """
        ignored = sorted(self._left - set(no_effect_here))
        if ignored:
            self.warn(f"not supported by the emulator, without effect: {', '.join(ignored)}")
