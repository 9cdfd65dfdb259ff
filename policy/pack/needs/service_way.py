"""The way of a call out of a network to an AWS service: interface endpoint, gateway endpoint or route."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from ..addresses import INTERNET, Addresses
from ..documents import statements
from ..fences import Gap
from ..graph import Graph
from ..groups import GROUPS
from ..places import Layer, NetworkEndpoint
from ..resource import Resource
from ..topology import SUBNETS, Route, VpcNetwork
from ..values import UndecidedError
from .connection import hops, verdict
from .gates import GateStatement
from .need import Gate, Request, Verdict
from .passage import (
    ANSWERS,
    VPC_ENDPOINT,
    Passage,
    cidrs,
    endpoint_lists,
    hop,
    is_foreign,
    of_groups,
    through_fence,
    together,
)
from .statements_met import Principals, closed_by, described, near, opened_by
from .truth import Truth

TABLE_OF_ENDPOINT = "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation"
NAT = "aws:ec2/natGateway:NatGateway"
HTTPS = 443

# The endpoint services behind an action's prefix, where the two differ. Source: AWS PrivateLink guide, services that
# integrate with AWS PrivateLink; for ECR the ECR User Guide, interface VPC endpoints.
_ENDPOINTS: dict[str, tuple[str, ...]] = {
    "cloudwatch": ("monitoring",),
    "es": (),  # requests go to the domain's own address
    "application-autoscaling": ("application-autoscaling",),
}
_OF_ACTIONS = {
    "ecr:getauthorizationtoken": ("ecr.api",),
    "ecr:batchgetimage": ("ecr.api", "ecr.dkr"),
    "ecr:getdownloadurlforlayer": ("ecr.api", "ecr.dkr"),
    "ecr:batchchecklayeravailability": ("ecr.api", "ecr.dkr"),
    # Rights that a store asks for when a client signs in to it: no call of an API.
    "elasticache:connect": (),
    "rds-db:connect": (),
}


class ServiceWay:
    """One for a graph: `graph.derived(ServiceWay)`."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.network = graph.derived(VpcNetwork)
        self.packets = cache(self._packets)

    def judge(self, request: Request) -> Verdict:
        return verdict(together(self._passages(request)))

    def _passages(self, request: Request) -> Iterator[Passage]:
        origin = request.origin
        if origin is None:
            return
        for name in request.endpoints or services(request.action):
            passage, endpoints = self.packets(origin, name)
            yield passage
            for endpoint in endpoints:
                yield _policy(endpoint, request)

    def _packets(self, origin: NetworkEndpoint, name: str) -> tuple[Passage, tuple[Resource, ...]]:
        """Whether packets reach a service, and the endpoints that they go by."""
        if not origin.subnets:
            return Passage(passes=None, unknown=f"{origin.resource.name}: its subnets"), ()
        vpcs = {vpc.urn: vpc for subnet in origin.subnets for vpc in self.network.vpcs(subnet)}
        endpoints = [it for vpc in vpcs.values() for it in self._endpoints(vpc, name)]
        interfaces = [it for it in endpoints if _is_interface(it)]
        if interfaces:
            found = [self._by_interface(origin, it) for it in interfaces]
            return together(found), tuple(interfaces)
        used: dict[str, Resource] = {}
        passages: list[Passage] = []
        for subnet in origin.subnets:
            gateway = next((it for it in endpoints if self._is_routed(subnet, it)), None)
            if gateway is not None:
                used[gateway.urn] = gateway
                passages.append(self._by_gateway(origin, subnet, gateway))
            else:
                passages.append(self.by_route(origin, subnet, name))
        return together(passages), tuple(used.values())

    def _endpoints(self, vpc: Resource, name: str) -> list[Resource]:
        return [
            it
            for it in self.graph.companions(vpc, "vpcId", VPC_ENDPOINT)
            if isinstance(service := it.data.get("serviceName"), str)
            and service.endswith(f".{name}")
            and _serves(service, name)
        ]

    def _is_routed(self, subnet: Resource, endpoint: Resource) -> bool:
        tables = {table.urn for table in self.network.tables(subnet)}
        named = self.graph.targets(endpoint, "routeTableIds", *_TABLES)
        for link in self.graph.companions(endpoint, "vpcEndpointId", TABLE_OF_ENDPOINT):
            named += self.graph.targets(link, "routeTableId", *_TABLES)
        return any(table.urn in tables for table in named)

    def _by_interface(self, origin: NetworkEndpoint, endpoint: Resource) -> Passage:
        place = NetworkEndpoint(
            resource=endpoint,
            tier=Layer.EDGE,
            subnets=tuple(self.graph.targets(endpoint, "subnetIds", *SUBNETS)),
            groups=tuple(self.graph.targets(endpoint, "securityGroupIds", *GROUPS)),
            spans=((HTTPS, HTTPS),),
        )
        found = together(hops(self.graph, origin, place, HTTPS))
        return _with(found, Gate(endpoint.urn, "endpoint"))

    def _by_gateway(self, origin: NetworkEndpoint, subnet: Resource, endpoint: Resource) -> Passage:
        lists = self.graph.derived(endpoint_lists)

        def meets(gap: Gap) -> Truth:
            if gap.addresses.holds_strangers:
                return True
            if any(isinstance(one, str) and lists.get(one) is endpoint for one in gap.lists):
                return True
            carrier = self.graph.find(gap.carrier)
            linked = (*carrier.linked("prefixListId"), *carrier.linked("prefixListIds")) if carrier else ()
            if gap.lists and endpoint.urn in linked:
                return True
            return None if any(not isinstance(one, str) or one not in lists for one in gap.lists) else False

        out = self._out(origin, meets, f"the gateway endpoint {endpoint.name}")
        found = together((out, *self._to_the_internet(subnet)))
        return _with(found, Gate(endpoint.urn, "endpoint"))

    def by_route(self, origin: NetworkEndpoint, subnet: Resource, name: str) -> Passage:
        """Packets to the service's public addresses."""
        if not self.network.tables(subnet) and not self.network.routes(subnet):
            return Passage(passes=None, unknown=f"{subnet.name}: its routes")
        routes = [route for route in self.network.routes(subnet) if route.leads_out]
        if not routes:
            says = f"subnet {subnet.name} has neither an endpoint for {name} nor a route to the internet"
            mend = f"Add an endpoint for {name} or a route to a NAT gateway"
            return Passage(passes=False, hop=hop(subnet, says, mend))
        if any(route.doubt for route in routes):
            return Passage(passes=None, unknown=next(route.doubt for route in routes if route.doubt))
        out = self._out(origin, self._leads_to_strangers, f"{name}'s public addresses")
        gates = frozenset(Gate(route.urn) for route in routes if route.urn)
        passed = Passage(passes=True, ways=(gates,) if gates else ())
        return together(
            (out, *self._to_the_internet(subnet), passed, *(self._beyond(subnet, route) for route in routes))
        )

    def _beyond(self, subnet: Resource, route: Route) -> Passage:
        """What a route leads to has to have a way out itself: a NAT gateway stands in a subnet that has one."""
        stands = [(nat, it) for nat in self._nats(route) for it in self.graph.targets(nat, "subnetId", *SUBNETS)]
        if route.target != "natGatewayId" or not stands:
            return Passage(passes=True)
        nat, public = stands[0]
        onward = [it for it in self.network.routes(public) if it.target == "gatewayId" and it.leads_out]
        if not onward and self.network.tables(public):
            says = f"NAT gateway {nat.name} stands in {public.name}, which has no route to an internet gateway"
            return Passage(passes=False, hop=hop(public, says, "Route 0.0.0.0/0 to the internet gateway"))
        gates = frozenset(Gate(it.urn) for it in onward if it.urn)
        ways = (gates, frozenset((Gate(nat.urn, "gateway"),))) if gates else ()
        near = cidrs(self.network, (subnet,))
        inward = () if near is None or public.urn == subnet.urn else self._through_nat(public, near)
        return together((Passage(passes=True, ways=ways), *inward, *self._to_the_internet(public)))

    def _through_nat(self, public: Resource, near: Addresses) -> Iterator[Passage]:
        yield through_fence(self.graph, public, near, "tcp", (HTTPS, HTTPS), egress=False)
        yield through_fence(self.graph, public, near, "tcp", ANSWERS, egress=True)

    def _leads_to_strangers(self, gap: Gap) -> Truth:
        """A list of a gateway endpoint holds the addresses of that service alone."""
        return True if gap.addresses.holds_strangers else None if is_foreign(self.graph, gap) else False

    def _nats(self, route: Route) -> list[Resource]:
        carrier = self.graph.find(route.urn)
        return self.graph.targets(carrier, "natGatewayId", NAT) if carrier is not None else []

    def _out(self, origin: NetworkEndpoint, meets: Callable[[Gap], Truth], where: str) -> Passage:
        found = of_groups(self.graph, origin, meets, HTTPS, "tcp", ingress=False)
        if found.passes is not False:
            return found
        mine = " and ".join(group.name for group in origin.groups)
        says = f"security group {mine} has no rule out to {where} on tcp {HTTPS}"
        return Passage(passes=False, hop=hop(origin.groups[0], says, f"Add an egress rule to {where} on tcp {HTTPS}"))

    def _to_the_internet(self, subnet: Resource) -> Iterator[Passage]:
        everybody = type(INTERNET)(v4=INTERNET.v4)
        yield through_fence(self.graph, subnet, everybody, "tcp", (HTTPS, HTTPS), egress=True)
        yield through_fence(self.graph, subnet, everybody, "tcp", ANSWERS, egress=False)


_TABLES = ("aws:ec2/routeTable:RouteTable", "aws:ec2/defaultRouteTable:DefaultRouteTable")


def services(action: str) -> tuple[str, ...]:
    """The endpoint services that an action is called at."""
    prefix = action.split(":", 1)[0].lower()
    return _OF_ACTIONS.get(action.lower(), _ENDPOINTS.get(prefix, (prefix,)))


def _serves(service: str, name: str) -> bool:
    """Whether `com.amazonaws.<region>.<name>` is what it says, and no longer name that ends so."""
    return service.split(".", 3)[-1] == name


def _is_interface(endpoint: Resource) -> bool:
    kind = endpoint.data.get("vpcEndpointType")
    return kind == "Interface" and endpoint.data.get("privateDnsEnabled") is True


def _with(found: Passage, gate: Gate) -> Passage:
    return Passage(passes=found.passes, ways=(*found.ways, frozenset((gate,))), hop=found.hop, unknown=found.unknown)


def _policy(endpoint: Resource, request: Request) -> Passage:
    """Whether an endpoint's policy lets a call pass; without one it lets all pass."""
    if not endpoint.present("policy"):
        return Passage(passes=True)
    try:
        found = [GateStatement(it, endpoint) for it in statements(endpoint.data.get("policy"))]
    except UndecidedError as error:
        return Passage(passes=None, unknown=f"{endpoint.name}.{error.path}")
    arn = request.context.get("aws:principalarn")
    principals = Principals(("aws",), arn or ())
    refused, denial = closed_by(found, request, principals)
    if refused and denial:
        return Passage(
            passes=False, hop=hop(endpoint, f"{denial.label} denies {described(request)}", "Except the call")
        )
    opened = opened_by(found, request, principals)
    if opened.truth is False:
        whom = f" for a caller of {request.service}'s own account" if request.foreign else ""
        why = near(found, request, principals)
        says = f"the policy of endpoint {endpoint.name} doesn't let {described(request)} pass{whom}{why}"
        return Passage(passes=False, hop=hop(endpoint, says, f"Allow {described(request)} in it"))
    if refused is None and denial:
        return Passage(passes=None, unknown=denial.label)
    return Passage(passes=opened.truth, ways=(opened.gates,) if opened.gates else (), unknown=opened.unknown)
