"""Verdict on a connection: groups, network ACLs both ways, and the network between."""

from __future__ import annotations

from collections.abc import Iterator

from ..fences import Gap
from ..graph import Graph
from ..places import NetworkEndpoint
from ..resource import Resource
from ..tokens import LOAD_BALANCER
from ..topology import VpcNetwork
from .need import Connection, State, Verdict
from .passage import (
    ANSWERS,
    ANSWERS_TO_BALANCERS,
    Passage,
    cidrs,
    hop,
    of_groups,
    through_fence,
    through_groups,
    together,
)
from .truth import Truth


def judge(graph: Graph, asked: Connection) -> Verdict:
    if asked.origin is None:
        return verdict(_from_cloudfront(graph, asked))
    return verdict(together(hops(graph, asked.origin, asked.target, asked.port, asked.protocol)))


def _from_cloudfront(graph: Graph, asked: Connection) -> Passage:
    """Whether a load balancer's groups admit CloudFront: by a prefix list, a group of its own, or all addresses."""

    def meets(gap: Gap) -> Truth:
        return bool(gap.lists) or not gap.groups or None

    found = of_groups(graph, asked.target, meets, asked.port, asked.protocol, ingress=True)
    if found.passes is not False:
        return found
    group = asked.target.groups[0]
    says = f"security group {group.name} has no rule in from CloudFront on {asked.protocol} {asked.port}"
    return Passage(passes=False, hop=hop(group, says, "Admit CloudFront's managed prefix list"))


def verdict(found: Passage) -> Verdict:
    state = {True: State.MET, False: State.BROKEN, None: State.UNKNOWN}[found.passes]
    return Verdict(state=state, ways=found.ways, hop=found.hop, unknown=found.unknown)


def hops(
    graph: Graph, origin: NetworkEndpoint, target: NetworkEndpoint, port: int, protocol: str = "tcp"
) -> Iterator[Passage]:
    """The hops of a connection within a VPC, in the order of its packets."""
    yield through_groups(graph, origin, target, port, protocol, ingress=False)
    yield _between(graph, origin, target)
    for here in origin.subnets:
        for there in target.subnets:
            if here.urn != there.urn:
                answers = ANSWERS_TO_BALANCERS if origin.resource.token == LOAD_BALANCER else ANSWERS
                yield from _fences(graph, here, there, port, protocol, answers)
    yield through_groups(graph, target, origin, port, protocol, ingress=True)


def _fences(
    graph: Graph, here: Resource, there: Resource, port: int, protocol: str, answers: tuple[int, int]
) -> Iterator[Passage]:
    network = graph.derived(VpcNetwork)
    near, far = cidrs(network, (here,)), cidrs(network, (there,))
    if near is None or far is None:
        yield Passage(passes=None, unknown=f"{here.name if near is None else there.name}.cidrBlock")
        return
    yield through_fence(graph, here, far, protocol, (port, port), egress=True)
    yield through_fence(graph, there, near, protocol, (port, port), egress=False)
    yield through_fence(graph, there, near, protocol, answers, egress=True)
    yield through_fence(graph, here, far, protocol, answers, egress=False)


def _between(graph: Graph, origin: NetworkEndpoint, target: NetworkEndpoint) -> Passage:
    """Packets stay in one VPC; what leads to another is beyond this graph."""
    network = graph.derived(VpcNetwork)
    ours = {vpc.urn for subnet in origin.subnets for vpc in network.vpcs(subnet)}
    theirs = {vpc.urn for subnet in target.subnets for vpc in network.vpcs(subnet)}
    if not origin.subnets or not target.subnets or not ours or ours != theirs:
        return Passage(passes=None, unknown=f"the network between {origin.resource.name} and {target.resource.name}")
    return Passage(passes=True)
