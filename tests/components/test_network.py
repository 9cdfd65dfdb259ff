"""The network: three tiers in each zone, fenced, with private ways to AWS and nothing open by default."""

from __future__ import annotations

import json
from ipaddress import IPv4Network
from typing import Any

import pytest

from components.network import Vpc, VpcArgs, endpoints, nacl
from devtools.recording.recorded import Recorded
from devtools.recording.recorder import record
from specs import addresses
from specs.addresses import MAX_ZONES
from specs.compute import ComputeKind
from specs.network import Network
from specs.stores import caches, databases
from tests.components.shared import key, site
from tests.some import some

ZONES = ("a", "b", "c")
SITE = site(stack="test", zones=ZONES)
ANYWHERE = "0.0.0.0/0"


def build(network: Network | None = None, *, takes_customers: bool = False) -> Recorded:
    chosen = network or Network(zones=ZONES)

    def program() -> None:
        Vpc(
            "net",
            VpcArgs(
                site=SITE,
                network=chosen,
                plan=addresses.plan(chosen, 100),
                store_ports=(3306, 6379),
                takes_customers=takes_customers,
                logs_key=key("logs", stack="test"),
            ),
        )

    return record(program)


@pytest.fixture(scope="module")
def built() -> Recorded:
    return build()


def test_the_skeleton_takes_the_plans_own_blocks(built: Recorded) -> None:
    inputs = built.one("awsx:ec2:Vpc").inputs
    plan = addresses.plan(Network(zones=ZONES), 100)
    assert {spec["name"]: spec["cidrBlocks"] for spec in inputs["subnetSpecs"]} == {
        "public": [str(cidr) for cidr in plan.public],
        "app": [str(cidr) for cidr in plan.app],
        "data": [str(cidr) for cidr in plan.data],
    }
    assert {spec["name"]: spec["type"] for spec in inputs["subnetSpecs"]}["data"] == "Isolated"
    assert inputs["subnetStrategy"] == "Auto", "without a strategy awsx ignores the blocks"
    assert inputs["availabilityZoneNames"] == list(SITE.zones), "zones go by name, never by number"


@pytest.mark.parametrize(("nat", "strategy"), [("perZone", "OnePerAz"), ("single", "Single"), ("none", "None")])
def test_nat_gateways_follow_the_setting(nat: Any, strategy: str) -> None:
    recorded = build(Network(zones=ZONES, nat=nat))
    assert recorded.one("awsx:ec2:Vpc").inputs["natGateways"]["strategy"] == strategy


def test_the_default_security_group_admits_nothing(built: Recorded) -> None:
    inputs = built.one("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup").inputs
    assert (inputs["ingress"], inputs["egress"]) == ([], [])


def test_each_tier_has_a_nacl_and_every_rule_is_tcp(built: Recorded) -> None:
    assert {acl.name for acl in built.of("aws:ec2/networkAcl:NetworkAcl")} == {"net-public", "net-app", "net-data"}
    rules = built.of("aws:ec2/networkAclRule:NetworkAclRule")
    assert {rule.inputs["protocol"] for rule in rules} == {"tcp"}


def test_the_data_tier_is_open_to_the_vpc_only_and_on_the_stores_ports() -> None:
    plan = addresses.layout(IPv4Network("10.0.0.0/16"), 3)
    rules = nacl.data_tier(plan.app, plan.data, (3306, 6379))
    assert all(rule.cidr.subnet_of(plan.vpc) for rule in rules), "nothing beyond the VPC, neither in nor out"
    from_app = [rule for rule in rules if not rule.egress and any(rule.cidr.overlaps(app) for app in plan.app)]
    assert {(rule.first_port, rule.last_port) for rule in from_app} == {(3306, 3306), (6379, 6379)}
    assert all(not any(rule.cidr.overlaps(public) for public in plan.public) for rule in rules)


# VPC user guide, "Amazon VPC quotas": 20 rules of a network ACL in each direction, in every account.
MAX_RULES = 20


@pytest.mark.parametrize("takes_customers", [True, False])
def test_no_nacl_outgrows_its_quota_however_subnets_lie(takes_customers: bool) -> None:
    scattered = list(IPv4Network("10.0.0.0/16").subnets(new_prefix=24))[::2]  # no two of them join
    ports = (*databases.PORTS.values(), caches.PORT, caches.SERVERLESS_READ_PORT)
    tables = [
        nacl.public_tier(IPv4Network("10.0.0.0/16"), takes_customers=takes_customers),
        nacl.app_tier(IPv4Network("10.0.0.0/16"), takes_origin_traffic=not takes_customers),
        nacl.data_tier(scattered[:MAX_ZONES], scattered[MAX_ZONES : 2 * MAX_ZONES], ports),
    ]
    for rules in some(tables):
        for egress in (False, True):
            assert len([rule for rule in rules if rule.egress is egress]) <= MAX_RULES


def test_stores_answer_on_each_of_their_ports_and_on_no_other() -> None:
    plan = addresses.layout(IPv4Network("10.0.0.0/16"), 1)
    rules = nacl.data_tier(plan.app, plan.data, (6380, 3306, 6379))
    from_app = [(rule.first_port, rule.last_port) for rule in rules if not rule.egress and rule.cidr == plan.app[0]]
    assert from_app == [(3306, 3306), (6379, 6380)]


@pytest.mark.parametrize("takes_customers", [True, False])
def test_no_nacl_lets_the_internet_reach_an_admin_port(takes_customers: bool) -> None:
    vpc = IPv4Network("10.0.0.0/16")
    rules = [
        *nacl.public_tier(vpc, takes_customers=takes_customers),
        *nacl.app_tier(vpc, takes_origin_traffic=True),
    ]
    for port in (22, 3389):
        reachable = [
            rule
            for rule in rules
            if not rule.egress and rule.cidr == nacl.ANYWHERE and rule.first_port <= port <= rule.last_port
        ]
        assert not reachable, f"port {port}"


def test_the_public_tier_is_open_to_customers_only_where_it_takes_them() -> None:
    vpc = IPv4Network("10.0.0.0/16")

    def from_anywhere(takes_customers: bool) -> set[int]:
        rules = nacl.public_tier(vpc, takes_customers=takes_customers)
        return {rule.first_port for rule in rules if not rule.egress and rule.cidr == nacl.ANYWHERE}

    assert {80, 443} <= from_anywhere(True)
    assert not {80, 443} & from_anywhere(False)


def test_the_app_tier_lets_cloudfront_in_and_answers_it_only_where_it_has_the_load_balancer() -> None:
    vpc = IPv4Network("10.0.0.0/16")
    for behind_cloudfront in (True, False):
        rules = nacl.app_tier(vpc, takes_origin_traffic=behind_cloudfront)
        ways_in = {rule.first_port for rule in rules if not rule.egress and rule.cidr == nacl.ANYWHERE}
        answers = [rule for rule in rules if rule.egress and rule.first_port == 1024]
        assert ({80, 443} <= ways_in) is behind_cloudfront
        assert all((rule.cidr == nacl.ANYWHERE) is behind_cloudfront for rule in answers)


def test_rule_numbers_are_unique_in_each_direction() -> None:
    rules = nacl.numbered(nacl.app_tier(IPv4Network("10.0.0.0/16"), takes_origin_traffic=True))
    for egress in (True, False):
        numbers = [number for number, rule in rules if rule.egress is egress]
        assert len(set(numbers)) == len(numbers) > 0


def test_every_endpoint_has_a_policy_of_named_actions_for_this_account(built: Recorded) -> None:
    endpoints = built.of("aws:ec2/vpcEndpoint:VpcEndpoint")
    names = {endpoint.inputs["serviceName"].removeprefix("com.amazonaws.ap-south-1.") for endpoint in endpoints}
    assert {"s3", "dynamodb", "ecr.api", "ecr.dkr", "logs", "secretsmanager", "sqs", "kms", "xray", "ssm"} == names
    for endpoint in endpoints:
        for statement in json.loads(endpoint.inputs["policy"])["Statement"]:
            assert not any("*" in action for action in statement["Action"]), endpoint.name
            if statement["Sid"] != "ImageLayers":
                assert statement["Condition"]["StringEquals"]["aws:PrincipalAccount"] == "123456789012"


def test_image_layers_are_read_by_whoever_ecr_signed_the_request_as(built: Recorded) -> None:
    """ECR signs the URLs of layers as an account of its own (data-perimeter-policy-examples, ECR guidance)."""
    s3 = next(one for one in built.of("aws:ec2/vpcEndpoint:VpcEndpoint") if one.inputs["serviceName"].endswith(".s3"))
    [layers] = [one for one in json.loads(s3.inputs["policy"])["Statement"] if one["Sid"] == "ImageLayers"]
    assert "Condition" not in layers
    assert layers["Action"] == ["s3:GetObject"]
    assert layers["Resource"] == ["arn:aws:s3:::prod-ap-south-1-starport-layer-bucket/*"]


def test_what_services_run_on_decides_on_further_endpoints() -> None:
    plain = endpoints.interface_actions({"fargate"})
    assert plain == endpoints.INTERFACE_ACTIONS
    instances, kubernetes = endpoints.interface_actions({"ec2"}), endpoints.interface_actions({"eks", "fargate"})
    assert instances.keys() - plain.keys() == {"ecs", "ecs-agent", "ecs-telemetry", "ssmmessages"}
    assert kubernetes.keys() - plain.keys() == {"ec2", "eks", "eks-auth", "monitoring", "sts"}
    assert set(plain["ssm"]) < set(instances["ssm"]), "tasks' parameters and the instances' agent"
    for actions in (*instances.values(), *kubernetes.values()):
        assert not [action for action in actions if "*" in action]


def test_only_instances_get_packages_and_nobody_another_bucket_of_aws() -> None:
    def readable(compute: set[ComputeKind]) -> list[str]:
        document = json.loads(endpoints.policy(SITE, "s3", endpoints.GATEWAY_ACTIONS["s3"], compute))
        return [arn for one in document["Statement"] if one["Sid"] == "SystemPackages" for arn in one["Resource"]]

    assert not readable({"fargate", "eks"})
    assert "arn:aws:s3:::al2023-repos-ap-south-1-de612dc2/*" in readable({"ec2"})
    assert "arn:aws:s3:::aws-patch-manager-ap-south-1-cb7c62ff9/*" in readable({"ec2"})
    assert all(arn.endswith("/*") and "ap-south-1" in arn for arn in readable({"ec2"}))


def test_interface_endpoints_can_be_kept_to_one_zone() -> None:
    def subnets(recorded: Recorded) -> set[int]:
        endpoints = recorded.of("aws:ec2/vpcEndpoint:VpcEndpoint")
        return {len(one.inputs["subnetIds"]) for one in endpoints if one.inputs["vpcEndpointType"] == "Interface"}

    assert subnets(build()) == {3}
    assert subnets(build(Network(zones=ZONES, endpoints="firstZone"))) == {1}


def test_endpoints_admit_only_https_from_the_app_subnets(built: Recorded) -> None:
    rules = built.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    app = {str(cidr) for cidr in addresses.layout(IPv4Network("10.0.0.0/16"), 3).app}
    assert {rule.inputs["cidrIpv4"] for rule in rules} == app
    assert {(rule.inputs["fromPort"], rule.inputs["toPort"]) for rule in rules} == {(443, 443)}
    assert not built.of("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"), "endpoints open no connections"


def test_all_traffic_is_logged_to_an_encrypted_group_with_an_end(built: Recorded) -> None:
    flow = built.one("aws:ec2/flowLog:FlowLog").inputs
    group = built.one("aws:cloudwatch/logGroup:LogGroup").inputs
    assert (flow["trafficType"], flow["logDestinationType"]) == ("ALL", "cloud-watch-logs")
    assert group["kmsKeyId"].endswith("key/logs")
    assert group["retentionInDays"] == 90
