"""Rules for security groups, inline or standalone."""

from __future__ import annotations

from collections.abc import Iterator

from ..graph import Graph
from ..groups import CARRIERS, GROUPS, STANDALONE, Traffic, traffic
from ..networks import TCP, UDP, is_open
from ..places import KINDS, Layer
from ..resource import Resource
from ..rule import Problems, RuleContext, Scope, Severity, rule
from ..tokens import (
    ECS_SERVICE,
    INGRESS_RULE,
    PREFIX_LIST,
    PREFIX_LIST_ENTRY,
    SECURITY_GROUP_RULE,
)
from ..values import each, known

# Ports that an edge may open to everyone: the web, over TCP and, on 443, QUIC.
WEB = frozenset(((TCP, 80), (TCP, 443), (UDP, 443)))
# ICMP packet-too-big messages, by type and code: without them connections hang (RFC 1191, 4443).
PATH_MTU = frozenset((("icmp", (3, 4)), ("icmpv6", (2, 0))))
# Egress allowed to anywhere: public APIs and registries over TLS.
CALLS_OUT = frozenset(((TCP, 443),))

# Lists of ranges that groups admit by reference.
LISTS = (PREFIX_LIST, PREFIX_LIST_ENTRY)

# The property in which a workload names its security groups.
WORKLOAD_GROUPS = {
    token: path
    for token, kind in KINDS.items()
    if kind.tier is Layer.DATA or token in (ECS_SERVICE, "aws:ecs/taskSet:TaskSet")
    for path in kind.groups
}


@rule(
    *CARRIERS,
    *LISTS,
    name="sg-no-public-ingress",
    title="No security group admits the internet, except on the web ports of an edge.",
    severity=Severity.CRITICAL,
    controls=("FSBP EC2.18", "FSBP EC2.19", "CIS 5.2", "CIS 5.3", "CKV_AWS_24", "CKV_AWS_25", "CKV_AWS_277"),
    remedy="Refer to the security group or the managed prefix list of the callers",
)
def sg_no_public_ingress(resource: Resource, context: RuleContext) -> Problems:
    if resource.token in LISTS:
        cidrs = resource.items("cidr") if resource.token == PREFIX_LIST_ENTRY else _listed(resource)
        yield from each(cidrs, _open_entry)
    else:
        yield from traffic(resource, lambda item: _beyond(item, WEB, "lets {cidr} in on {what}"), ingress=True)


def _listed(prefix_list: Resource) -> list[object]:
    return [block.raw("cidr") for block in prefix_list.blocks("entries")]


def _open_entry(cidr: object) -> Iterator[str]:
    cidr = known(cidr)
    if isinstance(cidr, str) and is_open(cidr):
        yield f"lists {cidr}, so that whatever admits the list admits strangers"


@rule(
    *CARRIERS,
    name="sg-no-open-egress",
    title="No security group allows egress to the whole internet, except TCP 443.",
    severity=Severity.MEDIUM,
    controls=("CKV_AWS_382",),
    remedy="Name the security group, prefix list or range that is called; only TCP 443 may go anywhere",
)
def sg_no_open_egress(resource: Resource, context: RuleContext) -> Problems:
    yield from traffic(resource, lambda item: _beyond(item, CALLS_OUT, "lets {what} out to {cidr}"), ingress=False)


def _beyond(item: Traffic, allowed: frozenset[tuple[str, int]], sentence: str) -> Iterator[str]:
    if (item.protocol, item.span) in PATH_MTU:
        return
    if item.span[0] == item.span[1] and (item.protocol, item.span[0]) in allowed:
        return
    if cidr := item.open_cidr():
        yield sentence.format(cidr=cidr, what=item)


@rule(
    *WORKLOAD_GROUPS,
    name="sg-to-sg-only",
    title="Services and datastores admit callers by their security group, never by address.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    controls=("Well-Architected SEC05-BP02",),
    remedy="Use an aws.vpc.SecurityGroupIngressRule with referenced_security_group_id of the caller",
)
def sg_to_sg_only(workload: Resource, context: RuleContext) -> Problems:
    graph = context.whole
    groups = graph.targets(workload, WORKLOAD_GROUPS[workload.token], *GROUPS)
    carriers = [carrier for group in groups for carrier in (group, *_standalone(graph, group))]
    yield from each(carriers, _by_address)


def _by_address(carrier: Resource) -> Iterator[str]:
    yield from traffic(
        carrier,
        lambda item: [f"{carrier.name} admits {item} by address"] if item.cidrs or item.lists else [],
        ingress=True,
    )


def _standalone(graph: Graph, group: Resource) -> list[Resource]:
    return graph.companions(group, "securityGroupId", INGRESS_RULE, SECURITY_GROUP_RULE)


@rule(
    *GROUPS,
    name="sg-rule-style-exclusive",
    title="A security group has its rules in one form: inline, or as resources of one kind.",
    severity=Severity.MEDIUM,
    scope=Scope.STACK,
    controls=("Well-Architected SEC05-BP02",),
    remedy="Keep to aws.vpc.SecurityGroupIngressRule and SecurityGroupEgressRule; mixed forms delete each other",
)
def sg_rule_style_exclusive(group: Resource, context: RuleContext) -> Problems:
    rules = context.whole.companions(group, "securityGroupId", *STANDALONE)
    if rules and (group.present("ingress") or group.present("egress")):
        yield f"has inline rules and the standalone rule {rules[0].name}"
    old = {rule.token == SECURITY_GROUP_RULE for rule in rules}
    if len(old) > 1:
        yield "has standalone rules of the old and of the new kind"


RULES = (sg_no_public_ingress, sg_no_open_egress, sg_to_sg_only, sg_rule_style_exclusive)
