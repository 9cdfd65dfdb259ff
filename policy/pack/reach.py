"""Paths from the internet to what has an address in the network, over routes, NACLs, groups and load balancers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from .addresses import EVERYBODY, INTERNET, Addresses, united
from .graph import Graph, values_at
from .networks import ALL_PORTS, EVERYTHING, TCP, UDP, Range
from .places import KINDS, SCALING_GROUP, Layer, NetworkEndpoint, is_public, place
from .resource import Resource
from .tokens import DISTRIBUTION, LISTENER, LOAD_BALANCER, TARGET_GROUP, VPC_ORIGIN
from .topology import OPEN_FENCE, Fence, Gap, Route, VpcNetwork, interesting_ports
from .values import UndecidedError

TARGET_ATTACHMENT = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
SCALING_ATTACHMENT = "aws:autoscaling/attachment:Attachment"
RECORD = "aws:route53/record:Record"
LISTENER_RULE = "aws:lb/listenerRule:ListenerRule"
T = TypeVar("T")

_FORWARDS = ("{}.targetGroupArn", "{}.forward.targetGroups.arn")


@dataclass(frozen=True)
class Path:
    """A way in, hop by hop; `doubts` are the places of values on which it depends and that are not known yet."""

    hops: tuple[str, ...]
    doubts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " → ".join(("internet", *self.hops))

    def then(self, *hops: str, doubts: tuple[str, ...] = ()) -> Path:
        return Path((*self.hops, *hops), (*self.doubts, *doubts))


@dataclass(frozen=True)
class _Door:
    """Ingress to one of the subnets of an endpoint: its routes, and its network ACL."""

    subnet: str
    routes: tuple[Route, ...]
    """Empty where the subnet belongs to another program."""
    fence: Fence
    arriving: Addresses


class Reach:
    """The places of a graph and the ways to them. One for a graph: `graph.derived(Reach)`."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.network = graph.derived(VpcNetwork)
        self.place = cache(self._place)
        self._direct = cache(self._find_direct)
        self._members: dict[str, list[NetworkEndpoint]] | None = None

    def _place(self, resource: Resource) -> NetworkEndpoint | None:
        return place(self.graph, resource)

    def members(self, group: str) -> list[NetworkEndpoint]:
        """Endpoints in a security group, by its URN."""
        if self._members is None:
            self._members = {}
            for resource in self.graph.of(*KINDS):
                it = _tolerant(self.place, resource)
                if it:
                    for own in it.groups:
                        self._members.setdefault(own.urn, []).append(it)
        return self._members.get(group, [])

    def exposed(self, target: NetworkEndpoint) -> Path | None:
        """A path from the internet straight to a place, whether or not it has a public address today.

        UndecidedError where there is none for certain, but one as long as some value isn't known.
        """
        return _decided(lambda possible: self._direct(target, possible))

    def through_another(self, target: NetworkEndpoint) -> Path | None:
        """A path to an endpoint through another one that the internet reaches and the endpoint's groups admit."""
        return _decided(lambda possible: self._find_stepping_stone(target, possible))

    # Straight in

    def _find_direct(self, target: NetworkEndpoint, possible: bool) -> Path | None:
        gaps = self._public_gaps(target, possible)
        if not gaps:
            return None
        protocols = (TCP,) if target.tier is Layer.DATA else (TCP, UDP)
        for door in self._doors(target, possible):
            for protocol in protocols:
                if found := self._through_door(target, door, gaps, protocol, possible):
                    return found
        return None

    def _public_gaps(self, target: NetworkEndpoint, possible: bool) -> list[Gap]:
        if not target.has_groups:
            return [Gap(protocol=EVERYTHING, span=ALL_PORTS, addresses=EVERYBODY, label="no security group")]
        every = [gap for group in target.groups for gap in self.network.gaps(group)]
        return [gap for gap in every if (possible or not gap.doubt) and gap.addresses & INTERNET]

    def _doors(self, target: NetworkEndpoint, possible: bool) -> Iterator[_Door]:
        if not target.subnets:
            yield _Door("a subnet outside this program", (), OPEN_FENCE, INTERNET)
        for subnet in target.subnets:
            routes = tuple(
                route
                for route in self.network.routes(subnet)
                if route.brings_strangers and (possible or not route.doubt)
            )
            if routes:
                arriving = united([route.destination for route in routes]) & INTERNET
                arriving -= self.network.own_addresses(subnet)
                yield _Door(f"subnet {subnet.name}", routes, self.network.fence(subnet), arriving)

    def _through_door(
        self, target: NetworkEndpoint, door: _Door, gaps: Sequence[Gap], protocol: str, possible: bool
    ) -> Path | None:
        mine = [gap for gap in gaps if gap.protocol in (EVERYTHING, protocol)]
        for port in _ports((*mine, *door.fence.gaps), target.spans) if mine else ():
            open_here = [gap for gap in mine if gap.covers(protocol, port)]
            callers = united([gap.addresses for gap in open_here]) & door.arriving
            if not _enough(callers, target):
                continue
            admitted, rule = door.fence.admits(protocol, port, possible=possible)
            callers &= admitted
            if _enough(callers, target):
                return _spelt(target, door, rule, [gap for gap in open_here if gap.addresses & callers])
        return None

    # Through another resource

    def _find_stepping_stone(self, target: NetworkEndpoint, possible: bool) -> Path | None:
        gaps = [gap for group in target.groups for gap in self.network.gaps(group) if possible or not gap.doubt]
        gaps = [gap for gap in gaps if any(_overlap(gap.span, span) for span in target.spans)]
        for gap in (gap for gap in gaps if gap.protocol in (EVERYTHING, TCP)):
            for stone in (stone for group in gap.groups for stone in self.members(group)):
                path = self._into(stone, possible) if stone.resource.urn != target.resource.urn else None
                if path:
                    return path.then(gap.label, target.label)
            if found := self._forwarded(target, gap, possible):
                return found
        return None

    def _into(self, stone: NetworkEndpoint, possible: bool) -> Path | None:
        """A path to a member of a group that a store admits: a load balancer that serves the internet, or an endpoint
        that strangers reach directly."""
        if stone.tier is Layer.DATA:
            return None
        if stone.tier is Layer.APP:
            return self._direct(stone, possible)
        if self.origin_of(stone.resource):
            return Path(("CloudFront", stone.label))
        if not _tolerant(is_public, stone.resource):
            return None
        return self._direct(stone, possible) or Path((stone.label,))

    def _forwarded(self, target: NetworkEndpoint, gap: Gap, possible: bool) -> Path | None:
        """A path by a load balancer that passes connections on to the store's port, where the store's group admits the
        addresses of the network or of the callers."""
        for group in self.graph.of(TARGET_GROUP):
            port = _tolerant(lambda it: it.number("port"), group)
            if port is None or not any(span[0] <= port <= span[1] for span in target.spans):
                continue
            if not gap.addresses or not self._passes_through(group):
                continue
            for balancer in self.balancers_of(group):
                stone = self.place(balancer)
                path = self._into(stone, possible) if stone else None
                if path:
                    return path.then(f"target group {group.name} on port {port:g}", gap.label, target.label)
        return None

    def _passes_through(self, group: Resource) -> bool:
        """Whether a target group hands on plain connections, and no service of this program answers them."""
        protocol = group.data.get("protocol")
        services = self.graph.companions(group, "loadBalancers.targetGroupArn", "aws:ecs/service:Service")
        return protocol in ("TCP", "TLS", "TCP_UDP") and not services

    # Load balancers

    def origin_of(self, balancer: Resource) -> list[Resource]:
        """The distributions, or the VPC origins of one, that draw from a load balancer."""
        graph = self.graph
        by_record = [record for record in graph.of(RECORD) if self._stands_for(record, balancer)]
        found = [
            it
            for it in graph.of(DISTRIBUTION)
            for name in (balancer, *by_record)
            if graph.refers(it, "origins.domainName", name)
        ]
        return found + graph.companions(balancer, "vpcOriginEndpointConfig.arn", VPC_ORIGIN)

    def _stands_for(self, record: Resource, balancer: Resource) -> bool:
        """Whether a DNS record leads to a load balancer, by its name as it is or by the name for both IP versions."""
        domain = balancer.outputs.get("dnsName")
        for path in ("aliases.name", "records"):
            if self.graph.refers(record, path, balancer):
                return True
            names = values_at(record, path)[0]
            if domain in {name.lower().rstrip(".").removeprefix("dualstack.") for name in names}:
                return True
        return False

    def target_groups(self, balancer: Resource) -> dict[str, Resource]:
        """The target groups that the listeners of a load balancer forward to, by URN."""
        graph = self.graph
        found: dict[str, Resource] = {}
        for listener in graph.companions(balancer, "loadBalancerArn", LISTENER):
            for it, top in (
                (listener, "defaultActions"),
                *((rule, "actions") for rule in graph.companions(listener, "listenerArn", LISTENER_RULE)),
            ):
                for path in _FORWARDS:
                    found.update((group.urn, group) for group in graph.targets(it, path.format(top), TARGET_GROUP))
        return found

    def balancers_of(self, group: Resource) -> list[Resource]:
        """The load balancers that forward to a target group."""
        index = self.graph.derived(_balancers)
        return index.get(group.urn, [])

    def services(self, balancer: Resource) -> set[str]:
        """URNs of a load balancer and of what answers behind it: target groups, services, fleets, machines, another
        load balancer."""
        graph = self.graph
        found = {balancer.urn}
        for group in self.target_groups(balancer).values():
            users = graph.companions(group, "loadBalancers.targetGroupArn", "aws:ecs/service:Service")
            users += graph.companions(group, "targetGroupArns", SCALING_GROUP)
            for joined in graph.companions(group, "lbTargetGroupArn", SCALING_ATTACHMENT):
                users += graph.targets(joined, "autoscalingGroupName", SCALING_GROUP)
            for joined in graph.companions(group, "targetGroupArn", TARGET_ATTACHMENT):
                users += graph.targets(joined, "targetId", *KINDS)
            found |= {group.urn, *(user.urn for user in users)}
        return found


def _balancers(graph: Graph) -> dict[str, list[Resource]]:
    reach = graph.derived(Reach)
    index: dict[str, list[Resource]] = {}
    for balancer in graph.of(LOAD_BALANCER):
        for urn in reach.target_groups(balancer):
            index.setdefault(urn, []).append(balancer)
    return index


def _decided(find: Callable[[bool], Path | None]) -> Path | None:
    """The path that certainly exists; UndecidedError where unknown values might make one."""
    certain = find(False)
    if certain is None and (possible := find(True)):
        raise UndecidedError(possible.doubts[0] if possible.doubts else "network")
    return certain


def _tolerant(read: Callable[[Resource], T], resource: Resource) -> T | None:
    """The result of `read`; None where it isn't known yet."""
    try:
        return read(resource)
    except UndecidedError:
        return None


def _ports(gaps: Sequence[Gap], spans: Sequence[Range]) -> list[int]:
    return [port for span in spans for port in interesting_ports(gaps, span)]


def _overlap(left: Range, right: Range) -> bool:
    return left[0] <= right[1] and right[0] <= left[1]


def _enough(callers: Addresses, target: NetworkEndpoint) -> bool:
    """Whether the callers count as strangers: for a data store anyone outside, else more than one company."""
    return bool(callers) if target.tier is Layer.DATA else callers.holds_strangers


def _spelt(target: NetworkEndpoint, door: _Door, rule: str, gaps: Sequence[Gap]) -> Path:
    hops: list[str] = []
    if door.routes:
        route = door.routes[0]
        by = "" if route.carrier == route.table else f" by {route.carrier}"
        hops += [route.through, f"{route.table}{by} {route.shown}"]
    doubts = tuple(it.doubt for it in (*door.routes, *gaps, *door.fence.gaps) if it.doubt)
    return Path((*hops, door.subnet, rule, gaps[0].label, target.label), doubts)
