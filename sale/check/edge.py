"""Links of the entrance and the network: CloudFront, WAF, the load balancer, addresses and NAT gateways."""

from __future__ import annotations

from collections.abc import Iterator

from aws_facts import quotas
from sale import requirements
from sale.check.balancer import balancer
from sale.check.names import quota_link
from sale.link import Link, Load
from specs import addresses


def entrance(load: Load) -> Iterator[Link]:
    shop = load.plan.shop
    asked = load.peak.requests * load.factor
    yield quota_link(load, "cloudfrontRequests", asked, "CloudFront requests")
    yield quota_link(load, "wafRequests", asked, "WAF requests")
    yield from _rate_limits(load)
    lcu = requirements.lcu(shop, load.peak) * load.factor
    each = quotas.QUOTAS["albReservedLcuEach"]
    yield Link(
        name="load balancer capacity",
        kind="quota",
        on=each.name,
        required=lcu,
        provided=each.value,
        unit=each.unit,
        setting="services[].measured.responseKb, saleEvents[].cdnHitPercent",
        more={"base": each.value},
    )
    yield balancer(load)
    public = [service for service in shop.services if service.is_public]
    yield quota_link(load, "albTargets", sum(load.tasks(one) for one in public), "load balancer targets")


def _rate_limits(load: Load) -> Iterator[Link]:
    plan = load.plan
    for limit in plan.prepared.edge.rate_limits:
        # Of a path that no mix names, nobody knows how many requests it gets: it stays as the settings have it.
        yield Link(
            name=f"WAF rate limit {limit.name}",
            kind="rate-limit",
            on=f"rate-{limit.name}",
            required=plan.requests_of_an_address(limit.path, limit.window) * load.factor / plan.headroom,
            provided=float(limit.requests),
            unit=f"requests in {limit.window} s",
            setting=f"edge.rateLimits[{limit.name}].requests",
            more={"window": limit.window},
        )


def network(load: Load) -> Iterator[Link]:
    shop = load.plan.shop
    tasks = sum(load.tasks(service) for service in shop.services)
    zones = len(shop.network.zones)
    yield Link(
        name="addresses of an app subnet",
        kind="addresses",
        on="subnets of the services",
        required=float(addresses.task_addresses_needed(int(tasks), zones)),
        provided=float(min(subnet.num_addresses for subnet in shop.address_plan.app)),
        unit="addresses",
        setting="network.cidr",
    )
    gateways = {"perZone": zones, "single": 1, "none": 0}[shop.network.nat]
    if gateways:
        ports = quotas.QUOTAS["natPorts"]
        yield Link(
            name="ports of the NAT gateways",
            kind="nat",
            on="NAT gateways",
            required=requirements.outbound(shop, load.peak) * load.factor,
            provided=ports.value * gateways,
            unit=ports.unit,
            per_unit=ports.value,
            setting="network.nat",
        )
