"""What waits for what in the data tier, and what is known before anything exists."""

from __future__ import annotations

import json

import pytest

from devtools.rehearsal.plugins.wire import UNKNOWN
from tests.components.data_tier import HOURS, build, small

INSTANCE = "rds/clusterInstance:ClusterInstance"
# Where IAM and resource policies stand, by type.
DOCUMENTS = {
    "iam/role:Role": "assumeRolePolicy",
    "iam/rolePolicy:RolePolicy": "policy",
    "s3/bucketPolicy:BucketPolicy": "policy",
    "sqs/queuePolicy:QueuePolicy": "policy",
    "backup/vaultPolicy:VaultPolicy": "policy",
}


def test_readers_wait_for_the_writer() -> None:
    writer, reader = small().of(INSTANCE)
    assert writer.urn in reader.dependencies, "Aurora makes the first instance that it sees the writer"


def test_instances_wait_until_monitoring_may_write() -> None:
    attached = small().one("iam/rolePolicyAttachment:RolePolicyAttachment", "data-databases-monitoring")
    assert all(attached.urn in instance.dependencies for instance in small().of(INSTANCE))


@pytest.mark.parametrize(
    ("token", "name", "prefix"),
    [
        ("rds/cluster:Cluster", "data-db-catalog", "/aws/rds/cluster/"),
        ("rds/proxy:Proxy", "data-proxy-catalog", "/aws/rds/proxy/"),
        ("elasticache/replicationGroup:ReplicationGroup", "data-cache-sessions", "/aws/vendedlogs/elasticache/"),
    ],
)
def test_what_logs_waits_for_its_log_groups(token: str, name: str, prefix: str) -> None:
    built = small()
    groups = [one for one in built.of("cloudwatch/logGroup:LogGroup") if one.inputs["name"].startswith(prefix)]
    missing = {one.urn for one in groups} - set(built.one(token, name).dependencies)
    assert groups
    assert not missing, "AWS would make the groups itself, without key and retention"


def test_a_proxy_waits_for_leave_to_read_the_secret() -> None:
    policy = small().one("iam/rolePolicy:RolePolicy", "data-proxy-catalog")
    assert policy.urn in small().one("rds/proxy:Proxy").dependencies


def test_a_proxy_takes_its_target_only_once_instances_run() -> None:
    target = small().one("rds/proxyTarget:ProxyTarget")
    assert all(instance.urn in target.dependencies for instance in small().of(INSTANCE))


def test_whoever_logs_to_the_bucket_waits_for_its_policy() -> None:
    policy = small().one("s3/bucketPolicy:BucketPolicy", "data-logs")
    assert policy.urn in small().one("s3/bucketLogging:BucketLogging").dependencies, "S3 tries to write at once"


def test_a_queue_waits_for_its_dead_letter_queue() -> None:
    main, dead = (small().one("sqs/queue:Queue", f"data-queue-orders{suffix}") for suffix in ("", "-dlq"))
    assert dead.urn in main.dependencies, "SQS refuses a redrive policy to a queue that is not there"


def test_every_document_is_known_at_preview() -> None:
    built = build(production=True, hours=HOURS, preview=True)
    found = 0
    for token, path in DOCUMENTS.items():
        for resource in built.of(token):
            document = resource.inputs[path]
            assert document is not UNKNOWN, f"{resource.name}: nobody could judge it before it is in force"
            found += len(json.loads(document)["Statement"])
    assert found >= 10, "all kinds of documents are there"


def test_a_preview_of_a_new_stack_knows_no_endpoint_yet() -> None:
    handle = build(preview=True).handles["databases.catalog"]
    assert "endpoint" not in handle, "an output that were known before the database would be made up"
    assert handle["cluster_identifier"] == "saleday-dev-catalog"
