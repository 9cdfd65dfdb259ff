"""Whether groups and network ACLs let packets pass, for certain or perhaps, and by which rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ..addresses import NOBODY, Addresses, addresses
from ..fences import Fence, Gap
from ..graph import Graph, values_at
from ..groups import GROUPS
from ..places import KINDS, NetworkEndpoint
from ..resource import Resource
from ..topology import VpcNetwork, interesting_ports
from .need import Gate, Hop
from .truth import Truth

ANSWERS = (32768, 60999)
"""Ports that clients take answers on: Linux's own, which every client's range includes. Source: VPC User Guide, network
ACLs, ephemeral ports."""

ANSWERS_TO_BALANCERS = (1024, 65535)
"""Ports that load balancers take answers on. Source: VPC User Guide, network ACLs, ephemeral ports."""


@dataclass(frozen=True, kw_only=True)
class Passage:
    """Whether packets pass one hop. `ways` as in a verdict."""

    passes: Truth
    ways: tuple[frozenset[Gate], ...] = ()
    hop: Hop | None = None
    unknown: str = ""


OPEN = Passage(passes=True)


def together(passages: Iterable[Passage]) -> Passage:
    """The first that is closed; else all of them."""
    ways: dict[frozenset[Gate], None] = {}
    unknown = ""
    doubtful = False
    for it in passages:
        if it.passes is False:
            return it
        if it.passes is None:
            doubtful, unknown = True, unknown or it.unknown
        ways.update(dict.fromkeys(it.ways))
    return Passage(passes=None if doubtful else True, ways=tuple(ways), unknown=unknown)


def label(resource: Resource) -> str:
    module, kind = resource.token.split("/")[0].replace(":", "."), resource.token.rsplit(":", 1)[-1]
    return f"{module}.{kind} {resource.name}"


def hop(resource: Resource, says: str, mend: str) -> Hop:
    return Hop(place=label(resource), urn=resource.urn, says=says, mend=mend)


def cidrs(network: VpcNetwork, subnets: Sequence[Resource]) -> Addresses | None:
    """The IPv4 addresses of subnets; None where one isn't known yet."""
    found = NOBODY
    for subnet in subnets:
        block = subnet.data.get("cidrBlock") or subnet.outputs.get("cidrBlock")
        if not isinstance(block, str):
            return None
        found |= addresses(block)
    return found if subnets else None


# Groups


def through_groups(
    graph: Graph,
    here: NetworkEndpoint,
    there: NetworkEndpoint,
    port: int,
    protocol: str,
    *,
    ingress: bool,
) -> Passage:
    """Whether the groups of `here` admit packets to (or from) `there`."""
    network = graph.derived(VpcNetwork)
    others = {group.urn for group in there.groups}

    def towards(reach: Addresses | None) -> Passage:
        def meets(gap: Gap) -> Truth:
            if others.intersection(gap.groups):
                return True
            if reach is not None:
                inside = not reach - gap.addresses
            elif gap.addresses.holds_strangers:
                inside = True
            else:
                return None if gap.addresses or gap.lists else False
            return True if inside else (None if is_foreign(graph, gap) else False)

        return of_groups(graph, here, meets, port, protocol, ingress=ingress)

    # A rule for each subnet is as good as one for all.
    found = together([towards(cidrs(network, (subnet,))) for subnet in there.subnets] or [towards(None)])
    if found.passes is not False:
        return found
    if not all_groups(graph, there):
        return Passage(passes=None, unknown=f"{there.resource.name}: its security groups")
    way, whom = ("in from", "admit") if ingress else ("out to", "let out to")
    mine = " and ".join(group.name for group in here.groups) or here.resource.name
    says = f"security group {mine} has no rule {way} {there.resource.name} on {protocol} {port}"
    mend = (
        f"Add a rule that {whom}s {there.resource.name} on {protocol} {port}"
        if ingress
        else (f"Add an egress rule to {there.resource.name} on {protocol} {port}")
    )
    return Passage(passes=False, hop=hop(here.groups[0] if here.groups else here.resource, says, mend))


def of_groups(
    graph: Graph,
    here: NetworkEndpoint,
    meets: Callable[[Gap], Truth],
    port: int,
    protocol: str,
    *,
    ingress: bool,
) -> Passage:
    """Whether a rule of the groups of an endpoint that `meets` allows covers a port."""
    if not here.has_groups:
        return OPEN
    if not here.groups or not all_groups(graph, here):
        return Passage(passes=None, unknown=f"{here.resource.name}: its security groups")
    network = graph.derived(VpcNetwork)
    gates: set[Gate] = set()
    unknown = ""
    for group in here.groups:
        for gap in network.gaps(group) if ingress else network.gaps_out(group):
            if not gap.covers(protocol, port):
                continue
            truth = None if gap.doubt else meets(gap)
            if truth:
                gates.add(Gate(gap.carrier, gap.label if gap.carrier == group.urn else ""))
            elif truth is None:
                unknown = unknown or gap.doubt or gap.label
    if gates:
        return Passage(passes=True, ways=(frozenset(gates),))
    return Passage(passes=None if unknown else False, unknown=unknown)


def is_foreign(graph: Graph, gap: Gap) -> bool:
    """Whether a rule names a prefix list of which nothing is known: none of this program, and none of an endpoint."""
    known = graph.derived(endpoint_lists)
    return any(not isinstance(one, str) or one not in known for one in gap.lists) and not _of_endpoint(graph, gap)


def _of_endpoint(graph: Graph, gap: Gap) -> bool:
    carrier = graph.find(gap.carrier)
    linked = [
        graph.find(urn)
        for path in ("prefixListId", "prefixListIds")
        for urn in (carrier.linked(path) if carrier else ())
    ]
    return any(it is not None and it.token == VPC_ENDPOINT for it in linked)


VPC_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"


def endpoint_lists(graph: Graph) -> dict[str, Resource]:
    """The gateway endpoints by the prefix list that AWS made with each."""
    return {
        made: endpoint
        for endpoint in graph.of(VPC_ENDPOINT)
        if isinstance(made := endpoint.outputs.get("prefixListId"), str)
    }


def all_groups(graph: Graph, place: NetworkEndpoint) -> bool:
    """Whether all groups that a resource names are this program's."""
    kind = KINDS.get(place.resource.token)
    paths = kind.groups if kind else ("securityGroupIds", "vpcConfig.securityGroupIds")
    for path in paths:
        values, unknown = values_at(place.resource, path)
        if any(not graph.named(value, *GROUPS) for value in values):
            return False
        if unknown and not graph.targets(place.resource, path, *GROUPS):
            return False
    return True


# Network ACLs


def through_fence(
    graph: Graph, subnet: Resource, other: Addresses, protocol: str, ports: tuple[int, int], *, egress: bool
) -> Passage:
    """Whether a subnet's network ACL admits packets to (or from) all the addresses on all the ports."""
    network = graph.derived(VpcNetwork)
    fence = network.fence_out(subnet) if egress else network.fence(subnet)
    ways: dict[frozenset[Gate], None] = {}
    for port in interesting_ports(fence.gaps, ports):
        truth, gates, doubt = _admitted(fence, protocol, port, other)
        if truth is False:
            acls = network.acls(subnet)
            way = "out to" if egress else "in from"
            shown = f"{protocol} {port}" if ports[0] == ports[1] else f"answers on {protocol} {port}"
            says = f"network ACL {fence.name} lets no packets {way} {other} for {shown} at subnet {subnet.name}"
            mend = (
                f"Allow {protocol} {ports[0]}-{ports[1]} {way} {other}"
                if ports[0] != ports[1]
                else (f"Allow {protocol} {port} {way} {other}")
            )
            return Passage(passes=False, hop=hop(acls[0] if acls else subnet, says, mend))
        if truth is None:
            return Passage(passes=None, unknown=doubt)
        ways.update(dict.fromkeys(gates))
    return Passage(passes=True, ways=tuple(ways))


def _admitted(fence: Fence, protocol: str, port: int, wanted: Addresses) -> tuple[Truth, list[frozenset[Gate]], str]:
    left, gates = wanted, []
    for gap in fence.gaps:
        if not gap.covers(protocol, port):
            continue
        if gap.doubt:
            return None, [], gap.doubt
        hit = left & gap.addresses
        if not hit:
            continue
        if not gap.allows:
            return False, [], ""
        if gap.carrier:
            gates.append(frozenset((Gate(gap.carrier, gap.label if _is_acl(gap) else ""),)))
        left -= hit
        if not left:
            return True, gates, ""
    return False, [], ""


def _is_acl(gap: Gap) -> bool:
    return "networkAclRule" not in gap.carrier
