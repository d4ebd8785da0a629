"""The prices of deploy/costs/prices.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path


FILE = Path(__file__).with_name("prices.toml")


@dataclass(frozen=True, slots=True)
class Price:
    """What a unit of something costs."""

    service: str
    what: str
    usd: float
    """For `per` units."""
    per: float
    free: float = 0.0
    """Units a month that cost nothing, in every account, for good."""

    def cost(self, quantity: float, *, free: bool) -> float:
        """US dollars for a month's quantity, less what is free if that is to count."""
        billed = max(0.0, quantity - self.free) if free else quantity
        return billed * self.usd / self.per


@dataclass(frozen=True, slots=True)
class Prices:
    """All prices, as of a day."""

    date: date
    of: Mapping[str, Price]


def load(file: Path = FILE) -> Prices:
    """Read prices."""
    content = tomllib.loads(file.read_text())
    day = content.pop("date")
    return Prices(day, {name: Price(**each) for name, each in content.items()})
