"""Aurora clusters of the data tier."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.components.data_tier import ROTATES, ZONES, Built, build, small
from tests.components.shared import DATA_KEY, LOGS_KEY, REGION

FULL_ZONES = [f"{REGION}{zone}" for zone in ZONES]
CLUSTER = "rds/cluster:Cluster"
INSTANCE = "rds/clusterInstance:ClusterInstance"


def database(**fields: Any) -> Built:
    """A tier with one MySQL database and nothing else."""
    settings = {"name": "catalog", "engine": "aurora-mysql", "databaseName": "catalogdb"} | fields
    return build({"databases": [settings]})


def test_nobody_ever_knows_the_master_password() -> None:
    cluster = small().one(CLUSTER).inputs
    assert cluster["manageMasterUserPassword"] is True, "RDS makes and rotates it"
    assert cluster["masterUserSecretKmsKeyId"] == DATA_KEY
    assert not [name for name in cluster if name.startswith("masterPassword")], "a password would be in the state"


def test_a_cluster_is_encrypted_and_signs_in_by_iam() -> None:
    cluster = small().one(CLUSTER).inputs
    assert cluster["storageEncrypted"] is True
    assert cluster["kmsKeyId"] == DATA_KEY
    assert cluster["performanceInsightsKmsKeyId"] == DATA_KEY, "statements in Insights are data too"
    assert cluster["iamDatabaseAuthenticationEnabled"] is True


@pytest.mark.parametrize(
    ("engine", "family", "parameter", "value"),
    [
        ("aurora-mysql", "aurora-mysql8.0", "require_secure_transport", "ON"),
        ("aurora-postgresql", "aurora-postgresql17", "rds.force_ssl", "1"),
    ],
)
def test_a_cluster_refuses_clear_text(engine: str, family: str, parameter: str, value: str) -> None:
    built = database(engine=engine)
    group = built.one("rds/clusterParameterGroup:ClusterParameterGroup").inputs
    assert group["family"] == family, "a group of another family is refused"
    assert {item["name"]: item["value"] for item in group["parameters"]}[parameter] == value
    assert built.one(CLUSTER).inputs["dbClusterParameterGroupName"] == group["name"], "else nobody uses it"


def test_production_outlives_mistakes() -> None:
    cluster = small(production=True).one(CLUSTER).inputs
    assert cluster["deletionProtection"] is True
    assert cluster["skipFinalSnapshot"] is False
    assert cluster["finalSnapshotIdentifier"] == "saleday-prod-catalog-final"
    assert cluster["deleteAutomatedBackups"] is False
    assert cluster["applyImmediately"] is False, "changes wait for the maintenance window"
    assert cluster["databaseInsightsMode"] == "advanced"
    assert cluster["performanceInsightsRetentionPeriod"] == 465, "Advanced mode accepts no shorter history"


def test_development_is_destroyed_without_hand_work() -> None:
    cluster = small().one(CLUSTER).inputs
    assert cluster["deletionProtection"] is False
    assert cluster["skipFinalSnapshot"] is True
    assert "finalSnapshotIdentifier" not in cluster
    assert cluster["deleteAutomatedBackups"] is True


def test_writer_and_readers_stand_in_zones_of_their_own() -> None:
    instances = database(readers=2).of(INSTANCE)
    assert [one.inputs["availabilityZone"] for one in instances] == FULL_ZONES
    assert [one.inputs["promotionTier"] for one in instances] == [0, 1, 2], "the first reader takes over first"
    assert not any(one.inputs["publiclyAccessible"] for one in instances)


def test_more_instances_than_zones_start_over_with_names_of_their_own() -> None:
    instances = database(readers=3).of(INSTANCE)
    assert {one.inputs["identifier"]: one.inputs["availabilityZone"] for one in instances} == {
        "saleday-dev-catalog-a": FULL_ZONES[0],
        "saleday-dev-catalog-b": FULL_ZONES[1],
        "saleday-dev-catalog-c": FULL_ZONES[2],
        "saleday-dev-catalog-a2": FULL_ZONES[0],
    }


def test_one_more_zone_renames_no_instance_in_use() -> None:
    data = {"databases": [{"name": "catalog", "engine": "aurora-mysql", "databaseName": "c", "readers": 1}]}
    before = {one.inputs["identifier"] for one in build(data, zones=ZONES[:2]).of(INSTANCE)}
    after = {one.inputs["identifier"] for one in build(data, zones=ZONES).of(INSTANCE)}
    assert before == after == {"saleday-dev-catalog-a", "saleday-dev-catalog-b"}


def test_a_database_is_serverless_unless_a_class_is_named() -> None:
    built = small()
    assert built.one(CLUSTER).inputs["serverlessv2ScalingConfiguration"] == {"minCapacity": 0.5, "maxCapacity": 4}
    assert {one.inputs["instanceClass"] for one in built.of(INSTANCE)} == {"db.serverless"}

    provisioned = database(provisioned={"instanceClass": "db.r7g.large"})
    assert "serverlessv2ScalingConfiguration" not in provisioned.one(CLUSTER).inputs
    assert {one.inputs["instanceClass"] for one in provisioned.of(INSTANCE)} == {"db.r7g.large"}
    assert provisioned.handles["databases.catalog"]["instance_class"] == "db.r7g.large"


def test_small_classes_that_have_no_insights_get_none() -> None:
    cluster = database(provisioned={"instanceClass": "db.t3.medium"}).one(CLUSTER).inputs
    assert cluster["performanceInsightsEnabled"] is False, "Aurora MySQL refuses it on db.t3"
    assert [name for name in cluster if "nsights" in name] == ["performanceInsightsEnabled"]


@pytest.mark.parametrize(
    ("engine", "version", "asked", "upgrades"),
    [
        ("aurora-mysql", None, "8.0.mysql_aurora.3.10.4", False),
        ("aurora-mysql", "8.0", "8.0", True),
        ("aurora-postgresql", None, "17.7", False),
        ("aurora-postgresql", "16.8", "16.8", False),
        ("aurora-postgresql", "17", "17", True),
    ],
)
def test_only_a_major_version_alone_upgrades_itself(
    engine: str, version: str | None, asked: str, upgrades: bool
) -> None:
    built = database(engine=engine, engineVersion=version)
    cluster = built.one(CLUSTER).inputs
    assert cluster["engineVersion"] == asked
    assert cluster["allowMajorVersionUpgrade"] is False
    assert {one.inputs["autoMinorVersionUpgrade"] for one in built.of(INSTANCE)} == {upgrades}, (
        "an exact version that upgraded itself would be asked to go back at the next deployment"
    )


@pytest.mark.parametrize("engine", ["aurora-mysql", "aurora-postgresql"])
def test_every_exported_log_has_a_group_with_key_and_retention_first(engine: str) -> None:
    built = database(engine=engine)
    exported = built.one(CLUSTER).inputs["enabledCloudwatchLogsExports"]
    groups = {
        group.inputs["name"]: group.inputs
        for group in built.of("cloudwatch/logGroup:LogGroup")
        if group.inputs["name"].startswith("/aws/rds/cluster/")
    }
    assert set(groups) == {f"/aws/rds/cluster/saleday-dev-catalog/{log}" for log in exported}
    assert {(group["kmsKeyId"], group["retentionInDays"]) for group in groups.values()} == {(LOGS_KEY, 90)}
    assert set(built.handles["databases.catalog"]["log_group_names"]) == set(groups)


def test_storage_is_io_optimized_only_where_the_settings_pay_for_it() -> None:
    assert small().one(CLUSTER).inputs["storageType"] == "aurora"
    assert database(ioOptimized=True).one(CLUSTER).inputs["storageType"] == "aurora-iopt1"


def test_readers_scale_between_what_stands_and_the_maximum() -> None:
    built = database(
        provisioned={"instanceClass": "db.r7g.large"}, readers=2, readerScaling={"max": 8, "cpuPercent": 55}
    )
    target = built.one("appautoscaling/target:Target").inputs
    assert (target["resourceId"], target["scalableDimension"]) == (
        "cluster:saleday-dev-catalog",
        "rds:cluster:ReadReplicaCount",
    )
    assert (target["minCapacity"], target["maxCapacity"]) == (2, 8)
    policy = built.one("appautoscaling/policy:Policy").inputs["targetTrackingScalingPolicyConfiguration"]
    assert policy["predefinedMetricSpecification"]["predefinedMetricType"] == "RDSReaderAverageCPUUtilization"
    assert policy["targetValue"] == 55


def test_without_reader_scaling_nothing_scales() -> None:
    assert small().of("appautoscaling/target:Target") == []


def test_a_cluster_without_readers_has_no_replica_lag_to_watch() -> None:
    assert small().handles["databases.catalog"]["has_readers"] is True
    assert database(readers=0).handles["databases.catalog"]["has_readers"] is False


def test_monitoring_may_only_be_assumed_for_instances_of_this_account() -> None:
    role = small().one("iam/role:Role", "data-databases-monitoring").inputs
    (trusted,) = json.loads(role["assumeRolePolicy"])["Statement"]
    assert trusted["Principal"] == {"Service": "monitoring.rds.amazonaws.com"}
    assert trusted["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:rds:ap-south-1:123456789012:db:*"},
    }


def test_a_shop_without_databases_has_none_of_their_trimmings() -> None:
    built = build({"tables": [{"name": "carts", "hashKey": {"name": "id"}}]}, cache_users={})
    for token in (CLUSTER, "rds/subnetGroup:SubnetGroup", "rds/proxy:Proxy", "ec2/securityGroup:SecurityGroup"):
        assert built.of(token) == []
    assert [role.name for role in built.of("iam/role:Role")] == ["data-backup"]


def test_each_password_rotates_by_the_stacks_own_schedule_and_not_at_an_update() -> None:
    built = build({"databases": [{"name": n, "engine": "aurora-mysql", "databaseName": "db"} for n in ("one", "two")]})
    for rotation, cluster in zip(
        built.of("secretsmanager/secretRotation:SecretRotation"), built.of(CLUSTER), strict=True
    ):
        assert rotation.inputs["secretId"] == cluster.outputs["masterUserSecrets"][0]["secretArn"]
        assert rotation.inputs["rotateImmediately"] is False, "the default rotates whenever the schedule changes"
        assert rotation.inputs["rotationRules"] == {"scheduleExpression": ROTATES, "duration": "1h"}
