"""What every bench measures with: contenders that take turns, and a table of medians."""

import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import Progress
from rich.table import Table


ROUNDS = 5


@dataclass(slots=True)
class Contender:
    """One thing that is measured: `call` does it once."""

    name: str
    call: Callable[[int], Awaitable[object]]
    calls: int = 200
    """In each round."""
    milliseconds: list[float] = field(default_factory=list)

    async def round(self) -> None:
        """A warm-up that does not count, then the calls that do."""
        for number in range(self.calls // 10):
            await self.call(number)
        for number in range(self.calls):
            started = time.perf_counter()
            await self.call(number)
            self.milliseconds.append((time.perf_counter() - started) * 1000)


async def take_turns(contenders: Sequence[Contender]) -> None:
    """All rounds of all contenders, so that each meets the same weather."""
    with Progress(console=Console(stderr=True), transient=True) as progress:
        for _ in progress.track(range(ROUNDS), description="Measuring"):
            for contender in contenders:
                await contender.round()


def print_table(title: str, contenders: Sequence[Contender], *, floor: bool = True) -> None:
    """Medians and 95th percentiles; with `floor`, also in multiples of the first contender's."""
    table = Table(title=f"{title}, {ROUNDS} rounds, milliseconds")
    table.add_column("")
    for column in ("calls", "median", "p95", *(["times the floor"] if floor else [])):
        table.add_column(column, justify="right")
    lowest = statistics.median(contenders[0].milliseconds)
    for contender in contenders:
        median = statistics.median(contender.milliseconds)
        p95 = statistics.quantiles(contender.milliseconds, n=20)[-1]
        row = [contender.name, str(len(contender.milliseconds)), f"{median:.2f}", f"{p95:.2f}"]
        table.add_row(*row, *([f"{median / lowest:.1f}"] if floor else []))
    Console().print(table)
