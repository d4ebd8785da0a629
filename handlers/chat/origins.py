"""Which web pages may connect (pure)."""


def parse(text: str) -> frozenset[str]:
    """A comma-separated list of origins."""
    return frozenset(each.strip().lower() for each in text.split(",") if each.strip())


def allows(allowed: frozenset[str], origin: str) -> bool:
    """`*` allows every origin, `http://localhost:*` every port of that host."""
    origin = origin.lower()
    host = origin.rpartition(":")[0]
    return not allowed.isdisjoint({"*", origin, f"{origin}:*", f"{host}:*"})
