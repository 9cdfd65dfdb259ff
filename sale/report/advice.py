"""What to do when a scenario comes true: tonight, by hand; and ahead, by a setting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sale.plan import Plan
from sale.simulation.result import Result
from sale.simulation.scenarios import SCENARIOS
from sale.simulation.stress import setting_of, weakest_of
from specs.sale import SaleEvent

TONIGHT: Final[dict[str, tuple[str, ...]]] = {
    "plan": ("Nothing. Look at 5, 15 and 60 minutes, as the runbook says.",),
    "no-plan": (
        "Raise the minima by hand as the runbook lists them, the front service first.",
        "Or pulumi up: it sets what should be in force.",
    ),
    "az-lost": (
        "Do not deploy and do not scale in. ECS starts the tasks anew in the other zones by itself.",
        "If it lasts: shift the zone away (aws arc-zonal-shift start-zonal-shift), so that nothing new starts there.",
    ),
    "cold-cache": ("Do not invalidate anything more. Caches fill within minutes; wait for the hit rate to come back.",),
    "hot-product": (
        "Have the product's page cached at the edge: cachedPaths, then pulumi up.",
        "If a table's key is hot: take the product off the front page.",
    ),
    "slow-dependency": (
        "Look for the slow statement (Performance Insights) and stop it.",
        "Do not add tasks: they add connections to what is slow already.",
        "If it is the writer: fail over (aws rds failover-db-cluster).",
    ),
    "spot-reclaimed": (
        "Raise the minimum of the stateless services by the tasks that are gone: new ones come on demand.",
    ),
}
"""By scenario: what whoever is on call does."""


def advice(plan: Plan, event: SaleEvent, name: str, result: Result, *, kept: bool) -> list[str]:
    """Lines in the order in which they are done; where the promise breaks, the last one is about what to set ahead."""
    return list(_lines(plan, event, name, result, kept=kept))


def _lines(plan: Plan, event: SaleEvent, name: str, result: Result, *, kept: bool) -> Iterator[str]:
    yield from TONIGHT.get(name, (SCENARIOS[name].remedy,))
    if not kept:
        weakest = weakest_of(result)
        yield f"Ahead: {weakest.name} gives way first; {setting_of(plan, event, weakest.name)} moves it."
