"""Rules for what the internet can reach, found over the whole network."""

from __future__ import annotations

from collections.abc import Iterator

from ..gateways import GATEWAYS, balancer_round_the_edge, lead_behind
from ..places import KINDS, PUBLIC_SWITCHES, Layer, is_public
from ..reach import Reach
from ..resource import Resource
from ..rule import Problems, RuleContext, Scope, Severity, rule
from ..tokens import LOAD_BALANCER

DATA_TIER = tuple(token for token, kind in KINDS.items() if kind.tier is Layer.DATA)
APP_TIER = tuple(token for token, kind in KINDS.items() if kind.tier is Layer.APP)
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
SEARCH = ("aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain")


@rule(
    *DATA_TIER,
    name="data-tier-unreachable",
    title="No path leads from the internet to a data store.",
    severity=Severity.CRITICAL,
    scope=Scope.STACK,
    controls=("FSBP RDS.2", "FSBP RDS.46", "FSBP Opensearch.2", "FSBP MSK.4", "Well-Architected SEC05-BP01"),
    remedy="Cut the path at every hop that is not meant for it: no route to an internet gateway, a network ACL and "
    "security groups that admit the application's own",
)
def data_tier_unreachable(store: Resource, context: RuleContext) -> Problems:
    reach = context.whole.derived(Reach)
    target = reach.place(store)
    if target is None:
        if store.token in SEARCH:
            yield f"can be reached: internet → its public endpoint → {store.name} (it has no vpcOptions)"
        return
    if path := reach.exposed(target) or reach.through_another(target):
        switch = PUBLIC_SWITCHES.get(store.token)
        public = ", which has a public address" if switch and store.flag(switch) else ""
        yield f"can be reached: {path}{public}"


@rule(
    *APP_TIER,
    name="app-tier-edge-only",
    title="Tasks and instances are reachable from the internet only through the edge.",
    severity=Severity.CRITICAL,
    scope=Scope.STACK,
    controls=("FSBP ECS.2", "FSBP EC2.9", "FSBP EKS.1", "Well-Architected SEC05-BP01"),
    remedy="Admit the load balancer's security group alone, and place tasks and instances in subnets that no internet "
    "gateway is routed to",
)
def app_tier_edge_only(workload: Resource, context: RuleContext) -> Problems:
    if workload.token == NODE_GROUP:
        yield from _remote_access(workload)
    reach = context.whole.derived(Reach)
    target = reach.place(workload)
    if target and (path := reach.exposed(target)):
        yield f"can be reached past the edge: {path}"


def _remote_access(nodes: Resource) -> Iterator[str]:
    if nodes.present("remoteAccess.ec2SshKey") and not nodes.present("remoteAccess.sourceSecurityGroupIds"):
        yield "can be reached past the edge: internet → tcp 22, which EKS opens to 0.0.0.0/0 for a key without groups"


@rule(
    LOAD_BALANCER,
    *GATEWAYS,
    name="alb-origin-locked",
    title="No gateway bypasses CloudFront or a web ACL on the way to the services behind it.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    controls=("Well-Architected SEC05-BP02",),
    remedy="Make it internal behind a VPC origin, or admit only CloudFront's managed prefix list; drop other gateways, "
    "or let them in only who has signed in",
)
def alb_origin_locked(gateway: Resource, context: RuleContext) -> Problems:
    graph = context.whole
    if gateway.token != LOAD_BALANCER:
        for served in lead_behind(graph, gateway):
            yield f"bypasses CloudFront and its web ACL: internet → {gateway.name} → {served}"
        return
    if not is_public(gateway):
        return
    reach = graph.derived(Reach)
    target = reach.place(gateway)
    if _is_behind_cloudfront(reach, gateway):
        if target and (path := reach.exposed(target)):
            yield f"can be reached past CloudFront: {path}"
    elif (served := balancer_round_the_edge(graph, gateway)) and target and (path := reach.exposed(target)):
        yield f"bypasses the edge, without a web ACL: {path} → {served}"


def _is_behind_cloudfront(reach: Reach, balancer: Resource) -> bool:
    """Whether the balancer, or another one with the same services behind it, is the origin of a distribution."""
    if reach.origin_of(balancer):
        return True
    mine = reach.services(balancer)
    others = [it for it in reach.graph.of(LOAD_BALANCER) if it.urn != balancer.urn and reach.origin_of(it)]
    return any(mine & reach.services(other) for other in others)


RULES = (data_tier_unreachable, app_tier_edge_only, alb_origin_locked)
