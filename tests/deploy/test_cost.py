"""The cost model: prices are data, quantities follow from the load."""

import json

import pytest
from click.testing import CliRunner

from deploy.commands.cost import PLAN, cost
from deploy.costs import prices
from deploy.costs.model import Load, bill, total, usage


PRICES = prices.load()


def usd(load: Load) -> tuple[float, float]:
    """The totals of a load."""
    return total(bill(usage(load), PRICES))


def test_every_quantity_has_a_price() -> None:
    """And no price stands there for nothing."""
    assert usage(Load()).keys() == PRICES.of.keys()


def test_the_plan_holds() -> None:
    """At the proposal's load the bill is below the plan with what is always free, and of its size
    without."""
    whole, after_free = usd(Load())
    assert after_free < PLAN < whole < 2 * PLAN


def test_what_is_free_is_taken_off_once() -> None:
    """Units beyond it cost their price, and those within nothing."""
    requests = PRICES.of["lambda_requests"]
    assert requests.cost(900_000, free=True) == 0
    assert requests.cost(1_500_000, free=True) == pytest.approx(0.10)
    assert requests.cost(1_500_000, free=False) == pytest.approx(0.30)


@pytest.mark.parametrize(
    ("more", "grows"),
    [
        (Load(messages=100_000), {"api_messages", "table_writes", "table_storage"}),
        (Load(minutes=300_000), {"api_minutes", "table_reads"}),
        (Load(recipients=29), {"api_messages"}),
        (Load(uploads=3000), {"files_storage", "out_traffic"}),
        (Load(people=100), {"people"}),
    ],
)
def test_more_of_it_costs_more(more: Load, grows: set[str]) -> None:
    """In the lines that it touches, and never less in any."""
    before, after = usage(Load()), usage(more)
    assert all(after[name] >= before[name] for name in before)
    assert {name for name in grows if after[name] > before[name]} == grows


def test_an_idle_chat_costs_its_fixtures() -> None:
    """Nobody writes: zone, alarms, dashboard and the health check are left."""
    idle = Load(people=1, messages=0, minutes=0, uploads=0)
    whole, after_free = usd(idle)
    assert 0.5 <= after_free < 1 < whole < 6


def test_the_command_writes_a_table_and_json() -> None:
    """The same totals in both."""
    shown = CliRunner().invoke(cost, [])
    assert "API Gateway" in shown.stdout
    assert "The plan said $5.29" in " ".join(shown.output.split())
    data = json.loads(CliRunner().invoke(cost, ["--json"]).stdout)
    whole, after_free = usd(Load())
    assert (data["usd"], data["usdAfterFree"]) == (round(whole, 2), round(after_free, 2))
    assert f"{whole:.2f}" in shown.stdout
    assert sum(line["usd"] for line in data["lines"]) == pytest.approx(whole)
