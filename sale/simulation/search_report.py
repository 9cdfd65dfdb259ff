"""What a search has found, as rows and lines: for terminals and for the report's page."""

from __future__ import annotations

from collections.abc import Iterator

from sale.simulation.room import RESERVED_LCU
from sale.simulation.search import MAX_HEADROOM, RECOMMENDED, Candidate, Found
from sale.simulation.uncertainty import SEED
from specs.sale import SaleEvent
from specs.shop import Shop

HEADER = ("kept in", "95 % sure of", "headroom", "lead", "adds, USD", "one step more", "holds to")


def drawn(found: Found, shop: Shop, event: SaleEvent) -> str:
    """What was drawn at random, in one line."""
    measured = max((100 * (one.measured.capacity_factor - 1) for one in shop.services), default=0.0)
    return (
        f"{found.now.share.of:,} draws, seed {SEED}: demand ±{event.demand.uncertainty_percent:g} %, what was measured "
        f"±{measured:.0f} %, and the time that AWS takes to provide what is asked for"
    )


def rows(found: Found) -> Iterator[tuple[str, ...]]:
    """Cost of each share of the draws, and result of the current settings; columns are those of `HEADER`."""
    before: Candidate | None = None
    for target, one in found.frontier.items():
        more = "" if before is None else f"{one.usd - before.usd:+,.2f}"
        name = f"{target:.1%}".replace(".0%", "%")
        yield f"{name}{' *' if target == RECOMMENDED else ''}", *_cells(one, more)
        before = one
    yield "as set", *_cells(found.now, "")
    if found.granted is not found.now:
        yield "and granted", *_cells(found.granted, "")


def notes(found: Found) -> Iterator[str]:
    """What is in the way, and what AWS Support has to grant first."""
    if found.weakest:
        yield f"more than that no headroom up to {MAX_HEADROOM:g} reaches: {found.weakest} is in the way"
    units = max((one.reserved_lcu for one in (*found.frontier.values(), found.granted)), default=0.0)
    if units:
        yield f"first, AWS Support has to grant {units:,.0f} LCU: then write quotas.granted.{RESERVED_LCU}"


def _cells(one: Candidate, more: str) -> tuple[str, ...]:
    low, high = one.share.interval
    return (
        f"{one.share.value:.1%}: {low:.1%} to {high:.1%}",
        f"{one.headroom:g}",
        f"{one.lead} min",
        f"{one.usd:,.2f}",
        more,
        f"x{one.holds_to:g}",
    )
