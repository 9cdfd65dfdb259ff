"""Outputs of databases, tables and caches."""

from __future__ import annotations

from typing import Any, Final

from devtools.rehearsal.fake_outputs.fake_resource import FakeResource, ResourceKind, last_part, regional

# A DynamoDB stream is labelled with the moment it was switched on.
_STREAM_LABEL: Final = "2026-01-01T00:00:00.000"
_REDIS_PORT: Final = 6379
_REDIS_READER_PORT: Final = 6380
_MYSQL_PORT: Final = 3306
_POSTGRES_PORT: Final = 5432


def _host(template: str) -> Any:
    """A host name of RDS; {tenant} is the label that all databases of an account in a region share."""

    def host(thing: FakeResource) -> str:
        tenant = "c" + _tenant(thing)
        return thing.fill(template.replace("{tenant}", tenant) + ".{region}.rds.{suffix}")

    return host


def _tenant(thing: FakeResource) -> str:
    place = thing.place
    return FakeResource("", "", {}, place, f"tenant|{place.account_id}|{place.region}").made_up("lower", 11)


def _port(thing: FakeResource) -> int:
    return _POSTGRES_PORT if "postgres" in thing.text("engine") else _MYSQL_PORT


def _master_secret(thing: FakeResource) -> list[dict[str, str]]:
    """The secret that RDS keeps when it manages the master password."""
    if not thing.inputs.get("manageMasterUserPassword"):
        return []
    arn = thing.fill(regional("secretsmanager", "secret:rds!cluster-{uuid:master}-{lower6:master}"))
    key = thing.text("masterUserSecretKmsKeyId", thing.fill(regional("kms", "key/{uuid:aws}")))
    return [{"kmsKeyId": key, "secretArn": arn, "secretStatus": "active"}]


def _cache_label(thing: FakeResource) -> str:
    return FakeResource("", "", {}, thing.place, f"cache|{thing.place.account_id}|{thing.place.region}").made_up(
        "lower", 6
    )


def _clustered(thing: FakeResource) -> bool:
    """Whether a replication group runs in cluster mode: only then has it a configuration endpoint."""
    groups = thing.inputs.get("numNodeGroups") or len(thing.inputs.get("nodeGroupConfigurations") or [])
    return thing.text("clusterMode") == "enabled" or (groups or 0) > 1


def _cache_host(role: str) -> Any:
    """Endpoint of a replication group; role is master, replica or clustercfg. TLS moves the role to the front."""

    def host(thing: FakeResource) -> str:
        if _clustered(thing) != (role == "clustercfg"):
            return ""
        label, where = _cache_label(thing), thing.fill("{code}.cache.{suffix}")
        if thing.inputs.get("transitEncryptionEnabled"):
            return f"{role}.{thing.id}.{label}.{where}"
        name = f"{thing.id}-ro" if role == "replica" else thing.id
        return f"{name}.{label}.{'clustercfg' if role == 'clustercfg' else 'ng.0001'}.{where}"

    return host


def _members(thing: FakeResource) -> list[str]:
    """Names of a replication group's nodes: web-001 …, or web-0001-001 … in cluster mode."""
    replicas = thing.inputs.get("replicasPerNodeGroup")
    if _clustered(thing):
        groups = int(thing.inputs.get("numNodeGroups") or 1)
        nodes = int(replicas or 0) + 1
        return [f"{thing.id}-{group:04d}-{node:03d}" for group in range(1, groups + 1) for node in range(1, nodes + 1)]
    nodes = int(thing.inputs.get("numCacheClusters") or (int(replicas or 0) + 1))
    return [f"{thing.id}-{node:03d}" for node in range(1, nodes + 1)]


def _serverless(port: int) -> Any:
    def endpoints(thing: FakeResource) -> list[dict[str, Any]]:
        address = thing.fill(f"{{name}}-{_cache_label(thing)}.serverless.{{code}}.cache.{{suffix}}")
        return [{"address": address, "port": port}]

    return endpoints


def _stream(template: str) -> Any:
    return lambda thing: thing.fill(template) if thing.inputs.get("streamEnabled") else ""


_RDS_SNAPSHOT_OUTPUTS: Final = {"status": "available", "snapshotType": "manual"}

KINDS: dict[str, ResourceKind] = {
    "rds/cluster": ResourceKind(
        "{name}",
        regional("rds", "cluster:{id}"),
        {
            "endpoint": _host("{id}.cluster-{tenant}"),
            "readerEndpoint": _host("{id}.cluster-ro-{tenant}"),
            "clusterResourceId": "cluster-{upper26}",
            "hostedZoneId": "Z{upper13:rds}",
            "port": _port,
            "masterUserSecrets": _master_secret,
            "availabilityZones": lambda t: list(t.place.zones[:3]),
            "backupRetentionPeriod": lambda t: 1,
            "databaseInsightsMode": "standard",
            "engineVersionActual": "{engineVersion}",
            "preferredBackupWindow": "20:00-20:30",
            "preferredMaintenanceWindow": "sun:21:00-sun:21:30",
        },
    ),
    "rds/clusterInstance": ResourceKind(
        "{name}",
        regional("rds", "db:{id}"),
        {
            "endpoint": _host("{id}.{tenant}"),
            "dbiResourceId": "db-{upper26}",
            "port": _port,
            "engineVersionActual": "{engineVersion}",
            "caCertIdentifier": "rds-ca-rsa2048-g1",
            "kmsKeyId": "",
        },
    ),
    "rds/instance": ResourceKind(
        "db-{upper26}",
        regional("rds", "db:{name}"),
        {
            "address": _host("{name}.{tenant}"),
            "endpoint": lambda t: f"{_host('{name}.{tenant}')(t)}:{t.inputs.get('port') or _port(t)}",
            "resourceId": "{id}",
            "port": _port,
            "masterUserSecrets": _master_secret,
            "hostedZoneId": "Z{upper13:rds}",
            "status": "available",
        },
    ),
    "rds/clusterEndpoint": ResourceKind(
        "{clusterEndpointIdentifier}",
        regional("rds", "cluster-endpoint:{id}"),
        {"endpoint": _host("{id}.cluster-custom-{tenant}")},
    ),
    "rds/clusterParameterGroup": ResourceKind("{name}", regional("rds", "cluster-pg:{id}")),
    "rds/parameterGroup": ResourceKind("{name}", regional("rds", "pg:{id}")),
    "rds/optionGroup": ResourceKind("{name}", regional("rds", "og:{id}")),
    "rds/subnetGroup": ResourceKind(
        "{name}", regional("rds", "subgrp:{id}"), {"supportedNetworkTypes": lambda t: ["IPV4"]}
    ),
    "rds/eventSubscription": ResourceKind("{name}", regional("rds", "es:{id}"), {"customerAwsId": "{account}"}),
    "rds/globalCluster": ResourceKind(
        "{globalClusterIdentifier}", "arn:{partition}:rds::{account}:global-cluster:{id}"
    ),
    "rds/clusterRoleAssociation": ResourceKind("{dbClusterIdentifier},{roleArn}"),
    "rds/clusterSnapshot": ResourceKind(
        "{dbClusterSnapshotIdentifier}",
        outputs={"dbClusterSnapshotArn": regional("rds", "cluster-snapshot:{id}"), **_RDS_SNAPSHOT_OUTPUTS},
    ),
    "rds/snapshot": ResourceKind(
        "{dbSnapshotIdentifier}", outputs={"dbSnapshotArn": regional("rds", "snapshot:{id}"), **_RDS_SNAPSHOT_OUTPUTS}
    ),
    "rds/proxy": ResourceKind(
        "{name}", regional("rds", "db-proxy:prx-{hex17}"), {"endpoint": _host("{id}.proxy-{tenant}")}
    ),
    "rds/proxyDefaultTargetGroup": ResourceKind(
        "{dbProxyName}", regional("rds", "target-group:prx-tg-{hex17}"), {"name": lambda t: "default"}
    ),
    "rds/proxyEndpoint": ResourceKind(
        "{dbProxyName}/{dbProxyEndpointName}",
        regional("rds", "db-proxy-endpoint:prx-endpoint-{hex17}"),
        {"endpoint": _host("{dbProxyEndpointName}.endpoint.proxy-{tenant}")},
    ),
    "rds/proxyTarget": ResourceKind(
        lambda t: "/".join(
            [
                t.text("dbProxyName"),
                t.text("targetGroupName"),
                _target_type(t),
                t.text("dbClusterIdentifier") or t.text("dbInstanceIdentifier"),
            ]
        ),
        outputs={
            "type": lambda t: _target_type(t),
            "rdsResourceId": lambda t: t.text("dbClusterIdentifier") or t.text("dbInstanceIdentifier"),
        },
    ),
    "rds/reservedInstance": ResourceKind("{reservationId}", regional("rds", "ri:{id}"), {"state": "payment-pending"}),
    "rds/certificate": ResourceKind("{region}"),
    "rds/integration": ResourceKind("{arn}", regional("rds", "integration:{uuid}")),
    "dynamodb/table": ResourceKind(
        "{name}",
        regional("dynamodb", "table/{id}"),
        {
            "streamArn": _stream(regional("dynamodb", "table/{id}/stream/" + _STREAM_LABEL)),
            "streamLabel": _stream(_STREAM_LABEL),
        },
    ),
    "dynamodb/globalSecondaryIndex": ResourceKind(
        "{tableName},{indexName}", regional("dynamodb", "table/{tableName}/index/{indexName}")
    ),
    "dynamodb/tableItem": ResourceKind("{tableName}|{hashKey}|{digits10}"),
    "dynamodb/tableReplica": ResourceKind(
        lambda t: f"{last_part(t.text('globalTableArn'))}:{t.place.region}",
        lambda t: t.fill(regional("dynamodb", f"table/{last_part(t.text('globalTableArn'))}")),
    ),
    "dynamodb/contributorInsights": ResourceKind("name:{tableName}/index:{indexName}/{account}"),
    "dynamodb/kinesisStreamingDestination": ResourceKind("{tableName},{streamArn}"),
    "dynamodb/resourcePolicy": ResourceKind("{resourceArn}", outputs={"revisionId": "{uuid}"}),
    "dynamodb/tag": ResourceKind("{resourceArn},{key}"),
    "elasticache/replicationGroup": ResourceKind(
        "{name}",
        regional("elasticache", "replicationgroup:{id}"),
        {
            "primaryEndpointAddress": _cache_host("master"),
            "readerEndpointAddress": _cache_host("replica"),
            "configurationEndpointAddress": _cache_host("clustercfg"),
            "memberClusters": _members,
            "clusterEnabled": _clustered,
            "clusterMode": lambda t: "enabled" if _clustered(t) else "disabled",
            "engine": "redis",
            "engineVersionActual": "{engineVersion}",
            "numCacheClusters": lambda t: len(_members(t)),
            "numNodeGroups": lambda t: 1,
            "maintenanceWindow": "sun:21:00-sun:22:00",
            "networkType": "ipv4",
            "ipDiscovery": "ipv4",
        },
    ),
    "elasticache/cluster": ResourceKind(
        "{name}",
        regional("elasticache", "cluster:{id}"),
        {
            "clusterAddress": lambda t: t.fill(f"{{id}}.{_cache_label(t)}.cfg.{{code}}.cache.{{suffix}}"),
            "cacheNodes": lambda t: [
                {
                    "id": f"{node:04d}",
                    "address": t.fill(f"{{id}}.{_cache_label(t)}.{node:04d}.{{code}}.cache.{{suffix}}"),
                    "port": t.inputs.get("port") or _REDIS_PORT,
                    "availabilityZone": t.place.zones[0],
                }
                for node in range(1, int(t.inputs.get("numCacheNodes") or 1) + 1)
            ],
        },
    ),
    "elasticache/serverlessCache": ResourceKind(
        "{name}",
        regional("elasticache", "serverlesscache:{id}"),
        {
            "endpoints": _serverless(_REDIS_PORT),
            "readerEndpoints": _serverless(_REDIS_READER_PORT),
            "status": "available",
            "fullEngineVersion": "{majorEngineVersion}",
        },
    ),
    "elasticache/subnetGroup": ResourceKind("{name}", regional("elasticache", "subnetgroup:{id}")),
    "elasticache/parameterGroup": ResourceKind("{name}", regional("elasticache", "parametergroup:{id}")),
    "elasticache/user": ResourceKind("{userId}", regional("elasticache", "user:{id}")),
    "elasticache/userGroup": ResourceKind("{userGroupId}", regional("elasticache", "usergroup:{id}")),
    "elasticache/userGroupAssociation": ResourceKind("{userGroupId},{userId}"),
    "elasticache/globalReplicationGroup": ResourceKind(
        "ldgnf-{globalReplicationGroupIdSuffix}", "arn:{partition}:elasticache::{account}:globalreplicationgroup:{id}"
    ),
    "elasticache/reservedCacheNode": ResourceKind(
        lambda t: t.text("elasticacheReservedCacheNodeId", t.fill("ri-{hex17}")),
        regional("elasticache", "reserved-instance:{id}"),
        {"state": "payment-pending"},
    ),
}


def _target_type(thing: FakeResource) -> str:
    return "TRACKED_CLUSTER" if thing.text("dbClusterIdentifier") else "RDS_INSTANCE"
