"""What a play has cost: the event by its plan, and what a scenario takes more or less of than the plan's own play."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aws_facts.prices import Prices
from sale import requirements
from sale.admission.polls import PASS_SECONDS, POLL_SECONDS
from sale.charges import Bill, Quantities, joined, lines
from sale.demand import Rates
from sale.event_cost import of_event
from sale.plan import Plan
from sale.simulation.adapter import BALANCER, CLOUDFRONT
from sale.simulation.gate import ARRIVED, WAITING
from sale.simulation.result import Result
from specs.stores.databases import Serverless

_HOUR: Final = 3600.0  # seconds


@dataclass(frozen=True, kw_only=True)
class Spent:
    """Money for an event, on demand."""

    bill: Bill

    @property
    def by(self) -> dict[str, float]:
        """USD by line, of what is priced."""
        return {f"{one.service}: {one.what}": one.usd for one in self.bill.lines if one.usd is not None}

    @property
    def not_priced(self) -> tuple[str, ...]:
        """What has no sourced price, the largest first: not in `total`, and not free."""
        return tuple(f"{one.service}: {one.what}" for one in self.bill.not_priced)

    @property
    def total(self) -> float:
        return self.bill.usd


def spent(result: Result, plan: Plan, prices: Prices, planned: Result | None = None) -> Spent:
    """The cost of an event as it was played.

    Without faults that is what the plan and its forecast come to, to the cent: the same as in `make cost` and
    `make sale-plan`. Given the plan's own play as `planned`, what another one used more or less is added.
    """
    bill = lines(plan.shop, prices, of_event(plan))
    if planned is not None and planned is not result:
        bill = joined([*bill, *lines(plan.shop, prices, used(result, plan).less(used(planned, plan)))])
    return Spent(bill=Bill(bill))


def used(result: Result, plan: Plan) -> Quantities:
    """What a play has used, in its window."""
    shop, links = plan.shop, {link.name: link for link in result.links}

    def hours(name: str) -> float:
        return links[name].unit_seconds / _HOUR if name in links else 0.0

    def served(name: str) -> float:
        return float(result.requests(name).served) if name in result.index else 0.0

    origin, databases = served(BALANCER), shop.data.databases
    closed = result.gate.series[result.gate.most >= 0]  # seconds in which not everybody is let in
    return Quantities(
        hours=result.model.seconds / _HOUR,
        requests=served(CLOUDFRONT),
        origin_requests=origin,
        orders=float(result.orders.served),
        task_hours={service.name: hours(service.name) for service in shop.services},
        acu_hours={
            one.name: hours(f"database {one.name}") for one in databases if isinstance(one.capacity, Serverless)
        },
        node_hours={one.name: hours(f"cache {one.name}") for one in shop.data.caches if one.serverless is None},
        lcu_hours=requirements.consumed_lcu(shop, Rates(0.0, origin, 0.0, {})) / _HOUR,
        reads={table.name: served(f"table {table.name} reads") for table in shop.data.tables},
        writes={table.name: served(f"table {table.name} writes") for table in shop.data.tables},
        messages={queue.name: served(f"queue {queue.name}") for queue in shop.data.queues},
        places=float(closed[:, ARRIVED].sum()),
        polls=float(closed[:, WAITING].sum()) / POLL_SECONDS,
        passes=len(closed) / PASS_SECONDS,
    )
