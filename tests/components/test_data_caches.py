"""Valkey caches of the data tier, and their users."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.components.data_tier import Built, build, small
from tests.components.shared import DATA_KEY, LOGS_KEY

GROUP = "elasticache/replicationGroup:ReplicationGroup"
SERVERLESS = "elasticache/serverlessCache:ServerlessCache"
USER = "elasticache/user:User"
USER_GROUP = "elasticache/userGroup:UserGroup"


def cache(*, production: bool = False, users: Mapping[str, tuple[str, ...]] | None = None, **fields: Any) -> Built:
    return build({"caches": [{"name": "sessions"} | fields]}, production=production, cache_users=users)


def test_a_cache_is_encrypted_at_rest_and_takes_only_tls() -> None:
    inputs = small().one(GROUP).inputs
    assert (inputs["engine"], inputs["engineVersion"]) == ("valkey", "8.2")
    assert inputs["atRestEncryptionEnabled"] is True
    assert inputs["kmsKeyId"] == DATA_KEY
    assert inputs["transitEncryptionEnabled"] is True
    assert inputs["transitEncryptionMode"] == "required", "preferred would still accept clear text"


def test_every_service_has_one_user_signed_in_by_iam() -> None:
    built = build(
        {"caches": [{"name": "sessions"}, {"name": "prices"}]},
        cache_users={"sessions": ("cart", "checkout"), "prices": ("checkout",)},
    )
    users = {user.inputs["userId"]: user.inputs for user in built.of(USER)}
    assert set(users) == {"saleday-dev-cart", "saleday-dev-checkout"}
    for user in users.values():
        assert user["userName"] == user["userId"], "ElastiCache signs in by IAM only where both are alike"
        assert user["authenticationMode"] == {"type": "iam"}
        assert user["engine"] == "valkey"
    groups = {group.inputs["userGroupId"]: set(group.inputs["userIds"]) for group in built.of(USER_GROUP)}
    assert groups == {
        "saleday-dev-sessions": {"saleday-dev-cart", "saleday-dev-checkout"},
        "saleday-dev-prices": {"saleday-dev-checkout"},
    }


def test_no_user_administers_the_cache() -> None:
    rules = small().one(USER).inputs["accessString"].split()
    assert rules[0] == "on"
    assert rules.index("-@all") < rules.index("+@read"), "commands are granted one category at a time"
    assert rules.index("-@dangerous") > max(rules.index(rule) for rule in rules if rule.startswith("+@")), (
        "a later category would give dangerous commands back"
    )
    assert not {"+@all", "+@admin", "+@dangerous"} & set(rules)


def test_nobody_connects_without_a_user_group() -> None:
    built = small()
    assert built.one(GROUP).inputs["userGroupIds"] == [built.one(USER_GROUP).inputs["userGroupId"]]
    assert "authToken" not in built.one(GROUP).inputs


def test_a_cache_that_nobody_uses_admits_nobody() -> None:
    built = cache(users={"sessions": ()})
    user = built.one(USER).inputs
    assert user["accessString"] == "off -@all"
    assert built.one(USER_GROUP).inputs["userIds"] == [user["userId"]]
    assert built.handles["caches.sessions"]["connect_arns"] == {}


def test_a_service_may_connect_to_its_cache_as_its_own_user() -> None:
    handle = small().handles["caches.sessions"]
    assert handle["connect_arns"] == {
        "checkout": [
            "arn:aws:elasticache:ap-south-1:123456789012:replicationgroup:saleday-dev-sessions",
            "arn:aws:elasticache:ap-south-1:123456789012:user:saleday-dev-checkout",
        ]
    }


def test_one_shard_with_replicas_survives_a_zone() -> None:
    built = cache(nodes={"replicas": 2})
    inputs = built.one(GROUP).inputs
    assert (inputs["clusterMode"], inputs["numCacheClusters"]) == ("disabled", 3)
    assert inputs["automaticFailoverEnabled"] is True
    assert inputs["multiAzEnabled"] is True
    assert not {"numNodeGroups", "replicasPerNodeGroup"} & set(inputs), "ElastiCache refuses them without shards"
    handle = built.handles["caches.sessions"]
    outputs = built.one(GROUP).outputs
    assert handle["endpoint"] == outputs["primaryEndpointAddress"]
    assert handle["reader_endpoint"] == outputs["readerEndpointAddress"]
    assert handle["node_ids"] == tuple(f"saleday-dev-sessions-00{node}" for node in (1, 2, 3))


def test_a_single_node_has_nothing_to_fail_over_to() -> None:
    inputs = cache(nodes={"replicas": 0}).one(GROUP).inputs
    assert inputs["automaticFailoverEnabled"] is False
    assert inputs["multiAzEnabled"] is False


def test_shards_are_reached_by_the_configuration_endpoint() -> None:
    built = cache(nodes={"shards": 2, "replicas": 1})
    inputs = built.one(GROUP).inputs
    assert (inputs["clusterMode"], inputs["numNodeGroups"], inputs["replicasPerNodeGroup"]) == ("enabled", 2, 1)
    assert "numCacheClusters" not in inputs
    parameters = built.one("elasticache/parameterGroup:ParameterGroup").inputs
    assert {"name": "cluster-enabled", "value": "yes"} in parameters["parameters"]
    handle = built.handles["caches.sessions"]
    assert handle["endpoint"] == handle["reader_endpoint"] == built.one(GROUP).outputs["configurationEndpointAddress"]
    assert handle["node_ids"] == tuple(
        f"saleday-dev-sessions-{node}" for node in ("0001-001", "0001-002", "0002-001", "0002-002")
    )


def test_shards_without_replicas_stay_in_one_zone_but_may_fail_over() -> None:
    inputs = cache(nodes={"shards": 2, "replicas": 0}).one(GROUP).inputs
    assert inputs["automaticFailoverEnabled"] is True, "ElastiCache demands it of every cluster with shards"
    assert inputs["multiAzEnabled"] is False


def test_a_parameter_group_of_another_mode_has_another_name() -> None:
    token = "elasticache/parameterGroup:ParameterGroup"
    plain, sharded = cache().one(token).inputs["name"], cache(nodes={"shards": 2}).one(token).inputs["name"]
    assert plain != sharded, "the new group has to stand beside the one still in use"


def test_slow_commands_and_the_engine_are_logged_with_key_and_retention() -> None:
    built = small()
    groups = {group.inputs["name"]: group.inputs for group in built.of("cloudwatch/logGroup:LogGroup")}
    logs = {log["logType"]: log for log in built.one(GROUP).inputs["logDeliveryConfigurations"]}
    assert set(logs) == {"slow-log", "engine-log"}
    for log in logs.values():
        assert log["destinationType"] == "cloudwatch-logs"
        group = groups[log["destination"]]
        assert (group["kmsKeyId"], group["retentionInDays"]) == (LOGS_KEY, 90)


def test_only_production_leaves_a_last_snapshot_behind() -> None:
    assert small(production=True).one(GROUP).inputs["finalSnapshotIdentifier"] == "saleday-prod-sessions-final"
    assert "finalSnapshotIdentifier" not in small().one(GROUP).inputs


def test_nodes_with_ssd_say_so() -> None:
    assert cache(nodes={"nodeType": "cache.r6gd.xlarge"}).one(GROUP).inputs["dataTieringEnabled"] is True
    assert "dataTieringEnabled" not in small().one(GROUP).inputs


def test_serverless_stays_within_its_limits() -> None:
    built = cache(serverless={"maxStorageGb": 20, "maxEcpu": 50_000, "minEcpu": 10_000})
    inputs = built.one(SERVERLESS).inputs
    assert inputs["cacheUsageLimits"] == {
        "dataStorage": {"maximum": 20, "unit": "GB"},
        "ecpuPerSeconds": [{"maximum": 50_000, "minimum": 10_000}],
    }
    assert inputs["kmsKeyId"] == DATA_KEY
    assert inputs["userGroupId"] == built.one(USER_GROUP).inputs["userGroupId"]
    assert inputs["securityGroupIds"] == [built.one("ec2/securityGroup:SecurityGroup").outputs["id"]]
    assert built.of(GROUP) == []
    handle = built.handles["caches.sessions"]
    assert (handle["port"], handle["reader_port"], handle["serverless"]) == (6379, 6380, True)
    assert (handle["max_storage_gb"], handle["max_ecpu"], handle["node_ids"]) == (20, 50_000, ())
    assert handle["connect_arns"]["checkout"][0].endswith(":serverlesscache:saleday-dev-sessions")


def test_serverless_reserves_nothing_that_the_settings_do_not_name() -> None:
    limits = cache(serverless={}).one(SERVERLESS).inputs["cacheUsageLimits"]
    assert "minimum" not in limits["ecpuPerSeconds"][0], "a minimum is charged by the hour"
    assert "minimum" not in limits["dataStorage"]


@pytest.mark.parametrize("kind", ["nodes", "serverless"])
def test_caches_stand_in_the_data_subnets(kind: str) -> None:
    built = build({"caches": [{"name": "sessions", kind: {}}]})
    subnets = ["subnet-data-a", "subnet-data-b", "subnet-data-c"]
    holder = built.one("elasticache/subnetGroup:SubnetGroup" if kind == "nodes" else SERVERLESS)
    assert holder.inputs["subnetIds"] == subnets


def test_no_password_is_anywhere() -> None:
    built = small()
    everything = json.dumps([resource.inputs for resource in (*built.of(USER), *built.of(GROUP))])
    assert "password" not in everything.lower()
