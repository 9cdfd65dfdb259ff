"""Shield Advanced: bought by name or not at all."""

from __future__ import annotations

import pytest

from tests.components.edge_tier import DOMAIN, EVERYTHING, build, everything, named
from tests.some import some

SUBSCRIPTION = "shield/subscription:Subscription"
PROTECTION = "shield/protection:Protection"
RESPONSE = "shield/applicationLayerAutomaticResponse:ApplicationLayerAutomaticResponse"
ENGAGEMENT = "shield/proactiveEngagement:ProactiveEngagement"
HEALTH_CHECK = "route53/healthCheck:HealthCheck"


def protected() -> set[str]:
    built = everything()
    distribution = built.one("cloudfront/distribution:Distribution")
    return {distribution.outputs["arn"], built.one("lb/loadBalancer:LoadBalancer").outputs["arn"]}


def test_nothing_of_shield_advanced_is_there_unless_it_is_named() -> None:
    shield = [resource.token for resource in named().recorded.all if resource.token.startswith("aws:shield/")]
    assert not shield, "a year's commitment is never bought by default"
    assert not named().of(HEALTH_CHECK)


def test_the_subscription_outlives_the_stack() -> None:
    subscription = everything().one(SUBSCRIPTION).inputs
    assert subscription["skipDestroy"] is True
    assert subscription.get("autoRenew", "ENABLED") == "ENABLED", "AWS lets nobody change it at the start of a term"


def test_the_distribution_and_the_load_balancer_are_protected_after_the_subscription() -> None:
    protections = everything().of(PROTECTION)
    assert {one.inputs["resourceArn"] for one in protections} == protected()
    subscription = everything().one(SUBSCRIPTION)
    assert all(subscription.urn in one.dependencies for one in protections), "AWS protects nothing before"


def test_both_count_as_one_group_of_the_same_requests() -> None:
    group = everything().one("shield/protectionGroup:ProtectionGroup").inputs
    assert (group["pattern"], group["aggregation"]) == ("ARBITRARY", "MAX")
    assert set(group["members"]) == protected()
    assert len(group["protectionGroupId"]) <= 36, "Shield takes no longer ids"


def test_shield_counts_before_it_blocks() -> None:
    assert {one.inputs["action"] for one in everything().of(RESPONSE)} == {"COUNT"}, "a sale looks like an attack"
    blocking = {**EVERYTHING, "shieldAdvanced": {**EVERYTHING["shieldAdvanced"], "automaticResponse": "block"}}
    assert {one.inputs["action"] for one in build(blocking).of(RESPONSE)} == {"BLOCK"}


def test_shield_answers_only_once_a_web_acl_is_in_place() -> None:
    association = everything().one("wafv2/webAclAssociation:WebAclAssociation")
    distribution = everything().one("cloudfront/distribution:Distribution")
    for response in some(everything().of(RESPONSE)):
        assert {association.urn, distribution.urn} <= set(response.dependencies)


def test_shield_knows_whether_the_shop_is_well() -> None:
    probe = everything().one(HEALTH_CHECK)
    assert (probe.inputs["type"], probe.inputs["fqdn"], probe.inputs["resourcePath"]) == ("HTTPS", DOMAIN, "/")
    associations = everything().of("shield/protectionHealthCheckAssociation:ProtectionHealthCheckAssociation")
    assert {one.inputs["shieldProtectionId"] for one in associations} == {
        one.outputs["id"] for one in everything().of(PROTECTION)
    }
    assert {one.inputs["healthCheckArn"] for one in associations} == {probe.outputs["arn"]}


def test_people_are_called_only_if_the_settings_name_them() -> None:
    engagement = everything().one(ENGAGEMENT).inputs
    assert engagement["emergencyContacts"] == [{"emailAddress": "oncall@shop.example", "phoneNumber": "+911234567890"}]
    terms = {"commitmentMonths": 12, "monthlyFeeUsd": 3000}
    assert not build({**EVERYTHING, "shieldAdvanced": terms}).of(ENGAGEMENT)


@pytest.mark.parametrize("token", [SUBSCRIPTION, PROTECTION, RESPONSE, ENGAGEMENT])
def test_shield_is_driven_from_us_east_1(token: str) -> None:
    assert all("us-east-1" in one.provider for one in everything().of(token))
