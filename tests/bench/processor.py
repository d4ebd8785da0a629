"""Whose processor time it is. On a busy machine it says more than the clock."""

from dataclasses import dataclass
from typing import Self

from tests.support.server import Server


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of processor time, so far or between two moments."""

    server: float
    functions: float
    engine: float

    @classmethod
    def by(cls, server: Server) -> Self:
        """So far, by the processes that live now."""
        functions, engine = (
            sum(sum(child.cpu_times()[:2]) for child in server.children(name))
            for name in ("message.handler", "dynamodb")
        )
        return cls(sum(server.process.cpu_times()[:2]), functions, engine)

    def since(self, before: Self) -> Self:
        """What was spent after `before`."""
        return type(self)(
            self.server - before.server,
            self.functions - before.functions,
            self.engine - before.engine,
        )
