"""Services on instances of EC2: what the instances are, how they come and go, and how tasks get onto them."""

from __future__ import annotations

import base64
import functools
from collections.abc import Mapping
from typing import Any

import pulumi_aws as aws
import pytest

from components.keys import Keys, KeysArgs
from devtools.recording.recorder import record
from specs.compute import CustomMetric, Instances
from tests.components.service_tier import HOURS, SHOP, Built, build, shop
from tests.components.shared import DATA_KEY, site, statements

GROUP = "autoscaling/group:Group"
POLICY = "autoscaling/policy:Policy"
PROVIDER = "ecs/capacityProvider:CapacityProvider"
TEMPLATE = "ec2/launchTemplate:LaunchTemplate"


@functools.cache
def on_instances() -> Built:
    """The shop with ui (partly on Spot) and cart on instances, the rest on Fargate."""
    return build([placed(service) if service["name"] in ("ui", "cart") else service for service in SHOP])


def placed(service: Mapping[str, Any]) -> dict[str, Any]:
    return {**service, "compute": "ec2"}


def template() -> dict[str, Any]:
    return dict(on_instances().one(TEMPLATE, "services-instances-template").inputs)


def group(kind: str, built: Built | None = None) -> dict[str, Any]:
    return dict((built or on_instances()).one(GROUP, f"services-instances-{kind}").inputs)


def tracking(kind: str, built: Built | None = None) -> dict[str, dict[str, Any]]:
    prefix = f"services-instances-{kind}-"
    policies = [one for one in (built or on_instances()).of(POLICY) if one.name.startswith(prefix)]
    return {one.name.removeprefix(prefix): one.inputs["targetTrackingConfiguration"] for one in policies}


def test_without_a_service_on_instances_there_is_none() -> None:
    built = shop()
    for token in (GROUP, PROVIDER, TEMPLATE):
        assert not built.of(token), token


def test_instances_are_hardened() -> None:
    inputs = template()
    metadata = inputs["metadataOptions"]
    assert (metadata["httpTokens"], metadata["httpPutResponseHopLimit"]) == ("required", 1), "not even its containers"
    [interface] = inputs["networkInterfaces"]
    assert interface["associatePublicIpAddress"] == "false"
    [disk] = inputs["blockDeviceMappings"]
    assert disk["ebs"]["volumeType"] == "gp3"
    assert (disk["ebs"]["encrypted"], disk["ebs"]["kmsKeyId"]) == ("true", DATA_KEY)
    assert "keyName" not in inputs, "people come in by Systems Manager, which records it"
    patched = {one["resourceType"]: one["tags"].get("PatchGroup") for one in inputs["tagSpecifications"]}
    assert patched["instance"] == "saleday-dev", "without it no patch would reach the instance"
    for kinds in inputs["tagSpecifications"]:
        assert {"Project", "Stack", "Tier", "Owner", "CostCentre", "DataClass"} <= kinds["tags"].keys()


def test_instances_run_aws_own_image_for_graviton_found_by_its_public_parameter() -> None:
    assert template()["imageId"].startswith("resolve:ssm:/aws/service/ecs/optimized-ami/")
    assert "arm64" in template()["imageId"]


def test_the_agent_joins_the_cluster_and_leaves_before_spot_takes_the_instance() -> None:
    script = base64.b64decode(template()["userData"]).decode()
    assert "ECS_CLUSTER=saleday-dev\n" in script
    assert "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true\n" in script
    assert "ECS_WARM_POOLS_CHECK=true\n" in script, "or instances would register while the pool only prepares them"
    assert "ECS_AWSVPC_BLOCK_IMDS=true\n" in script


def test_an_instance_leaves_by_https_alone_and_nobody_reaches_it() -> None:
    """By an endpoint alone it would not: AWS offers none for the API that configures Service Connect's relay."""
    built = on_instances()
    own = built.one("ec2/securityGroup:SecurityGroup", "services-instances-group").outputs["id"]
    ingress = built.of("vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert not [one for one in ingress if one.inputs["securityGroupId"] == own]
    egress = [one.inputs for one in built.of("vpc/securityGroupEgressRule:SecurityGroupEgressRule")]
    out = [rule for rule in egress if rule["securityGroupId"] == own]
    assert [rule["cidrIpv4"] for rule in out] == ["0.0.0.0/0"]
    assert {(rule["fromPort"], rule["toPort"]) for rule in out} == {(443, 443)}


def test_the_agents_role_works_in_this_cluster_alone() -> None:
    statements = on_instances().statements("instances")
    assert statements["RegisterInCluster"]["Resource"] == ["arn:aws:ecs:ap-south-1:123456789012:cluster/saleday-dev"]
    [instances] = statements["WorkInCluster"]["Resource"]
    assert instances.endswith(":container-instance/saleday-dev/*")
    star = [sid for sid, statement in statements.items() if statement["Resource"] == ["*"]]
    assert star == ["FindEndpoint"], "DiscoverPollEndpoint takes no resource"
    actions = {action for statement in statements.values() for action in statement["Action"]}
    assert not [action for action in actions if action.startswith(("ecr:", "logs:"))], "tasks have a role for these"


def test_what_keeps_something_stays_on_demand_with_a_warm_pool() -> None:
    inputs = group("ondemand")
    spread = inputs["mixedInstancesPolicy"]["instancesDistribution"]
    assert spread["onDemandPercentageAboveBaseCapacity"] == 100
    assert inputs["capacityRebalance"] is False
    assert inputs["warmPool"]["poolState"] == "Stopped"
    assert inputs["warmPool"]["minSize"] == 2


def test_spot_comes_above_an_on_demand_base_where_it_is_least_likely_taken_back() -> None:
    inputs = group("spot")
    spread = inputs["mixedInstancesPolicy"]["instancesDistribution"]
    assert (spread["onDemandBaseCapacity"], spread["onDemandPercentageAboveBaseCapacity"]) == (1, 0)
    assert spread["spotAllocationStrategy"] == "price-capacity-optimized"
    assert inputs["capacityRebalance"] is True
    assert "warmPool" not in inputs, "a warm pool holds no Spot"
    assert len(inputs["mixedInstancesPolicy"]["launchTemplate"]["overrides"]) >= 2


@pytest.mark.parametrize("kind", ["ondemand", "spot"])
def test_groups_span_the_zones_and_leave_taking_away_to_ecs(kind: str) -> None:
    inputs = group(kind)
    assert inputs["vpcZoneIdentifiers"] == ["subnet-app-a", "subnet-app-b"]
    assert inputs["protectFromScaleIn"] is True
    resource = on_instances().one(GROUP, f"services-instances-{kind}")
    assert resource.ignore_changes == ["desiredCapacity"], "a deployment does not reset what scaling has set"
    provider = on_instances().one(PROVIDER, f"services-instances-{kind}-provider").inputs["autoScalingGroupProvider"]
    assert provider["managedTerminationProtection"] == provider["managedDraining"] == "ENABLED"
    assert provider["managedScaling"]["status"] == "ENABLED"


@pytest.mark.parametrize("kind", ["ondemand", "spot"])
def test_groups_follow_cpu_network_and_a_custom_metric_and_only_add(kind: str) -> None:
    policies = tracking(kind)
    assert set(policies) == {"cpu", "network-in", "network-out", "custom"}
    assert all(one["disableScaleIn"] is True for one in policies.values()), "ECS knows where tasks run"
    followed = {one["predefinedMetricSpecification"]["predefinedMetricType"] for one in policies.values() if
                "predefinedMetricSpecification" in one}  # fmt: skip
    assert followed == {"ASGAverageCPUUtilization", "ASGAverageNetworkIn", "ASGAverageNetworkOut"}
    assert policies["network-in"]["targetValue"] == 6000 * 1_000_000, "CloudWatch counts bytes"
    custom = policies["custom"]["customizedMetricSpecification"]
    assert (custom["namespace"], custom["metricName"]) == ("AWS/ECS", "MemoryReservation")
    assert custom["metricDimensions"] == [{"name": "ClusterName", "value": "saleday-dev"}]


def test_settings_decide_on_sizes_and_metrics() -> None:
    metric = CustomMetric(namespace="Shop", name="Sessions", dimensions={"Tier": "web"}, target=500)
    settings = Instances(min=0, max=7, warm=0, custom_metric=metric, max_age_days=30)
    built = build([placed(SHOP[2])], instances=settings)
    inputs = group("ondemand", built)
    assert (inputs["minSize"], inputs["maxSize"], inputs["maxInstanceLifetime"]) == (0, 7, 30 * 86_400)
    assert "warmPool" not in inputs
    assert not [one for one in built.of(GROUP) if "spot" in one.name], "nobody asks for Spot"
    custom = tracking("ondemand", built)["custom"]
    assert custom["targetValue"] == 500
    assert custom["customizedMetricSpecification"]["metricDimensions"] == [{"name": "Tier", "value": "web"}]


def test_a_full_group_rings() -> None:
    alarm = on_instances().one("cloudwatch/metricAlarm:MetricAlarm", "services-instances-spot-at-maximum").inputs
    assert (alarm["metricName"], alarm["threshold"]) == ("GroupDesiredCapacity", 20)
    assert alarm["alarmActions"]


def test_tasks_are_placed_by_their_own_settings_and_keep_everything_else() -> None:
    ui, cart, catalog = (on_instances().ecs_service(name) for name in ("ui", "cart", "catalog"))
    assert ui["capacityProviderStrategies"] == [
        {"capacityProvider": "saleday-dev-ondemand", "base": 2, "weight": 3},
        {"capacityProvider": "saleday-dev-spot", "weight": 1},
    ]
    assert [one["capacityProvider"] for one in cart["capacityProviderStrategies"]] == ["saleday-dev-ondemand"]
    assert [one["capacityProvider"] for one in catalog["capacityProviderStrategies"]] == ["FARGATE"]
    for service in (ui, cart):
        assert "platformVersion" not in service, "only Fargate has one; ECS refuses it elsewhere"
        first = service["orderedPlacementStrategies"][0]
        assert first == {"type": "spread", "field": "attribute:ecs.availability-zone"}, "rebalancing asks for it"
    assert "orderedPlacementStrategies" not in catalog, "Fargate refuses it"
    for key in ("deploymentCircuitBreaker", "alarms", "serviceConnectConfiguration", "networkConfiguration"):
        assert ui[key].keys() == shop().ecs_service("ui")[key].keys(), key
    assert shop().flows() <= on_instances().flows(), "who talks to whom does not depend on where they run"


def test_a_task_definition_says_where_it_can_run() -> None:
    for name, kinds in (("ui", ["EC2"]), ("catalog", ["FARGATE"])):
        definition = on_instances().one("ecs/taskDefinition:TaskDefinition", f"services-{name}-task").inputs
        assert definition["requiresCompatibilities"] == kinds
        assert definition["networkMode"] == "awsvpc", "a security group for each service"


def test_the_cluster_knows_the_groups_before_services_name_them() -> None:
    attached = on_instances().one("ecs/clusterCapacityProviders:ClusterCapacityProviders", "services-capacity").inputs
    assert attached["capacityProviders"] == ["FARGATE", "FARGATE_SPOT", "saleday-dev-ondemand", "saleday-dev-spot"]


def test_outside_operating_hours_instances_may_go_down_to_nothing() -> None:
    built = build([placed(SHOP[2])], hours=HOURS)
    switches = {one.name.rpartition("-")[2]: one.inputs for one in built.of("autoscaling/schedule:Schedule")}
    assert {name: one["minSize"] for name, one in switches.items()} == {"on": 2, "off": 0}
    assert switches["off"]["recurrence"] == "15 20 * * MON-FRI"
    assert switches["off"]["timeZone"] == "Asia/Kolkata"
    assert switches["off"]["maxSize"] == switches["off"]["desiredCapacity"] == -1, "left as they are"


def test_a_deployment_at_night_leaves_the_groups_free_to_be_empty() -> None:
    night = build([placed(SHOP[2])], hours=HOURS, is_off=True)
    assert [one.inputs["minSize"] for one in night.of("autoscaling/group:Group")] == [0]


def test_the_key_of_the_volumes_admits_the_role_of_this_stacks_groups_alone() -> None:
    def program() -> None:
        edge = aws.Provider("edge", region="us-east-1")
        Keys("keys", KeysArgs(site=site(), edge_provider=edge, launches_instances=True))

    recorded = record(program)
    role = recorded.one("aws:iam/serviceLinkedRole:ServiceLinkedRole").inputs
    assert (role["awsServiceName"], role["customSuffix"]) == ("autoscaling.amazonaws.com", "saleday-dev")
    key = recorded.one("aws:kms/key:Key", "keys-data")
    policy = statements(key.inputs["policy"])
    arn = group("ondemand")["serviceLinkedRoleArn"]
    assert policy["AutoScalingEncryptsVolumes"]["Principal"] == policy["AutoScalingGrantsVolumes"]["Principal"]
    assert policy["AutoScalingEncryptsVolumes"]["Principal"] == {"AWS": arn}
    assert policy["AutoScalingGrantsVolumes"]["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    assert any("serviceLinkedRole" in urn for urn in key.dependencies), "KMS refuses a principal that does not exist"
