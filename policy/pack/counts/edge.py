"""The entrance: load balancers, distributions, web ACLs, certificates and zones."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..graph import Graph
from ..resource import Resource
from ..tokens import DISTRIBUTION, LISTENER, LOAD_BALANCER, TARGET_GROUP, VPC_ORIGIN, WEB_ACL
from ..values import Block
from .base import Counter, QuotaUse, by_parent, each, items, known_or, label, length, shared, text_size, total, where

LISTENER_RULE = "aws:lb/listenerRule:ListenerRule"
CERTIFICATE = "aws:acm/certificate:Certificate"
LISTENER_CERTIFICATE = "aws:lb/listenerCertificate:ListenerCertificate"
CACHE_POLICY = "aws:cloudfront/cachePolicy:CachePolicy"
ORIGIN_POLICY = "aws:cloudfront/originRequestPolicy:OriginRequestPolicy"
HEADERS_POLICY = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"
EDGE_FUNCTION = "aws:cloudfront/function:Function"
IP_SET = "aws:wafv2/ipSet:IpSet"
PATTERN_SET = "aws:wafv2/regexPatternSet:RegexPatternSet"
RULE_GROUP = "aws:wafv2/ruleGroup:RuleGroup"
ZONE = "aws:route53/zone:Zone"

_CONDITIONS = ("hostHeader", "pathPattern", "httpHeader", "httpRequestMethod", "sourceIp")
_WITH_WILDCARDS = ("hostHeader", "pathPattern", "httpHeader")
_WILDCARD = re.compile(r"[*?]")
_IN_KEY = "parametersInCacheKeyAndForwardedToOrigin"


def _values(rule: Resource) -> float:
    """Values of all conditions of a rule, regular expressions included."""
    return float(sum(len(found) for condition in rule.blocks("conditions") for found in _lists(condition)))


def _lists(condition: Block) -> Iterator[list[object]]:
    for kind in _CONDITIONS:
        yield condition.items(f"{kind}.values")
        yield condition.items(f"{kind}.regexValues")
    yield condition.items("queryStrings")


def _wildcards(rule: Resource) -> float:
    texts = [
        value
        for condition in rule.blocks("conditions")
        for kind in _WITH_WILDCARDS
        for value in condition.items(f"{kind}.values")
        if isinstance(value, str)
    ]
    texts += [
        value
        for condition in rule.blocks("conditions")
        for query in condition.blocks("queryStrings")
        for value in (query.raw("key"), query.raw("value"))
        if isinstance(value, str)
    ]
    return float(sum(len(_WILDCARD.findall(text)) for text in texts))


def _forwarded(rule: Resource) -> float:
    """Target groups of the action that forwards to most."""
    actions = [*rule.blocks("actions"), *rule.blocks("defaultActions")]
    return float(max((len(one.items("forward.targetGroups")) for one in actions), default=0))


def _of_balancers(quota: str, token: str) -> Counter:
    """Sum over the listeners of each load balancer."""

    def count(graph: Graph) -> Iterator[QuotaUse]:
        found: dict[str, tuple[str, float]] = {}
        for listener, (holder, taken) in by_parent(graph, (LISTENER,), (token, "listenerArn")).items():
            known = graph.find(listener)
            balancers = known_or([], lambda known=known: _balancers(graph, known)) if known else []
            for key, name in balancers or [(listener, holder)]:
                found[key] = (name, found.get(key, ("", 0.0))[1] + taken)
        for holder, taken in found.values():
            yield QuotaUse(quota, holder, taken)

    return count


def _balancers(graph: Graph, listener: Resource) -> list[tuple[str, str]]:
    return [(one.urn, label(one)) for one in graph.targets(listener, "loadBalancerArn", LOAD_BALANCER)]


def _groups_of_balancers(graph: Graph) -> Iterator[QuotaUse]:
    """Target groups that the listeners and rules of each load balancer forward to."""
    found: dict[str, tuple[str, set[str]]] = {}
    for source in graph.of(LISTENER, LISTENER_RULE):
        listeners = [source]
        if source.token == LISTENER_RULE:
            listeners = known_or([], lambda source=source: graph.targets(source, "listenerArn", LISTENER))
        groups = {urn for path in ("actions", "defaultActions") for urn in source.linked(path)}
        for path in ("actions.targetGroupArn", "defaultActions.targetGroupArn", "actions.forward.targetGroups.arn"):
            groups |= {one.urn for one in known_or([], lambda s=source, p=path: graph.targets(s, p, TARGET_GROUP))}
        own = {urn for urn in groups if (one := graph.find(urn)) is not None and one.token == TARGET_GROUP}
        for listener in listeners:
            for key, name in known_or([], lambda listener=listener: _balancers(graph, listener)):
                found.setdefault(key, (name, set()))[1].update(own)
    for name, groups in found.values():
        yield QuotaUse("targetGroupsPerBalancer", name, float(len(groups)))


def _behaviours(distribution: Resource) -> float:
    return 1.0 + length(distribution.raw("orderedCacheBehaviors"))


def _rate_rules(acl: Resource) -> float:
    return float(sum(rule.present("statement.rateBasedStatement") for rule in acl.blocks("rules")))


def _scoped(quota: str, token: str) -> Iterator[Counter]:
    yield total(f"{quota}Regional", token, measure=where("scope", "REGIONAL"))
    yield total(f"{quota}Cloudfront", token, measure=where("scope", "CLOUDFRONT"), regional=False)


def _names(certificate: Resource) -> float:
    names = {certificate.text("domainName"), *certificate.texts("subjectAlternativeNames")} - {None, ""}
    return float(len(names))


COUNTERS: tuple[Counter, ...] = (
    total("loadBalancers", LOAD_BALANCER, measure=where("loadBalancerType", "application", otherwise="application")),
    total("targetGroups", TARGET_GROUP),
    _groups_of_balancers,
    shared("listenersPerBalancer", [LOAD_BALANCER], (LISTENER, "loadBalancerArn")),
    _of_balancers("rulesPerBalancer", LISTENER_RULE),
    _of_balancers("certificatesPerBalancer", LISTENER_CERTIFICATE),
    each("valuesPerRule", LISTENER_RULE, measure=_values),
    each("wildcardsPerRule", LISTENER_RULE, measure=_wildcards),
    each("targetGroupsPerAction", LISTENER, LISTENER_RULE, measure=_forwarded),
    total("distributions", DISTRIBUTION, regional=False),
    each("behavioursPerDistribution", DISTRIBUTION, measure=_behaviours),
    each("originsPerDistribution", DISTRIBUTION, measure=items("origins")),
    each("originGroupsPerDistribution", DISTRIBUTION, measure=items("originGroups")),
    each("namesPerDistribution", DISTRIBUTION, measure=items("aliases")),
    total("cachePolicies", CACHE_POLICY, regional=False),
    each("headersPerCachePolicy", CACHE_POLICY, measure=items(f"{_IN_KEY}.headersConfig.headers.items")),
    each("cookiesPerCachePolicy", CACHE_POLICY, measure=items(f"{_IN_KEY}.cookiesConfig.cookies.items")),
    each("queriesPerCachePolicy", CACHE_POLICY, measure=items(f"{_IN_KEY}.queryStringsConfig.queryStrings.items")),
    total("originRequestPolicies", ORIGIN_POLICY, regional=False),
    each("headersPerOriginPolicy", ORIGIN_POLICY, measure=items("headersConfig.headers.items")),
    each("cookiesPerOriginPolicy", ORIGIN_POLICY, measure=items("cookiesConfig.cookies.items")),
    each("queriesPerOriginPolicy", ORIGIN_POLICY, measure=items("queryStringsConfig.queryStrings.items")),
    total("responseHeadersPolicies", HEADERS_POLICY, regional=False),
    each("headersPerResponsePolicy", HEADERS_POLICY, measure=items("customHeadersConfig.items")),
    each("removedPerResponsePolicy", HEADERS_POLICY, measure=items("removeHeadersConfig.items")),
    total("vpcOrigins", VPC_ORIGIN, regional=False),
    total("originAccessControls", "aws:cloudfront/originAccessControl:OriginAccessControl", regional=False),
    total("keyGroups", "aws:cloudfront/keyGroup:KeyGroup", regional=False),
    total("edgeFunctions", EDGE_FUNCTION, regional=False),
    each("edgeFunctionSize", EDGE_FUNCTION, measure=text_size("code")),
    *_scoped("webAcls", WEB_ACL),
    each("webAclCapacity", WEB_ACL, measure=lambda acl: Block(acl.outputs).number("capacity") or 0.0),
    each("rateRulesPerWebAcl", WEB_ACL, measure=_rate_rules),
    each("responseBodiesPerWebAcl", WEB_ACL, measure=items("customResponseBodies")),
    each("tokenDomainsPerWebAcl", WEB_ACL, measure=items("tokenDomains")),
    *_scoped("ipSets", IP_SET),
    each("addressesPerIpSet", IP_SET, measure=items("addresses")),
    *_scoped("patternSets", PATTERN_SET),
    each("patternsPerSet", PATTERN_SET, measure=items("regularExpressions")),
    *_scoped("ruleGroups", RULE_GROUP),
    total("certificates", CERTIFICATE),
    each("namesPerCertificate", CERTIFICATE, measure=_names),
    total("hostedZones", ZONE, regional=False),
    shared("recordsPerZone", [ZONE], ("aws:route53/record:Record", "zoneId")),
    total("healthChecks", "aws:route53/healthCheck:HealthCheck", regional=False),
)
