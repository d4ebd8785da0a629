"""How many requests a route takes in a second: token buckets.

https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-protect.html
"""

from emulator.template.model import Stage, Throttling


class Bucket:
    """Holds `burst` tokens at most and gets `rate` of them a second."""

    def __init__(self, limits: Throttling) -> None:
        self._limits = limits
        self._tokens = float(limits.burst)
        self._at = 0.0

    def take(self, now: float) -> bool:
        """Take a token at a time in seconds; `False` if there is none."""
        # A clock that was set back brings no tokens, and costs none.
        gained = max(0.0, now - self._at) * self._limits.rate
        self._tokens = min(self._limits.burst, self._tokens + gained)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Throttle:
    """The limits of one stage's routes, and the account's above them."""

    def __init__(self, stage: Stage, account: Bucket) -> None:
        self._stage = stage
        self._account = account
        self._routes: dict[str, Bucket | None] = {}

    def admits(self, route_key: str, now: float) -> bool:
        """Whether a connect or a message on a route may pass, at a time in seconds."""
        if route_key not in self._routes:
            limits = self._stage.settings_of(route_key).throttling
            self._routes[route_key] = Bucket(limits) if limits is not None else None
        route = self._routes[route_key]
        return (route is None or route.take(now)) and self._account.take(now)

    def admits_call(self, now: float) -> bool:
        """Whether a call of `@connections` may pass; only the account's limit counts for those."""
        return self._account.take(now)
