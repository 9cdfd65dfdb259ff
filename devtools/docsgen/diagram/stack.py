"""A recorded stack as a scene: its layers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from devtools.docsgen.architecture.graph import Graph, Resource, amount
from devtools.docsgen.diagram.kinds import BESIDE, EDGE, Part
from devtools.docsgen.diagram.scene import Arrow, Card, Scene
from devtools.docsgen.diagram.workers import BALANCER, shop_of, store_card

CUSTOMERS: Final = "customers"
CDN: Final = "cdn"
_TIERS: Final = {"Public": "public", "Private": "app", "Isolated": "data"}


def scene_of(graph: Graph) -> Scene:
    """The scene of a stack, from AWS's types, ids and policies, so that additions are drawn as well."""
    shop = shop_of(graph)
    stores = [store.card for store in shop.stores]
    origins = list(_origins(graph))
    beside = {title: tuple(_parts(graph, parts)) for title, parts in BESIDE.items()}
    return Scene(
        network=_network(graph),
        compute=_compute(graph),
        customers=Card(CUSTOMERS, "general/users", "Customers", ("over HTTPS",)),
        edge=(*_edge(graph), *(origin for origin in origins if origin not in stores)),
        zones=tuple(_zones(graph)),
        app=(
            Card(BALANCER, "network/elastic-load-balancing", "Load balancer", ("internal ALB",)),
            *(worker.card for worker in shop.workers),
        ),
        data=tuple(store.card for store in shop.stores if store.kind.in_vpc),
        regional=(
            *(store.card for store in shop.stores if not store.kind.in_vpc),
            *(function.card for function in shop.functions),
        ),
        beside={title: cards for title, cards in beside.items() if cards},
        arrows=(
            Arrow(CUSTOMERS, CDN, "request"),
            Arrow(CDN, BALANCER, "request", "VPC origin"),
            *(Arrow(CDN, origin.key, "request") for origin in origins if origin in stores),
            *shop.arrows,
        ),
    )


def _network(graph: Graph) -> str:
    [vpc] = graph.find("ec2.Vpc")
    zones = set(graph.values("ec2.Subnet", "availabilityZone"))
    return f"VPC {vpc.inputs['cidrBlock']} in {len(zones)} zones of {min(zones)[:-1]}"


def _compute(graph: Graph) -> str:
    orchestrators = {"ecs.Cluster": "ECS", "eks.Cluster": "EKS"}
    return f"App subnets: services on {' and '.join(name for kind, name in orchestrators.items() if graph.find(kind))}"


def _edge(graph: Graph) -> Iterator[Card]:
    [distribution] = graph.find("cloudfront.Distribution")
    for domain in (distribution.inputs.get("aliases") or ())[:1]:
        yield Card("dns", "network/route-53", "Route 53", (domain,))
    yield Card(CDN, "network/cloudfront", "CloudFront", ("CDN",))
    yield from _parts(graph, EDGE)


def _origins(graph: Graph) -> Iterator[Card]:
    """Buckets that CloudFront answers from; at the edge unless services use them too."""
    origins = [origin["domainName"] for each in graph.values("cloudfront.Distribution", "origins") for origin in each]
    for bucket in graph.find("s3.Bucket"):
        if any(origin.startswith(f"{bucket.inputs['bucket']}.s3.") for origin in origins):
            yield store_card("s3.Bucket", bucket)


def _zones(graph: Graph) -> Iterator[Card]:
    with_gateway = set(graph.values("ec2.NatGateway", "subnetId"))
    by_zone: dict[str, list[Resource]] = defaultdict(list)
    for subnet in graph.find("ec2.Subnet"):
        by_zone[subnet.inputs["availabilityZone"]].append(subnet)
    for zone, subnets in sorted(by_zone.items()):
        tiers = " · ".join(_TIERS[subnet.inputs["tags"]["SubnetType"]] for subnet in subnets)
        if any(subnet.outputs["id"] in with_gateway for subnet in subnets):
            yield Card(zone, "network/nat-gateway", zone, (tiers, "NAT gateway"))
        else:
            yield Card(zone, "network/private-subnet", zone, (tiers,))
    if endpoints := len(graph.find("ec2.VpcEndpoint")):
        yield Card("endpoints", "network/privatelink", "VPC endpoints", (f"to {endpoints} AWS services",))


def _parts(graph: Graph, parts: Iterable[Part]) -> Iterator[Card]:
    for part in parts:
        if count := len(graph.find(part.resource_type)):
            yield Card(part.resource_type, part.icon, part.name, (part.detail.format(count=amount(count)),))
