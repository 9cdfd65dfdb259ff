"""The web ACLs before CloudFront and before the load balancer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from components.edge.rules import VIEWER_ADDRESS_HEADER
from specs import web_acl
from specs.edge import Edge
from tests.components.edge_tier import (
    DOMAIN,
    EDGE_KEY,
    EVERYTHING,
    WITH_DOMAIN,
    Built,
    build,
    everything,
    named,
    plain,
    public,
)
from tests.components.shared import ACCOUNT, LOGS_KEY, REGION
from tests.some import some

WEB_ACL = "wafv2/webAcl:WebAcl"
IP_SET = "wafv2/ipSet:IpSet"
LOGGING = "wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
LOG_GROUP = "cloudwatch/logGroup:LogGroup"
LOG_POLICY = "cloudwatch/logResourcePolicy:LogResourcePolicy"
EDGE, REGIONAL = "edge-cdn-acl", "edge-balancer-acl"
EVERY_KIND = pytest.mark.parametrize("built", [plain, named, public, everything])


def rules(built: Built, acl: str) -> dict[str, dict[str, Any]]:
    """Rules by name, in the order of their priorities."""
    found = sorted(built.one(WEB_ACL, acl).inputs["rules"], key=lambda rule: rule["priority"])
    return {rule["name"]: rule for rule in found}


def groups(built: Built, acl: str) -> dict[str, dict[str, Any]]:
    """Rules that are managed groups, by the group's name."""
    managed = {
        name: rule for name, rule in rules(built, acl).items() if "managedRuleGroupStatement" in rule["statement"]
    }
    return {rule["statement"]["managedRuleGroupStatement"]["name"]: rule for rule in managed.values()}


def capacity(statement: dict[str, Any]) -> int:
    """WCU of a statement as WAF counts it (AWS WAF Developer Guide, "Rule statements list")."""
    (kind, body), *others = statement.items()
    assert not others, "a statement is of one kind"
    if kind == "ipSetReferenceStatement":
        return 1
    if kind == "byteMatchStatement":
        assert body["positionalConstraint"] in ("EXACTLY", "STARTS_WITH"), "other comparisons cost 10"
        return 2 + 10 * len(body["textTransformations"])
    if kind == "orStatement":
        return sum(map(capacity, body["statements"]))
    if kind == "rateBasedStatement":
        return 2 + (capacity(body["scopeDownStatement"]) if "scopeDownStatement" in body else 0)
    assert kind == "managedRuleGroupStatement", f"the capacity of {kind} is not known here"
    return web_acl.GROUP_CAPACITY[body["name"]] + (
        capacity(body["scopeDownStatement"]) if "scopeDownStatement" in body else 0
    )


@pytest.mark.parametrize("settings", [{}, WITH_DOMAIN, EVERYTHING, {"antiDdos": False}, {"rateLimits": []}])
def test_the_capacity_that_settings_are_judged_by_is_that_of_the_rules(settings: dict[str, Any]) -> None:
    built, edge = build(settings), Edge.model_validate(settings)
    expected = {EDGE: web_acl.edge_capacity(edge), REGIONAL: web_acl.regional_capacity(edge)}
    for acl, units in some(expected.items()):
        assert sum(capacity(rule["statement"]) for rule in rules(built, acl).values()) == units
        assert units <= 1500, "beyond, every request costs more"


@EVERY_KIND
def test_cloudfront_and_the_load_balancer_each_stand_behind_a_web_acl(built: Callable[[], Built]) -> None:
    tier = built()
    edge, regional = tier.one(WEB_ACL, EDGE), tier.one(WEB_ACL, REGIONAL)
    assert tier.one("cloudfront/distribution:Distribution").inputs["webAclId"] == edge.outputs["arn"]
    association = tier.one("wafv2/webAclAssociation:WebAclAssociation").inputs
    assert association["webAclArn"] == regional.outputs["arn"]
    assert association["resourceArn"] == tier.one("lb/loadBalancer:LoadBalancer").outputs["arn"]
    assert (edge.inputs["scope"], regional.inputs["scope"]) == ("CLOUDFRONT", "REGIONAL")
    assert "us-east-1" in edge.provider
    assert "us-east-1" not in regional.provider


@EVERY_KIND
def test_every_property_of_a_rule_is_spelled_as_aws_spells_it(built: Callable[[], Built]) -> None:
    def keys(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from value
            for item in value.values():
                yield from keys(item)
        elif isinstance(value, list):
            for item in value:
                yield from keys(item)

    for acl in some(built().of(WEB_ACL)):
        misspelt = [key for key in keys(acl.inputs) if "_" in key]
        assert not misspelt, "a dict in a place where the SDK expects none is passed on as it stands"


@EVERY_KIND
def test_every_rule_has_its_own_name_place_and_metric(built: Callable[[], Built]) -> None:
    for acl in some(built().of(WEB_ACL)):
        listed = acl.inputs["rules"]
        for value in ("name", "priority"):
            assert len({rule[value] for rule in listed}) == len(listed)
        for rule in listed:
            assert rule["visibilityConfig"]["metricName"] == f"{acl.inputs['name']}-{rule['name']}"
            assert ("action" in rule) != ("overrideAction" in rule), "groups are overridden, other rules act"


def test_the_edge_judges_by_all_managed_groups() -> None:
    found = groups(plain(), EDGE)
    assert set(found) == {
        "AWSManagedRulesAntiDDoSRuleSet",
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesAnonymousIpList",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesSQLiRuleSet",
        "AWSManagedRulesCommonRuleSet",
    }
    counted = {name for name, rule in found.items() if "count" in rule["overrideAction"]}
    assert counted == {"AWSManagedRulesAnonymousIpList"}, "customers use VPNs too; all other groups act"


def test_the_group_against_floods_sees_requests_before_anything_else_judges_them() -> None:
    order = list(rules(plain(), EDGE))
    assert order[:2] == ["blocked-addresses", "AWSManagedRulesAntiDDoSRuleSet"]
    assert "AWSManagedRulesAntiDDoSRuleSet" not in groups(build({"antiDdos": False}), EDGE)


def test_requests_for_files_are_not_challenged() -> None:
    group = groups(plain(), EDGE)["AWSManagedRulesAntiDDoSRuleSet"]["statement"]["managedRuleGroupStatement"]
    (config,) = group["managedRuleGroupConfigs"]
    challenge = config["awsManagedRulesAntiDdosRuleSet"]["clientSideActionConfig"]["challenge"]
    assert challenge["usageOfAction"] == "ENABLED"
    (pattern,) = challenge["exemptUriRegularExpressions"]
    assert "css" in pattern["regexString"], "a browser solves the challenge on pages only"


def test_bots_are_turned_away_from_the_named_paths_only() -> None:
    assert "AWSManagedRulesBotControlRuleSet" not in groups(named(), EDGE), "it is charged for"
    group = groups(everything(), EDGE)["AWSManagedRulesBotControlRuleSet"]["statement"]["managedRuleGroupStatement"]
    compared = group["scopeDownStatement"]["orStatement"]["statements"]
    assert [one["byteMatchStatement"]["searchString"] for one in compared] == ["/checkout", "/cart"]
    single = groups(build({"botControlPaths": ["/checkout"]}), EDGE)["AWSManagedRulesBotControlRuleSet"]
    scope = single["statement"]["managedRuleGroupStatement"]["scopeDownStatement"]
    assert scope["byteMatchStatement"]["searchString"] == "/checkout", "WAF refuses an OR of one"


def test_each_limit_counts_an_address_on_its_path_and_answers_429() -> None:
    login = rules(everything(), EDGE)["rate-login"]
    rate = login["statement"]["rateBasedStatement"]
    assert (rate["limit"], rate["evaluationWindowSec"], rate["aggregateKeyType"]) == (50, 120, "IP")
    match = rate["scopeDownStatement"]["byteMatchStatement"]
    assert (match["searchString"], match["positionalConstraint"]) == ("/login", "STARTS_WITH")
    assert match["fieldToMatch"] == {"uriPath": {}}
    steps = sorted(match["textTransformations"], key=lambda step: step["priority"])
    assert [step["type"] for step in steps] == ["URL_DECODE", "NORMALIZE_PATH", "LOWERCASE"], "no way round by spelling"
    answer = login["action"]["block"]["customResponse"]
    assert answer["responseCode"] == 429
    assert answer["responseHeaders"] == [{"name": "retry-after", "value": "120"}]
    bodies = everything().one(WEB_ACL, EDGE).inputs["customResponseBodies"]
    assert answer["customResponseBodyKey"] in [body["key"] for body in bodies]


def test_a_limit_on_every_path_compares_none() -> None:
    assert "scopeDownStatement" not in rules(everything(), EDGE)["rate-all"]["statement"]["rateBasedStatement"]


def test_blocked_addresses_get_no_answer_over_either_family() -> None:
    sets = {one.name: one for one in everything().of(IP_SET)}
    assert sets["edge-blocked-v4"].inputs["addresses"] == ["192.0.2.0/24", "198.51.100.7/32"]
    assert sets["edge-blocked-v6"].inputs["addresses"] == ["2001:db8::/32"]
    rule = rules(everything(), EDGE)["blocked-addresses"]
    listed = rule["statement"]["orStatement"]["statements"]
    assert {one["ipSetReferenceStatement"]["arn"] for one in listed} == {one.outputs["arn"] for one in sets.values()}
    assert "block" in rule["action"]


def test_an_address_can_be_blocked_in_an_emergency_where_none_was_before() -> None:
    assert [one.inputs["addresses"] for one in plain().of(IP_SET)] == [[], [], [], []]
    assert "blocked-addresses" in rules(plain(), EDGE)


def test_a_deployment_leaves_alone_what_the_incident_response_has_blocked() -> None:
    sets = {one.name: one for one in everything().of(IP_SET)}
    for family, version in (("v4", "IPV4"), ("v6", "IPV6")):
        one = sets[f"edge-response-{family}"]
        assert one.ignore_changes == ["addresses"], "the next deployment would let the attacker in again"
        assert (one.inputs["scope"], one.inputs["ipAddressVersion"]) == ("CLOUDFRONT", version)
        assert "us-east-1" in one.provider
    assert sets["edge-blocked-v4"].ignore_changes == [], "what the settings block, the settings free again"


def test_before_the_load_balancer_clients_are_counted_by_the_address_that_cloudfront_tells() -> None:
    rate = rules(plain(), REGIONAL)["rate-all"]["statement"]["rateBasedStatement"]
    assert rate["aggregateKeyType"] == "FORWARDED_IP", "its peer is always CloudFront"
    assert rate["forwardedIpConfig"] == {"headerName": VIEWER_ADDRESS_HEADER, "fallbackBehavior": "MATCH"}


def test_before_the_load_balancer_no_group_judges_cloudfronts_own_address() -> None:
    assert set(groups(plain(), REGIONAL)) == {"AWSManagedRulesKnownBadInputsRuleSet", "AWSManagedRulesSQLiRuleSet"}


@pytest.mark.parametrize("acl", [EDGE, REGIONAL])
def test_with_a_domain_only_requests_for_the_shop_pass(acl: str) -> None:
    assert named().one(WEB_ACL, acl).inputs["defaultAction"] == {"block": {}}
    *_, (last, rule) = rules(named(), acl).items()
    assert (last, rule["action"]) == ("the-shop", {"allow": {}}), "first it would let everything pass unjudged"
    match = rule["statement"]["byteMatchStatement"]
    assert (match["searchString"], match["positionalConstraint"]) == (DOMAIN, "EXACTLY")
    assert match["fieldToMatch"] == {"singleHeader": {"name": "host"}}


@pytest.mark.parametrize("acl", [EDGE, REGIONAL])
def test_without_a_domain_any_name_passes(acl: str) -> None:
    assert plain().one(WEB_ACL, acl).inputs["defaultAction"] == {"allow": {}}
    assert "the-shop" not in rules(plain(), acl)


@pytest.mark.parametrize(("acl", "key", "region"), [(EDGE, EDGE_KEY, "us-east-1"), (REGIONAL, LOGS_KEY, REGION)])
def test_a_web_acl_logs_in_its_own_region_under_that_regions_key(acl: str, key: str, region: str) -> None:
    group, logging = named().one(LOG_GROUP, f"{acl}-logs"), named().one(LOGGING, f"{acl}-logs")
    assert group.inputs["name"].startswith("aws-waf-logs-"), "WAF writes to no other"
    assert group.inputs["kmsKeyId"] == key
    assert ("us-east-1" in group.provider) == (region == "us-east-1")
    assert logging.inputs["logDestinationConfigs"] == [group.outputs["arn"]]
    assert logging.inputs["resourceArn"] == named().one(WEB_ACL, acl).outputs["arn"]
    (statement,) = json.loads(named().one(LOG_POLICY, f"{acl}-logs").inputs["policyDocument"])["Statement"]
    assert statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert statement["Resource"] == [f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{group.inputs['name']}:*"]
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}


@pytest.mark.parametrize("acl", [EDGE, REGIONAL])
def test_no_credentials_get_into_logs_or_samples(acl: str) -> None:
    redacted = named().one(LOGGING, f"{acl}-logs").inputs["redactedFields"]
    assert {field["singleHeader"]["name"] for field in redacted} == {"authorization", "cookie"}
    (protection,) = named().one(WEB_ACL, acl).inputs["dataProtectionConfig"]["dataProtections"]
    assert protection["field"] == {"fieldType": "SINGLE_HEADER", "fieldKeys": ["authorization", "cookie"]}


@pytest.mark.parametrize("acl", [EDGE, REGIONAL])
def test_what_waf_did_something_about_is_logged_and_what_it_let_pass_is_not(acl: str) -> None:
    chosen = named().one(LOGGING, f"{acl}-logs").inputs["loggingFilter"]
    assert chosen["defaultBehavior"] == "DROP"
    (kept,) = chosen["filters"]
    assert (kept["behavior"], kept["requirement"]) == ("KEEP", "MEETS_ANY")
    actions = {one["actionCondition"]["action"] for one in kept["conditions"]}
    assert {"BLOCK", "COUNT", "CHALLENGE"} <= actions
    assert "ALLOW" not in actions, "a sale's whole traffic, which CloudFront logs anyway"


def test_logs_are_kept_as_long_as_the_settings_say() -> None:
    built = build({"webAclLogRetentionDays": 30})
    assert {group.inputs["retentionInDays"] for group in built.of(LOG_GROUP)} == {30}


def test_alarms_find_the_web_acls_by_their_metrics() -> None:
    for scope, acl in some({"CLOUDFRONT": EDGE, "REGIONAL": REGIONAL}.items()):
        metric = named().one(WEB_ACL, acl).inputs["visibilityConfig"]["metricName"]
        assert named().handle["web_acl_names"][scope] == metric
