"""Assumptions of the report: figures that nobody has measured, and prices with their dates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from aws_facts.prices import Prices
from sale import capacity, growth
from sale.plan import Plan
from sale.simulation import adapter
from specs.sale import SaleEvent

_GRADES: Final = {"A": "AWS's own text", "R": "a price list or bill", "S": "secondary", "U": "the settings"}

_MODEL: Final = (
    ("patience of a customer", f"{adapter.CUSTOMERS_PATIENCE:g} s", "estimate"),
    ("patience of a call between services", f"{adapter.CALLS_PATIENCE:g} s", "estimate"),
    ("requests that a task has in hand", f"{adapter.THREADS:g}", "Tomcat's default"),
    ("a database is planned to be used to", f"{capacity.DATABASE_TARGET:.0%}", "estimate"),
    ("a cache's node is planned to be used to", f"{capacity.CACHE_TARGET:.0%}", "estimate: AWS alarms at 90 %"),
    ("a statement", f"{adapter.STATEMENT_SECONDS * 1000:g} ms", "estimate"),
    ("a command to a cache", f"{adapter.COMMAND_SECONDS * 1000:g} ms", "estimate"),
    ("Aurora doubles its ACU in", f"{growth.ACU_DOUBLING:g} s", "estimate: AWS names no rate"),
    ("a cache in front of a store answers", f"{adapter.CACHE_HITS:.0%}", "estimate"),
    ("a load balancer has at least", f"{growth.BALANCER_FLOOR:g} LCU", "estimate"),
)


def assumptions(plan: Plan, event: SaleEvent) -> list[dict[str, str]]:
    """Each figure: what it is, its value, and where it comes from."""
    rows = [*_of_settings(plan, event), *_MODEL]
    return [{"what": what, "value": value, "from": source} for what, value, source in rows]


def _of_settings(plan: Plan, event: SaleEvent) -> Iterator[tuple[str, str, str]]:
    """Settings that were left at their defaults, which are estimates."""
    for service in plan.shop.services:
        given = service.measured.model_fields_set
        left = [name for name in type(service.measured).model_fields if name not in given]
        if "requests_per_second" in left:
            source = "scaling.requestsPerTarget" if service.scaling.requests_per_target else "estimate: 100 a vCPU"
            yield f"a task of {service.name} answers", f"{service.requests_per_task:g} requests/s", source
        if (found := service.measured.calibration) is not None:
            about = f"load test of {found.date.isoformat()}, {found.requests:,} requests"
            for what, interval in (("answers", found.requests_per_second), ("takes", found.service_time_ms)):
                if interval is not None:
                    unit = "requests/s" if what == "answers" else "ms"
                    yield f"a task of {service.name} {what}", f"{interval.low:g} to {interval.high:g} {unit}", about
        if "service_time_ms" in left:
            yield f"a request to {service.name} takes", f"{service.measured.service_time_ms:g} ms", "estimate"
        if "start_seconds" in left:
            yield f"a task of {service.name} starts in", f"{service.measured.start_seconds:g} s", "estimate"
    shape, defaults = event.shape.model_dump(by_alias=True), type(event.shape)().model_dump(by_alias=True)
    same = [name for name, value in shape.items() if value == defaults[name]]
    if event.demand.curve is None and same:
        yield f"shape of {event.name}: {', '.join(same)}", "defaults", "estimate: set what your last sale showed"
    if event.cdn_hit_percent:
        yield "CloudFront answers", f"{event.cdn_hit_percent:g} %", "cdnHitPercent, as you expect it"


def prices_used(prices: Prices) -> dict[str, Any]:
    """The table's date and region, and how well its prices are known."""
    items: Mapping[str, Any] = prices.table["items"]
    found = [price for item in items if (price := prices.find(item)) is not None]
    dates = sorted({price.date for price in found if price.grade != "U"})
    return {
        "region": prices.region,
        "date": prices.table["date"],
        "oldest": dates[0] if dates else "",
        "newest": dates[-1] if dates else "",
        "grades": {_GRADES[grade]: sum(one.grade == grade for one in found) for grade in _GRADES},
        "own": sorted(prices.own),
    }
