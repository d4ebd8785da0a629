"""What CloudWatch knows of a metric: its name, and statistic sets in place of single values. Pure."""

from dataclasses import dataclass


_SIZES = [
    f"{size}{kind}" for size in ("Kilo", "Mega", "Giga", "Tera") for kind in ("bytes", "bits")
]
_AMOUNTS = ["Bytes", "Bits", *_SIZES]
UNITS = frozenset(
    {
        *("Seconds", "Microseconds", "Milliseconds", "Percent", "Count", "Count/Second", "None"),
        *_AMOUNTS,
        *(f"{amount}/Second" for amount in _AMOUNTS),
    }
)
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html"""

Dimensions = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric is told from others by all three."""

    namespace: str
    name: str
    dimensions: Dimensions = ()
    """Names and values, sorted."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """A set of values."""

    count: float
    sum: float
    minimum: float
    maximum: float

    @staticmethod
    def of(value: float) -> "Statistics":
        """One value."""
        return Statistics(1, value, value, value)

    def __add__(self, other: "Statistics") -> "Statistics":
        return Statistics(
            self.count + other.count,
            self.sum + other.sum,
            min(self.minimum, other.minimum),
            max(self.maximum, other.maximum),
        )


@dataclass(frozen=True, slots=True)
class Datum:
    """Values of a metric at a time, in seconds since the epoch."""

    metric: Metric
    unit: str
    timestamp: float
    values: Statistics
