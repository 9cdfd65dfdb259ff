"""What a stack wants to rent, and what is on offer."""

from __future__ import annotations

from typing import Any

import pytest

from account.preflight.checks import offers
from account.preflight.look import Check
from account.preflight.verdict import Outcome
from tests.account.preflight.world import DENIED, THROTTLED, Refused, lines, outcomes, resource, subject, world

TYPES, IMAGE, ENGINES, CLASSES, CACHES, NODES, KUBERNETES = offers.checks()
GROUP = resource(
    "aws:autoscaling/group:Group",
    vpcZoneIdentifiers=["subnet-a"],
    mixedInstancesPolicy={
        "launchTemplate": {"overrides": [{"instanceType": "c7g.xlarge"}, {"instanceType": "m7g.xlarge"}]}
    },
)
TEMPLATE = resource("aws:ec2/launchTemplate:LaunchTemplate", imageId="resolve:ssm:/aws/service/ecs/image_id")
SUBNET = resource("aws:ec2/subnet:Subnet", "subnet-a", availabilityZone="ap-south-1a")
CLUSTER = resource(
    "aws:rds/cluster:Cluster",
    clusterIdentifier="saleday-test-orders",
    engine="aurora-postgresql",
    engineVersion="17.7",
    dbClusterParameterGroupName="parameters",
)
PARAMETERS = resource(
    "aws:rds/clusterParameterGroup:ClusterParameterGroup", name="parameters", family="aurora-postgresql17"
)
INSTANCE = resource(
    "aws:rds/clusterInstance:ClusterInstance",
    clusterIdentifier="saleday-test-orders",
    engine="aurora-postgresql",
    instanceClass="db.r7g.large",
    availabilityZone="ap-south-1a",
)
CACHE = resource(
    "aws:elasticache/replicationGroup:ReplicationGroup",
    engine="valkey",
    engineVersion="8.2",
    nodeType="cache.r7g.large",
    parameterGroupName="parameters",
)
CACHE_PARAMETERS = resource("aws:elasticache/parameterGroup:ParameterGroup", name="parameters", family="valkey8")
EKS = resource("aws:eks/cluster:Cluster", name="saleday-test", version="1.35")
ADDON = resource("aws:eks/addon:Addon", addonName="metrics-server")
ALL = subject(GROUP, TEMPLATE, SUBNET, CLUSTER, PARAMETERS, INSTANCE, CACHE, CACHE_PARAMETERS, EKS, ADDON)


@pytest.mark.parametrize("check", offers.checks())
@pytest.mark.parametrize("refused", [DENIED, THROTTLED])
def test_what_is_refused_is_not_known(check: Check, refused: Refused) -> None:
    answers = {f"{read.service}.{read.operation}": refused for read in check.reads}
    assert outcomes(check, ALL, world(answers)) == [Outcome.NOT_KNOWN]


def offered(*pairs: tuple[str, str]) -> dict[str, Any]:
    return {
        "ec2.describe_instance_type_offerings": {
            "InstanceTypeOfferings": [{"InstanceType": kind, "Location": zone} for kind, zone in pairs]
        }
    }


def test_types_have_to_be_on_offer_in_a_zone_of_the_stack() -> None:
    everything = offered(("c7g.xlarge", "ap-south-1a"), ("m7g.xlarge", "ap-south-1a"))
    assert outcomes(TYPES, ALL, world(everything)) == [Outcome.HOLDS]
    fails, holds = lines(TYPES, ALL, world(offered(("c7g.xlarge", "ap-south-1a"), ("m7g.xlarge", "ap-south-1b"))))
    assert fails.text == "m7g.xlarge: none of the stack's zones has it"
    assert holds.outcome is Outcome.HOLDS
    texts = [line.text for line in lines(TYPES, ALL, world(offered()))]
    assert "ap-south-1a has none of the types" in texts


@pytest.mark.parametrize(
    ("found", "outcome"), [([{"Name": "/aws/service/ecs/image_id"}], Outcome.HOLDS), ([], Outcome.FAILS)]
)
def test_the_machine_image_has_to_be_published(found: list[object], outcome: Outcome) -> None:
    assert outcomes(IMAGE, ALL, world({"ssm.get_parameters": {"Parameters": found}})) == [outcome]


def engine(**fields: str) -> dict[str, Any]:
    row = {"EngineVersion": "17.7", "DBParameterGroupFamily": "aurora-postgresql17", "Status": "available"} | fields

    def answer(EngineVersion: str = "", **_: Any) -> dict[str, Any]:  # noqa: N803 - AWS's own names
        return {"DBEngineVersions": [row] if row["EngineVersion"] == EngineVersion or not EngineVersion else []}

    return {"rds.describe_db_engine_versions": answer}


@pytest.mark.parametrize(
    ("row", "outcome", "says"),
    [
        ({}, Outcome.HOLDS, "aurora-postgresql 17.7 is offered"),
        ({"EngineVersion": "17.9"}, Outcome.FAILS, "aurora-postgresql 17.7 is not offered"),
        ({"Status": "deprecated"}, Outcome.FAILS, "is not for new clusters any more"),
        (
            {"DBParameterGroupFamily": "aurora-postgresql18"},
            Outcome.FAILS,
            "aurora-postgresql18, not aurora-postgresql17",
        ),
    ],
)
def test_engine_versions_have_to_be_offered(row: dict[str, str], outcome: Outcome, says: str) -> None:
    (line,) = lines(ENGINES, ALL, world(engine(**row)))
    assert line.outcome is outcome
    assert says in line.text


def test_the_remedy_names_awss_default_version() -> None:
    (line,) = lines(ENGINES, ALL, world(engine(EngineVersion="17.9")))
    assert line.remedy == "set saleday:data.databases[orders].engineVersion to one that is, 17.9 is AWS's default"


@pytest.mark.parametrize(
    ("options", "outcome"),
    [
        ([["ap-south-1a"]], Outcome.HOLDS),
        ([["ap-south-1b"], ["ap-south-1a"]], Outcome.HOLDS),
        ([["ap-south-1b"]], Outcome.FAILS),
        ([], Outcome.FAILS),
        ([[]], Outcome.NOT_KNOWN),
    ],
)
def test_instance_classes_have_to_be_offered_in_every_zone(options: list[list[str]], outcome: Outcome) -> None:
    listed = [{"AvailabilityZones": [{"Name": zone} for zone in zones]} for zones in options]
    answers = {"rds.describe_orderable_db_instance_options": {"OrderableDBInstanceOptions": listed}}
    assert outcomes(CLASSES, ALL, world(answers)) == [outcome]


@pytest.mark.parametrize(
    ("version", "family", "outcome"),
    [
        ("8.2", "valkey8", Outcome.HOLDS),
        ("8.2.1", "valkey8", Outcome.HOLDS),
        ("8.21", "valkey8", Outcome.FAILS),
        ("8.2", "valkey9", Outcome.FAILS),
    ],
)
def test_cache_engines_have_to_be_offered(version: str, family: str, outcome: Outcome) -> None:
    row = {"EngineVersion": version, "CacheParameterGroupFamily": family}
    answers = {"elasticache.describe_cache_engine_versions": {"CacheEngineVersions": [row]}}
    assert outcomes(CACHES, ALL, world(answers)) == [outcome]


@pytest.mark.parametrize(("sold", "outcome"), [(["cache.r7g.large"], Outcome.HOLDS), ([], Outcome.NOT_KNOWN)])
def test_node_types_are_looked_for_among_reservations(sold: list[str], outcome: Outcome) -> None:
    offerings = [{"CacheNodeType": kind} for kind in sold]
    answers = {"elasticache.describe_reserved_cache_nodes_offerings": {"ReservedCacheNodesOfferings": offerings}}
    assert outcomes(NODES, ALL, world(answers)) == [outcome]


@pytest.mark.parametrize(
    ("status", "addons", "expected"),
    [
        ("STANDARD_SUPPORT", ["metrics-server"], [Outcome.HOLDS, Outcome.HOLDS]),
        ("STANDARD_SUPPORT", [], [Outcome.HOLDS, Outcome.FAILS]),
        ("UNSUPPORTED", ["metrics-server"], [Outcome.FAILS]),
    ],
)
def test_kubernetes_and_its_add_ons_have_to_be_offered(status: str, addons: list[str], expected: list[Outcome]) -> None:
    answers = {
        "eks.describe_cluster_versions": {"clusterVersions": [{"clusterVersion": "1.35", "versionStatus": status}]},
        "eks.describe_addon_versions": {"addons": [{"addonName": name} for name in addons]},
    }
    assert outcomes(KUBERNETES, ALL, world(answers)) == expected
