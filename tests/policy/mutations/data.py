"""Mistakes in databases, tables and caches."""

from __future__ import annotations

from policy.pack.tokens import (
    CACHE_CLUSTER,
    KEY,
    RDS_CLUSTER,
    RDS_CLUSTER_INSTANCE,
    RDS_INSTANCE,
    RDS_PROXY,
    REPLICATION_GROUP,
    SERVERLESS_CACHE,
    TABLE,
)
from tests.policy.mutations import Mistakes, add, drop, put, ref

mistakes = Mistakes()
M = mistakes

CATALOG, ORDERS = "data-db-catalog", "data-db-orders"
CLUSTER_PARAMETERS = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"
CACHE_USER = "aws:elasticache/user:User"
FOREIGN_KEY = "arn:aws:kms:ap-south-1:999999999999:key/0000"

# rds-encrypted-cmk
ENCRYPTED = "rds-encrypted-cmk"
M(ENCRYPTED, "in clear", put(RDS_CLUSTER, "storageEncrypted", False))
M(ENCRYPTED, "the setting is dropped", drop(RDS_CLUSTER, "storageEncrypted"))
M(ENCRYPTED, "AWS's own key", drop(RDS_CLUSTER, "kmsKeyId"))
M(ENCRYPTED, "AWS's own key by its alias", put(RDS_INSTANCE, "kmsKeyId", "alias/aws/rds"), on="billing")
M(ENCRYPTED, "another account's key", put(RDS_CLUSTER, "kmsKeyId", FOREIGN_KEY))

# rds-not-public
M("rds-not-public", "a cluster's instance", put(RDS_CLUSTER_INSTANCE, "publiclyAccessible", True))
M("rds-not-public", "an instance", put(RDS_INSTANCE, "publiclyAccessible", True), on="billing")
M("rds-not-public", "as text", put(RDS_INSTANCE, "publiclyAccessible", "true"), on="billing")

# rds-force-tls
TLS = "rds-force-tls"
M(TLS, "MySQL's parameter is off", put(CLUSTER_PARAMETERS, "parameters.0.value", "OFF", CATALOG))
M(TLS, "PostgreSQL's parameter is dropped", put(CLUSTER_PARAMETERS, "parameters", [], ORDERS))
M(TLS, "no parameter group of its own", drop(RDS_CLUSTER, "dbClusterParameterGroupName", name=CATALOG))
M(
    TLS,
    "an instance with AWS's default group",
    put(RDS_INSTANCE, "parameterGroupName", "default.postgres16"),
    on="billing",
)
M(TLS, "an instance's parameter is 0", put(PARAMETERS, "parameters.0.value", "0"), on="billing")

# rds-managed-secret
SECRET = "rds-managed-secret"
M(SECRET, "a password", put(RDS_CLUSTER, "masterPassword", "x" * 12))
M(SECRET, "not managed", put(RDS_CLUSTER, "manageMasterUserPassword", False))
M(SECRET, "a password, written only", put(RDS_INSTANCE, "passwordWo", "x" * 12), on="billing")
M(SECRET, "the setting is dropped", drop(RDS_INSTANCE, "manageMasterUserPassword"), on="billing")

# rds-iam-auth
M("rds-iam-auth", "switched off", put(RDS_CLUSTER, "iamDatabaseAuthenticationEnabled", False))
M("rds-iam-auth", "dropped", drop(RDS_CLUSTER, "iamDatabaseAuthenticationEnabled", name=ORDERS))
M("rds-iam-auth", "dropped from an instance", drop(RDS_INSTANCE, "iamDatabaseAuthenticationEnabled"), on="billing")

# rds-resilience
RESILIENCE = "rds-resilience"
M(RESILIENCE, "can be deleted", put(RDS_CLUSTER, "deletionProtection", False))
M(RESILIENCE, "one day of backups", put(RDS_CLUSTER, "backupRetentionPeriod", 1))
M(RESILIENCE, "backups by default", drop(RDS_CLUSTER, "backupRetentionPeriod"))
M(RESILIENCE, "no final snapshot", put(RDS_INSTANCE, "skipFinalSnapshot", True), on="billing")
M(RESILIENCE, "one zone", put(RDS_INSTANCE, "multiAz", False), on="billing")

# rds-logs
M("rds-logs", "no audit log", put(RDS_CLUSTER, "enabledCloudwatchLogsExports", ["error"], CATALOG))
M("rds-logs", "no log", drop(RDS_CLUSTER, "enabledCloudwatchLogsExports", name=ORDERS))
M("rds-logs", "only upgrades", put(RDS_INSTANCE, "enabledCloudwatchLogsExports", ["upgrade"]), on="billing")

# rds-proxy-tls
M("rds-proxy-tls", "clear text", put(RDS_PROXY, "requireTls", False))
M("rds-proxy-tls", "dropped", drop(RDS_PROXY, "requireTls"))
M("rds-proxy-tls", "statements in its log", put(RDS_PROXY, "debugLogging", True))

# ddb-cmk
CMK = "ddb-cmk"
M(CMK, "the block is dropped", drop(TABLE, "serverSideEncryption"))
M(CMK, "AWS's own key", drop(TABLE, "serverSideEncryption.kmsKeyArn"))
M(CMK, "switched off", put(TABLE, "serverSideEncryption.enabled", False))
M(CMK, "another account's key", put(TABLE, "serverSideEncryption.kmsKeyArn", FOREIGN_KEY))
M(CMK, "a replica without", put(TABLE, "replicas", [{"regionName": "eu-central-1"}]))

# ddb-pitr-protect
PITR = "ddb-pitr-protect"
M(PITR, "no recovery", put(TABLE, "pointInTimeRecovery.enabled", False))
M(PITR, "the block is dropped", drop(TABLE, "pointInTimeRecovery"))
M(PITR, "can be deleted", put(TABLE, "deletionProtectionEnabled", False))
M(PITR, "a second table", add(TABLE, "more", name="more", hashKey="id"))

# cache-encrypted
CACHE = "cache-encrypted"
M(CACHE, "clear text on the wire", put(REPLICATION_GROUP, "transitEncryptionEnabled", False))
M(CACHE, "clear text is still taken", put(REPLICATION_GROUP, "transitEncryptionMode", "preferred"))
M(CACHE, "in clear at rest", drop(REPLICATION_GROUP, "atRestEncryptionEnabled"))
M(CACHE, "AWS's own key", drop(REPLICATION_GROUP, "kmsKeyId"))
M(CACHE, "a node of its own", add(CACHE_CLUSTER, "node", engine="memcached", nodeType="cache.t4g.micro"))
M(CACHE, "serverless, with AWS's own key", add(SERVERLESS_CACHE, "more", engine="valkey", userGroupId="g"))

# cache-auth
AUTH = "cache-auth"
M(AUTH, "no users", drop(REPLICATION_GROUP, "userGroupIds"))
M(AUTH, "a user without password", put(CACHE_USER, "authenticationMode", {"type": "no-password-required"}))
M(AUTH, "the older word for it", put(CACHE_USER, "noPasswordRequired", True))
M(
    AUTH,
    "serverless, for everybody",
    add(SERVERLESS_CACHE, "more", engine="valkey", kmsKeyId=ref(KEY, "keys-data", "arn")),
)
M(AUTH, "a single node", add(CACHE_CLUSTER, "node", engine="redis", nodeType="cache.t4g.micro"))

# cache-resilience
SURVIVES = "cache-resilience"
M(SURVIVES, "no failover", put(REPLICATION_GROUP, "automaticFailoverEnabled", False))
M(SURVIVES, "one zone", put(REPLICATION_GROUP, "multiAzEnabled", False))
M(SURVIVES, "no snapshots", put(REPLICATION_GROUP, "snapshotRetentionLimit", 0))
M(SURVIVES, "snapshots are dropped", drop(REPLICATION_GROUP, "snapshotRetentionLimit"))
