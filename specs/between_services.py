"""Rules between services, and between them and the sales: calls, listener rules, cached paths."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from specs import cached, deployment
from specs.edge import MAX_BEHAVIOURS, Edge
from specs.order_path import refuse_more_orders_than_requests
from specs.sale import SaleEvent, UsualDemand
from specs.services import Service

# ELB user guide, "Quotas for your Application Load Balancers": target groups are not adjustable.
MAX_TARGET_GROUPS: Final = 100
MAX_RULES: Final = 100
_VALUES_PER_RULE: Final = 5
_WILDCARD: Final = re.compile(r"[*?]")


def check_listener(services: Sequence[Service]) -> None:
    """Raises ValueError for more public services, or paths, than one load balancer takes."""
    public = [service for service in services if service.is_public]
    groups = sum(2 if service.deployment.shifts_traffic else 1 for service in public)
    if groups > MAX_TARGET_GROUPS:
        raise ValueError(
            f"services: a load balancer takes {MAX_TARGET_GROUPS} target groups, one for each public service and two "
            f"where traffic shifts (got {groups}); let one service take paths for others, and remove their publicPaths"
        )
    rules = sum(map(_rules, public))
    if rules > MAX_RULES:
        raise ValueError(
            f"services: a load balancer takes {MAX_RULES} rules of {_VALUES_PER_RULE} paths each (got {rules}); join "
            "publicPaths with wildcards"
        )


def _rules(service: Service) -> int:
    """Rules that a service's paths take at least: those with a wildcard by the length before it."""
    if service.deployment.shifts_traffic:
        return 1
    lengths = Counter(
        len(_WILDCARD.split(path)[0]) if _WILDCARD.search(path) else None for path in service.public_paths
    )
    return sum(-(-count // _VALUES_PER_RULE) for count in lengths.values())


def check_calls(services: Sequence[Service]) -> None:
    """Raises ValueError for a call from one cluster into another."""
    by_name = {service.name: service for service in services}
    on_ecs = {service.name for service in services if service.runs_on.runs_tasks}
    for service in services:
        for callee in service.calls:
            if (service.name in on_ecs) != (callee in on_ecs):
                raise ValueError(
                    f"services[{service.name}].calls: services of ECS and of EKS do not find each other (got "
                    f"{callee}, on {by_name[callee].compute}, called from {service.compute}); "
                    "give both the same compute"
                )


def check_shifted_paths(services: Sequence[Service]) -> None:
    """Raises ValueError for a path that a service with shifted traffic would take from another."""
    for service in services:
        if service.deployment.shifts_traffic:
            others = [path for other in services if other is not service for path in other.public_paths]
            if taken := deployment.shadows(service.public_paths, others):
                raise ValueError(
                    f"services[{service.name}].publicPaths: with {service.deployment.strategy} they are one "
                    f"listener rule, after all longer paths of others (got {taken}, which takes some of them); "
                    "use deployment.strategy rolling, or move the path"
                )


def check_sales(edge: Edge, events: Sequence[SaleEvent], usual: UsualDemand, services: Sequence[Service]) -> None:
    """Raises ValueError for a sale that does not fit the services, or whose cached paths do not fit the edge."""
    cache = edge.cache
    cached.check(edge, "", ())
    patterns = {*cache.never, *cache.media, *cache.static, *cache.catalog}
    for event in events:
        refuse_more_orders_than_requests(event, services)
        if (
            "requests_per_second" in usual.model_fields_set
            and usual.requests_per_second > event.demand.highest_requests
        ):
            raise ValueError(
                f"usualDemand.requestsPerSecond: a sale asks for more than a day without one (got "
                f"{usual.requests_per_second:g}, {event.name} has {event.demand.highest_requests:g}); correct one"
            )
        cached.check(edge, event.name, event.cached_paths)
        patterns.update(event.cached_paths)
        if len(patterns) >= MAX_BEHAVIOURS:
            raise ValueError(
                f"saleEvents[{event.name}].cachedPaths: CloudFront takes {MAX_BEHAVIOURS - 1} path patterns beside "
                f"the default (got {len(patterns)}); join some with wildcards"
            )
