"""The load balancer behind CloudFront."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.components.edge_tier import (
    LOGS_BUCKET,
    ORIGIN,
    ZONE,
    Built,
    build,
    everything,
    named,
    plain,
    public,
)

BALANCER = "lb/loadBalancer:LoadBalancer"
LISTENER = "lb/listener:Listener"
INGRESS = "vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EVERY_KIND = pytest.mark.parametrize("built", [plain, named, public, everything])


@EVERY_KIND
def test_a_load_balancer_is_hardened(built: Callable[[], Built]) -> None:
    inputs = built().one(BALANCER).inputs
    assert inputs["dropInvalidHeaderFields"] is True
    assert inputs["desyncMitigationMode"] in ("defensive", "strictest")
    assert inputs["enableZonalShift"] is True, "a zone in trouble can be left in a minute"
    assert inputs["enableWafFailOpen"] is False, "no request passes while WAF does not answer"
    assert inputs["xffHeaderProcessingMode"] == "append"
    assert len(inputs["name"]) <= 32, "ELB takes no longer names"


@EVERY_KIND
@pytest.mark.parametrize("kind", ["accessLogs", "connectionLogs", "healthCheckLogs"])
def test_every_log_of_a_load_balancer_goes_to_the_log_bucket(built: Callable[[], Built], kind: str) -> None:
    logs = built().one(BALANCER).inputs[kind]
    assert logs == {"bucket": LOGS_BUCKET, "prefix": "alb", "enabled": True}


def test_only_a_production_load_balancer_is_protected_from_deletion() -> None:
    assert named().one(BALANCER).inputs["enableDeletionProtection"] is True
    assert plain().one(BALANCER).inputs["enableDeletionProtection"] is False, "dev is destroyed without hand work"


@EVERY_KIND
def test_a_load_balancer_admits_cloudfront_on_one_port_and_nobody_else(built: Callable[[], Built]) -> None:
    tier = built()
    group = tier.one("ec2/securityGroup:SecurityGroup")
    assert not {"ingress", "egress"} & group.inputs.keys(), "rules are resources of their own"
    rule = tier.one(INGRESS).inputs
    assert rule["prefixListId"].startswith("pl-"), "CloudFront's addresses, as AWS keeps them"
    assert not {"cidrIpv4", "cidrIpv6", "referencedSecurityGroupId"} & rule.keys()
    assert rule["fromPort"] == rule["toPort"] == (80 if tier is plain() else 443)
    assert rule["securityGroupId"] == group.outputs["id"]
    assert tier.one(BALANCER).inputs["securityGroups"] == [group.outputs["id"]]


@EVERY_KIND
def test_services_themselves_open_the_way_out_to_their_tasks(built: Callable[[], Built]) -> None:
    assert not built().of("vpc/securityGroupEgressRule:SecurityGroupEgressRule")


def test_with_a_domain_plain_http_is_only_redirected() -> None:
    http, https = named().one(LISTENER, "edge-http").inputs, named().one(LISTENER, "edge-https").inputs
    (redirect,) = http["defaultActions"]
    assert (http["port"], redirect["type"]) == (80, "redirect")
    assert redirect["redirect"] == {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}
    assert (https["port"], https["protocol"]) == (443, "HTTPS")
    assert https["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"


def test_the_https_listener_waits_for_its_certificate_to_be_valid() -> None:
    validation = named().one("acm/certificateValidation:CertificateValidation", "edge-origin-validation")
    certificate = named().one("acm/certificate:Certificate", "edge-origin")
    listener = named().one(LISTENER, "edge-https")
    assert listener.inputs["certificateArn"] == certificate.outputs["arn"]
    assert validation.urn in listener.property_dependencies["certificateArn"]
    assert validation.inputs["certificateArn"] == certificate.outputs["arn"]


def test_without_a_domain_there_is_no_https_listener_and_no_way_in_but_cloudfront() -> None:
    listener = plain().one(LISTENER).inputs
    assert (listener["port"], listener["protocol"]) == (80, "HTTP")
    assert plain().one(BALANCER).inputs["internal"] is True, "plain HTTP never leaves the VPC"


@EVERY_KIND
def test_a_path_that_no_service_asked_for_is_not_found(built: Callable[[], Built]) -> None:
    listener = next(one for one in built().of(LISTENER) if one.outputs["arn"] == built().handle["listener_arn"])
    (action,) = listener.inputs["defaultActions"]
    assert (action["type"], action["fixedResponse"]["statusCode"]) == ("fixed-response", "404")


def test_services_attach_to_https_with_a_domain_and_to_http_without() -> None:
    assert named().handle["listener_arn"] == named().one(LISTENER, "edge-https").outputs["arn"]
    assert plain().handle["listener_arn"] == plain().one(LISTENER, "edge-http").outputs["arn"]


def test_an_internal_load_balancer_stands_among_the_tasks() -> None:
    inputs = named().one(BALANCER).inputs
    assert inputs["internal"] is True
    assert inputs["subnets"] == ["subnet-app-a", "subnet-app-b"]
    assert not [one for one in named().of("route53/record:Record") if one.inputs["name"] == ORIGIN], (
        "CloudFront goes by its ARN; a record would tell the world its private addresses"
    )


def test_a_public_load_balancer_has_the_name_that_its_certificate_proves() -> None:
    balancer = public().one(BALANCER)
    assert balancer.inputs["internal"] is False
    assert balancer.inputs["subnets"] == ["subnet-public-a", "subnet-public-b"]
    record = public().one("route53/record:Record", "edge-origin-a").inputs
    assert (record["name"], record["type"], record["zoneId"]) == (ORIGIN, "A", ZONE)
    assert record["aliases"][0]["name"] == balancer.outputs["dnsName"]
    assert not public().of("cloudfront/vpcOrigin:VpcOrigin")


def test_a_change_of_scheme_needs_no_name_twice() -> None:
    # The new load balancer is made before the old one is deleted.
    assert public().one(BALANCER).inputs["name"] != plain().one(BALANCER).inputs["name"]


def test_the_idle_timeout_is_the_settings() -> None:
    assert build({"idleTimeout": 120}).one(BALANCER).inputs["idleTimeout"] == 120
